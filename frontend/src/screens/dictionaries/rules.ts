/** Rules as they are edited, what is wrong with them, and what the server is told of changes. */
import type { Rule } from "../../api/types";

/** How a rule says it: in other words, or in sounds of an alphabet. */
export type Way = "alias" | "ipa" | "cmu-arpabet";

export interface EditedRule {
  readonly text: string;
  readonly way: Way;
  readonly said: string;
  readonly caseSensitive: boolean;
  readonly wordBoundaries: boolean;
}

/** A rule in its place; each change makes another value. */
export interface Entry {
  readonly id: number;
  readonly rule: EditedRule;
}

export const EMPTY_RULE: EditedRule = { text: "", way: "alias", said: "", caseSensitive: true, wordBoundaries: true };
export const WAYS: readonly Way[] = ["alias", "ipa", "cmu-arpabet"];

/** In code points (studio/limits.py). */
const MOST_TEXT = 200;
const MOST_SAID = 500;

export function edited(rule: Rule): EditedRule {
  const common = { text: rule.string_to_replace, caseSensitive: rule.case_sensitive, wordBoundaries: rule.word_boundaries };
  if ("alias" in rule) return { ...common, way: "alias", said: rule.alias };
  return { ...common, way: rule.alphabet === "ipa" ? "ipa" : "cmu-arpabet", said: rule.phoneme };
}

/** As the API takes it. */
export function sent({ text, way, said, caseSensitive, wordBoundaries }: EditedRule): Rule {
  const common = { string_to_replace: text, case_sensitive: caseSensitive, word_boundaries: wordBoundaries };
  return way === "alias" ? { type: "alias", alias: said, ...common } : { type: "phoneme", phoneme: said, alphabet: way, ...common };
}

const isLonger = (text: string, most: number): boolean => text.length > most && [...text].length > most;

export type Problem = "empty" | "tooLong";

/** What the server would refuse. An alias may be empty: the text is then left out. */
export function problemsOf({ text, way, said }: EditedRule): { text?: Problem; said?: Problem } {
  return {
    ...(text.trim() ? (isLonger(text, MOST_TEXT) ? { text: "tooLong" as const } : {}) : { text: "empty" as const }),
    ...(way !== "alias" && !said.trim() ? { said: "empty" as const } : {}),
    ...(isLonger(said, MOST_SAID) ? { said: "tooLong" as const } : {}),
  };
}

export const isFine = (rule: EditedRule): boolean => Object.keys(problemsOf(rule)).length === 0;

const CMU = new Set(
  "AA AE AH AO AW AX AXR AY B CH D DH DX EH EL EM EN ER EY F G HH IH IX IY JH K L M N NG NX OW OY P Q R S SH T TH UH UW UX V W WH Y Z ZH".split(" "),
);

/** Sounds that are none of the CMU's, which a voice may leave out: `AH0` is one, `A` isn't. */
export function unknownSounds({ way, said }: EditedRule): string[] {
  if (way !== "cmu-arpabet") return [];
  return said.split(/\s+/).filter((sound) => sound && !CMU.has(sound.toUpperCase().replace(/[012]$/, "")));
}

/** Entries in which all words of a search are, in the text or in how it is said. */
export function foundRules(entries: readonly Entry[], search: string): readonly Entry[] {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return entries;
  return entries.filter(({ rule }) => {
    const all = `${rule.text}\n${rule.said}`.toLocaleLowerCase();
    return words.every((word) => all.includes(word));
  });
}

export type Changes = { kind: "none" } | { kind: "set"; entries: readonly Entry[] } | { kind: "patch"; removed: string[]; added: readonly Entry[] };

/**
 * What has to be told so that the server has these rules. Where each text has one rule, only what differs: what others
 * have changed meanwhile stays. Otherwise all of them, for the API names rules by their texts.
 */
export function changesOf(before: readonly Entry[], after: readonly Entry[]): Changes {
  const known = new Map(before.map((entry) => [entry.id, entry.rule]));
  const added = after.filter((entry) => known.get(entry.id) !== entry.rule);
  if (!added.length && before.length === after.length) return { kind: "none" };
  const textsAfter = new Set(after.map((entry) => entry.rule.text));
  const textsBefore = new Set(before.map((entry) => entry.rule.text));
  if (textsAfter.size !== after.length || textsBefore.size !== before.length) return { kind: "set", entries: after };
  return { kind: "patch", removed: [...textsBefore].filter((text) => !textsAfter.has(text)), added };
}

/** The entry, and its field, that the server's words are about, if they are about one. told: what it was sent. */
export function misfitOf(message: string, told: readonly Entry[]): { id: number; field: "text" | "said" } | null {
  const number = /\bof rule (\d+)\b/.exec(message)?.[1];
  const entry = number === undefined ? undefined : told[Number(number) - 1];
  return entry ? { id: entry.id, field: message.includes("string_to_replace") ? "text" : "said" } : null;
}
