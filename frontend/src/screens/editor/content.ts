/** What a paragraph says: one text, with voices over stretches of it. Values in, values out; positions are UTF-16 units. */

export type SubType = "p" | "h1" | "h2" | "h3";

/** A stretch that one voice speaks; null is the project's default. */
export interface Run {
  readonly end: number;
  readonly voiceId: string | null;
}

/** runs: in order, the first from 0, each up to its end; together they cover the text, and no two that meet have one voice. */
export interface Content {
  readonly text: string;
  readonly runs: readonly Run[];
  readonly subType: SubType;
}

/** As the server has it. */
export interface BlockText {
  sub_type: SubType;
  nodes: { text: string; voice_id: string | null }[];
}

/** One text in place of another. */
export interface Change {
  at: number;
  removed: number;
  inserted: string;
}

const SUB_TYPES: readonly string[] = ["p", "h1", "h2", "h3"];

export function contentOf(sent: { sub_type: string; nodes: readonly { text: string; voice_id?: string | null }[] }): Content {
  const subType = SUB_TYPES.includes(sent.sub_type) ? (sent.sub_type as SubType) : "p";
  return joined(sent.nodes.map((node) => plain(node.text, subType, node.voice_id ?? null)), subType);
}

export function blockText(content: Content): BlockText {
  let start = 0;
  const nodes = content.runs.map(({ end, voiceId }) => {
    const text = content.text.slice(start, end);
    start = end;
    return { text, voice_id: voiceId };
  });
  return { sub_type: content.subType, nodes };
}

export function plain(text: string, subType: SubType = "p", voiceId: string | null = null): Content {
  return { text, runs: text ? [{ end: text.length, voiceId }] : [], subType };
}

export function isSame(one: Content, other: Content): boolean {
  if (one === other) return true;
  return (
    one.text === other.text &&
    one.subType === other.subType &&
    one.runs.length === other.runs.length &&
    one.runs.every((run, index) => run.end === other.runs[index]?.end && run.voiceId === other.runs[index]?.voiceId)
  );
}

/** Whether nothing of it could be heard: the server keeps no such block. */
export function isEmpty(content: Content): boolean {
  return !content.text.trim();
}

export function sliced(content: Content, start: number, end = content.text.length): Content {
  const runs = content.runs
    .map(({ end: last, voiceId }) => ({ end: Math.min(last, end) - start, voiceId }))
    .filter((run, index, all) => run.end > (all[index - 1]?.end ?? 0) && run.end > 0);
  return { text: content.text.slice(start, end), runs: merged(runs), subType: content.subType };
}

export function joined(parts: readonly Content[], subType: SubType = parts[0]?.subType ?? "p"): Content {
  let length = 0;
  const runs: Run[] = [];
  for (const part of parts) {
    for (const run of part.runs) runs.push({ end: length + run.end, voiceId: run.voiceId });
    length += part.text.length;
  }
  return { text: parts.map((part) => part.text).join(""), runs: merged(runs), subType };
}

/** The voice at a unit; at the end that of what is before it. */
export function voiceAt(content: Content, unit: number): string | null {
  return (content.runs.find((run) => unit < run.end) ?? content.runs.at(-1))?.voiceId ?? null;
}

/** Other text in a place. It has the voice of what it replaces, or else of what is before it. */
export function changed(content: Content, { at, removed, inserted }: Change): Content {
  const voiceId = voiceAt(content, removed || at === 0 ? at : at - 1);
  const middle = plain(inserted, content.subType, voiceId);
  return joined([sliced(content, 0, at), middle, sliced(content, at + removed)], content.subType);
}

export function withVoice(content: Content, start: number, end: number, voiceId: string | null): Content {
  const middle = plain(content.text.slice(start, end), content.subType, voiceId);
  return joined([sliced(content, 0, start), middle, sliced(content, end)], content.subType);
}

/** What leads from one text to another: one change, the smallest. before: where it ends at the latest, if that is known. */
export function changeBetween(was: string, now: string, caret = now.length): Change {
  // Of two equal letters the one in front of the caret was typed, so the end is compared first.
  const shorter = Math.min(was.length, now.length);
  let tail = 0;
  const longestTail = Math.min(shorter, now.length - Math.min(caret, now.length));
  while (tail < longestTail && was.charCodeAt(was.length - 1 - tail) === now.charCodeAt(now.length - 1 - tail)) tail += 1;
  let head = 0;
  while (head < shorter - tail && was.charCodeAt(head) === now.charCodeAt(head)) head += 1;
  while (tail < shorter - head && was.charCodeAt(was.length - 1 - tail) === now.charCodeAt(now.length - 1 - tail)) tail += 1;
  return { at: head, removed: was.length - head - tail, inserted: now.slice(head, now.length - tail) };
}

/** Control characters, and halves of characters, which the server takes in no text. */
const UNWRITABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u0084\u0086-\u009f]|\p{Surrogate}/gu;

/** The lines of a text that was pasted, one for each paragraph. */
export function pastedLines(text: string): string[] {
  return text
    .split(/\r\n?|\n|\u2028|\u2029/)
    .map((line) => line.replace(UNWRITABLE, ""))
    .filter((line) => line.trim());
}

export interface FindOptions {
  matchCase?: boolean;
  wholeWords?: boolean;
}

/** Where a text is found in others: an expression for all of its places, or null for nothing to look for. */
export function finder(wanted: string, { matchCase = false, wholeWords = false }: FindOptions = {}): RegExp | null {
  if (!wanted) return null;
  const literal = wanted.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replace(/\s+/g, "\\s+");
  const whole = wholeWords ? `(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])` : literal;
  return new RegExp(whole, matchCase ? "gu" : "giu");
}

function merged(runs: readonly Run[]): Run[] {
  return runs.filter((run, index) => run.voiceId !== runs[index + 1]?.voiceId || index === runs.length - 1);
}
