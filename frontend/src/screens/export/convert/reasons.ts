/** A plan in few words: how many paragraphs there are of each reason, and what has to be done for it. */
import type { BlockPlan, ChapterPlan, Plan, Reason } from "../../../api/types";

export interface ReasonCount {
  reason: Reason;
  count: number;
}

/** Those that make a paragraph be spoken come first, the most frequent before the others. */
const QUIET: ReadonlySet<Reason> = new Set<Reason>(["engine_upgraded", "audio_missing", "quality", "mastering"]);

export function countReasons(chapters: readonly ChapterPlan[]): ReasonCount[] {
  const counts = new Map<Reason, number>();
  for (const chapter of chapters)
    for (const block of chapter.blocks)
      for (const reason of block.reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => ({ reason, count }))
    .sort((one, other) => Number(QUIET.has(one.reason)) - Number(QUIET.has(other.reason)) || other.count - one.count);
}

/** How many paragraphs a refresh would speak again: an older version of their voice has spoken them. */
export function countOutdated(plan: Plan): number {
  return plan.chapters.reduce((sum, chapter) => sum + chapter.blocks.filter((block) => isOutdated(block)).length, 0);
}

function isOutdated(block: BlockPlan): boolean {
  return !block.locked && block.reasons.includes("engine_upgraded");
}

/** Paragraphs of which nothing is spoken and something is encoded. */
export function countEncoded(plan: Plan): number {
  const isEncoded = (block: BlockPlan): boolean => block.segments_to_encode > 0 && block.segments_to_speak === 0;
  return plan.chapters.reduce((sum, chapter) => sum + chapter.blocks.filter(isEncoded).length, 0);
}

/** Chapters in which something isn't as it would be. */
export function changedChapters(plan: Plan): ChapterPlan[] {
  return plan.chapters.filter((chapter) => chapter.blocks.length > 0);
}
