/** What has become of a paragraph, in one word. */
import type { Block } from "./blocks.svelte";

export type BlockState = "converted" | "stale" | "failed" | "locked";

export function stateOf({ status }: Block): BlockState {
  if (status.error || status.problem || status.theirs) return "failed";
  if (status.locked) return "locked";
  return status.converted ? "converted" : "stale";
}
