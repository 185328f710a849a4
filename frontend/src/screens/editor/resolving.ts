/** Two versions of a paragraph, and what a person chooses. */
import { Block } from "./blocks.svelte";
import { blockText, type Content } from "./content";
import { newId } from "./ids";
import type { Ledger } from "./ledger.svelte";
import { setStatus } from "./wire";

export type Choice = "mine" | "theirs" | "both";

/** Take one version, or both, one after the other. What is chosen is sent as if it had been typed over theirs. */
export function resolved(ledger: Ledger, block: Block, choice: Choice): void {
  const { theirs } = block.status;
  if (!theirs) return;
  const mine = block.content;
  block.known = theirs.content && { wire: theirs.wire ?? blockText(theirs.content), content: theirs.content };
  setStatus(block, { theirs: null });
  if (choice !== "mine") takeTheirs(ledger, block, theirs.content);
  if (choice === "both") insertBehind(ledger, block, mine);
  if (block.chunk) ledger.touch(block);
}

function takeTheirs(ledger: Ledger, block: Block, content: Content | null): void {
  if (content) block.content = content;
  else {
    ledger.list.remove(block);
    ledger.remove(block);
  }
}

function insertBehind(ledger: Ledger, block: Block, content: Content): void {
  const kept = new Block(newId(), content);
  ledger.list.insert(kept, block);
  ledger.touch(kept);
}
