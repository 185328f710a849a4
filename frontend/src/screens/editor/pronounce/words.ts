/** Words of a text, and what a rule for one of them would do. */
import type { Plan, Rule } from "../../../api/types";

/** What is selected, or the word at a place. start, end: UTF-16 units. */
export function wordAt(text: string, start: number, end: number): string {
  if (end > start) return text.slice(start, end).trim();
  for (const { index, segment, isWordLike } of new Intl.Segmenter(undefined, { granularity: "word" }).segment(text))
    if (isWordLike && index <= start && start <= index + segment.length) return segment;
  return "";
}

/** The rules with another one: in the place of the first of the same text, or at the end. As the server adds it. */
export function withRule(rules: readonly Rule[], rule: Rule): Rule[] {
  const others = rules.filter((each) => each.string_to_replace !== rule.string_to_replace);
  const at = rules.findIndex((each) => each.string_to_replace === rule.string_to_replace);
  return at < 0 ? [...others, rule] : others.toSpliced(at, 0, rule);
}

export interface Consequence {
  paragraphs: number;
  characters: number;
}

/** What is to be spoken again by the one plan and not by the other. */
export function consequenceOf(now: Plan, then: Plan): Consequence {
  const stale = (plan: Plan): Map<string, number> => new Map(plan.chapters.flatMap((chapter) => chapter.blocks.map((block) => [block.block_id, block.characters_to_speak] as const)));
  const before = stale(now);
  const more = [...stale(then)].filter(([id, characters]) => characters > (before.get(id) ?? 0));
  return { paragraphs: more.length, characters: more.reduce((sum, [id, characters]) => sum + characters - (before.get(id) ?? 0), 0) };
}
