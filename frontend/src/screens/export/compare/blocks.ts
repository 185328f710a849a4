/** The paragraphs of two snapshots of a chapter, side by side. */
import type { TimelineBlock } from "../../../api/types";
import { aligned, type Row } from "./aligned";

/** sound: it says the same, and is heard otherwise: with another voice, another take, or other settings. */
export type BlockChange = "same" | "sound" | "changed" | "added" | "removed";

export interface BlockRow extends Row<TimelineBlock> {
  change: BlockChange;
}

/** A paragraph is known again by its id, else by its words. */
export function compareBlocks(before: readonly TimelineBlock[], after: readonly TimelineBlock[]): BlockRow[] {
  return aligned(before, after, pairsOf(before, after)).map((row) => ({ ...row, change: changeOf(row) }));
}

function pairsOf(before: readonly TimelineBlock[], after: readonly TimelineBlock[]): Map<number, number> {
  const pairs = new Map<number, number>();
  const places = new Map(before.map((block, at) => [block.block_id, at]));
  after.forEach((block, at) => {
    const was = places.get(block.block_id);
    if (was !== undefined) pairs.set(at, was);
  });
  const taken = new Set(pairs.values());
  const byText = new Map<string, number[]>();
  before.forEach((block, at) => {
    if (!taken.has(at)) byText.set(block.text, [...(byText.get(block.text) ?? []), at]);
  });
  after.forEach((block, at) => {
    const was = pairs.has(at) ? undefined : byText.get(block.text)?.shift();
    if (was !== undefined) pairs.set(at, was);
  });
  return pairs;
}

function changeOf({ before, after }: Row<TimelineBlock>): BlockChange {
  if (!after) return "removed";
  if (!before) return "added";
  if (before.text !== after.text) return "changed";
  return soundsTheSame(before, after) ? "same" : "sound";
}

/** Times are exact to the sample and told to the microsecond: what is heard at other times is another sound. */
const SAME_S = 0.0005;

function soundsTheSame(before: TimelineBlock, after: TimelineBlock): boolean {
  const [one, other] = [timesOf(before), timesOf(after)];
  return one.length === other.length && one.every((secs, at) => Math.abs(secs - (other[at] ?? 0)) < SAME_S);
}

/** When it ends and each word begins, from its beginning. */
function timesOf(block: TimelineBlock): number[] {
  const begins = block.words.filter((_, at) => at % 4 === 2);
  return [block.end_secs, ...begins].map((secs) => secs - block.start_secs);
}
