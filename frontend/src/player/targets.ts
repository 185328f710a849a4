/** Where somebody wants to be, as a time of what is there, and in words that are true in every sound of a chapter. */
import type { Target } from "./sound";
import { LiveSource, type Source } from "./sources.svelte";
import { blockAt, timeOf, type Timeline } from "./timeline";

/** Undefined where the source doesn't have the place, or doesn't know when it is heard. */
export function secsOf(target: Target, source: Source): number | undefined {
  if ("secs" in target) return target.secs;
  const began = source.timeline ? timeOf(source.timeline, target.blockId, target.unit) : undefined;
  if (began !== undefined) return began + (target.offset_s ?? 0);
  return source instanceof LiveSource && target.blockId === source.fromBlockId ? 0 : undefined;
}

/** The same place by its block, where that is known. */
export function named(target: Target, timeline: Timeline | null | undefined): Target {
  if (!("secs" in target) || !timeline) return target;
  const block = timeline.blocks[blockAt(timeline, target.secs)];
  return block && target.secs >= block.start_s ? { blockId: block.id, offset_s: target.secs - block.start_s } : target;
}
