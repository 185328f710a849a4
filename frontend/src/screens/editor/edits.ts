/** From what is here and what the server is known to have to the edits that make it so. No I/O. */
import type { Block, BlockList } from "./blocks.svelte";
import { blockText, isEmpty, isSame, type BlockText } from "./content";

export type Edit =
  | { op: "set"; block_id: string; was: BlockText; to: BlockText }
  | { op: "insert"; block_id: string; after_block_id: string | null; to: BlockText }
  | { op: "delete"; block_id: string; was: BlockText }
  | { op: "move"; block_id: string; after_block_id: string | null };

/** What a chapter has that the server may not have. gone: deleted blocks that the server has. */
export interface Unsent {
  list: BlockList;
  dirty: ReadonlySet<string>;
  moved: ReadonlySet<string>;
  gone: ReadonlyMap<string, BlockText>;
}

// Far below what the server takes; a chapter that was pasted goes in parts, so that each part is soon safe.
const MOST_EDITS = 200;
const MOST_CHARACTERS = 200_000;

/** Whether a block is as the server has it, as far as we know. A block without text is none there. */
export function isKnown(block: Block): boolean {
  return block.known ? isSame(block.known.content, block.content) : isEmpty(block.content);
}

/** Whether the server has it, as far as we know. */
export function isThere({ known, status }: Block): boolean {
  return known !== null && status.theirs?.content !== null;
}

/** Whether its edits wait for a person: for a choice, or until a text that the server refuses is changed. */
export function isHeld(block: Block): boolean {
  return block.status.theirs !== null || block.status.problem !== null;
}

/** The next edits to send, in an order in which each block is put behind one that is there. */
export function nextEdits({ list, dirty, moved, gone }: Unsent): Edit[] {
  const blocks = [...dirty].map((id) => list.get(id)).filter((block) => block !== undefined);
  const placed = blocks.map((block) => ({ block, index: list.indexOf(block) })).sort((one, other) => one.index - other.index);
  const inserted = new Set<Block>();
  const edits: Edit[] = [];
  for (const { block } of placed) edits.push(...editsOf(block, list, moved, inserted));
  for (const [id, was] of gone) edits.push({ op: "delete", block_id: id, was });
  return limited(edits);
}

function editsOf(block: Block, list: BlockList, moved: ReadonlySet<string>, inserted: Set<Block>): Edit[] {
  // An emptied paragraph may be filled again; it is deleted when the caret leaves it.
  if (isHeld(block) || isEmpty(block.content)) return [];
  const id = block.id;
  if (!block.known) {
    inserted.add(block);
    return [{ op: "insert", block_id: id, after_block_id: behind(block, list, inserted), to: blockText(block.content) }];
  }
  const edits: Edit[] = [];
  if (moved.has(id)) edits.push({ op: "move", block_id: id, after_block_id: behind(block, list, inserted) });
  if (!isKnown(block)) edits.push({ op: "set", block_id: id, was: block.known.wire, to: blockText(block.content) });
  return edits;
}

/** The nearest block before it that the server has, or gets first. */
function behind(block: Block, list: BlockList, inserted: ReadonlySet<Block>): string | null {
  let before = list.before(block);
  while (before && !isThere(before) && !inserted.has(before)) before = list.before(before);
  return before?.id ?? null;
}

function limited(edits: Edit[]): Edit[] {
  let characters = 0;
  const end = edits.findIndex((edit, index) => {
    characters += lengthOf(edit);
    return index >= MOST_EDITS || (index > 0 && characters > MOST_CHARACTERS);
  });
  return end < 0 ? edits : edits.slice(0, end);
}

function lengthOf(edit: Edit): number {
  const texts = [...("to" in edit ? edit.to.nodes : []), ...("was" in edit ? edit.was.nodes : [])];
  return texts.reduce((sum, node) => sum + node.text.length, 0);
}
