/** Writing: what keys and the clipboard do to the blocks of a chapter, each as steps that can be taken back. */
import { Block, type BlockList } from "./blocks.svelte";
import type { Changes } from "./changes.svelte";
import { changeBetween, changed, joined, pastedLines, plain, sliced } from "./content";
import { newId } from "./ids";
import type { Caret } from "./undo";

const at = (block: Block, unit: number, end = unit): Caret => ({ blockId: block.id, start: unit, end });

/** What a paragraph says after a key of the browser's own editing. before: where the caret was.    caret: where it is. */
export function typed(changes: Changes, block: Block, text: string, before: Caret | null, caret: number, isComposing: boolean): void {
  const change = changeBetween(block.text, text, caret);
  if (!change.removed && !change.inserted) return;
  const kind = isComposing || !change.removed ? "insert" : change.inserted ? null : "delete";
  changes.step(before, () => {
    changes.set(block, changed(block.content, change));
    return at(block, caret);
  }, kind);
}

/** Another text in place of a stretch. Returns the caret behind it. */
export function replaced(changes: Changes, block: Block, start: number, end: number, text: string): Caret | null {
  return changes.step(at(block, start, end), () => {
    changes.set(block, changed(block.content, { at: start, removed: end - start, inserted: text }));
    return at(block, start + text.length);
  });
}

/** Make two paragraphs of one. The block stays the one that has the text, so that its audio does too. */
export function split(changes: Changes, list: BlockList, block: Block, start: number, end: number): Caret | null {
  return changes.step(at(block, start, end), () => {
    const rest = sliced(block.content, end);
    if (start === 0 && rest.text) {
      changes.set(block, rest);
      changes.insert(new Block(newId(), plain("")), list.before(block));
      return at(block, 0);
    }
    changes.set(block, sliced(block.content, 0, start));
    // What follows a heading is a paragraph.
    const next = new Block(newId(), rest.text ? rest : plain(""));
    changes.insert(next, block);
    return at(next, 0);
  });
}

/** Join a block with the one before it. */
export function joinedUp(changes: Changes, list: BlockList, block: Block, caret: Caret | null): Caret | null {
  const before = list.before(block);
  if (!before || before.status.locked || block.status.locked) return null;
  return changes.step(caret, () => {
    const unit = before.text.length;
    if (!before.text) {
      changes.remove(before);
      return at(block, 0);
    }
    changes.set(before, joined([before.content, block.content], before.content.subType));
    changes.remove(block);
    return at(before, unit);
  });
}

/** Put a text in place of a stretch; each line of it becomes a paragraph. */
export function pasted(changes: Changes, block: Block, start: number, end: number, text: string): Caret | null {
  const lines = pastedLines(text);
  const [first = "", ...others] = lines;
  const last = others.at(-1);
  if (last === undefined) return replaced(changes, block, start, end, lines.length ? first : text.replace(/[\r\n]+/g, ""));
  return changes.step(at(block, start, end), () => {
    const rest = sliced(block.content, end);
    changes.set(block, changed(sliced(block.content, 0, start), { at: start, removed: 0, inserted: first }));
    let before = block;
    for (const [index, line] of others.entries()) {
      const isLast = index === others.length - 1;
      const next = new Block(newId(), isLast ? joined([plain(line), rest], "p") : plain(line));
      changes.insert(next, before);
      before = next;
    }
    return at(before, last.length);
  });
}

/** Delete whole blocks. There is always one left to write into. */
export function deleted(changes: Changes, list: BlockList, blocks: readonly Block[], caret: Caret | null): Caret | null {
  const free = blocks.filter((block) => !block.status.locked);
  const last = free.at(-1);
  if (!last) return null;
  return changes.step(caret, () => {
    const next = list.after(last);
    for (const block of free) changes.remove(block);
    if (!list.count) changes.insert(new Block(newId(), plain("")), undefined);
    const there = next?.chunk ? next : (list.last as Block);
    return next?.chunk ? at(there, 0) : at(there, there.text.length);
  });
}

/** Move blocks over their neighbours. blocks: in order.    Returns whether anything could be moved. */
export function moved(changes: Changes, list: BlockList, blocks: readonly Block[], direction: "up" | "down", caret: Caret | null): boolean {
  const chosen = new Set(blocks);
  let isMoved = false;
  changes.step(caret, () => {
    for (const block of direction === "up" ? blocks : blocks.toReversed()) {
      const neighbour = direction === "up" ? list.before(block) : list.after(block);
      // Those at the edge stay, and so do those that follow them.
      if (!neighbour || chosen.has(neighbour)) continue;
      changes.move(block, direction === "up" ? list.before(neighbour) : neighbour);
      isMoved = true;
    }
    return caret;
  });
  return isMoved;
}
