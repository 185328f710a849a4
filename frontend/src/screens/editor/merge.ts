/** What the server says, brought together with what was done here meanwhile. No I/O. */
import { Block } from "./blocks.svelte";
import { contentOf, isEmpty, isSame, type BlockText } from "./content";
import { isKnown, isThere, type Edit } from "./edits";
import { newId } from "./ids";
import type { Entry } from "./journal";
import type { Ledger } from "./ledger.svelte";
import { isStill, knownOf, setStatus, statusOf, takeStatus, type BlockView, type ChapterContent, type ChapterEdited } from "./wire";

/** What has become of edits that were sent. */
export function takeAnswer(ledger: Ledger, edits: readonly Edit[], answer: ChapterEdited): void {
  const there = new Map(answer.blocks.map((view) => [view.block_id, view]));
  const conflicts = new Map(answer.conflicts.map((conflict) => [conflict.index, conflict.block]));
  ledger.answered(edits);
  edits.forEach((edit, index) => {
    const theirs = conflicts.get(index);
    if (theirs === undefined) takeDone(ledger, edit, there.get(edit.block_id));
    else takeRefused(ledger, edit, theirs);
  });
}

function takeDone(ledger: Ledger, edit: Edit, view: BlockView | undefined): void {
  const block = ledger.list.get(edit.block_id) ?? ledger.findGone(edit.block_id);
  if (edit.op === "move") {
    if (block && placeOf(ledger, block) === edit.after_block_id) ledger.moved.delete(edit.block_id);
  } else if (block) {
    const isWhatWasSent = edit.op !== "delete" && isSame(contentOf(edit.to), block.content);
    block.known = view ? knownOf(view) : null;
    // The server may write a voice or a text in its own way.
    if (view && isWhatWasSent && block.known) block.content = block.known.content;
  }
  if (edit.op === "delete") ledger.forget(edit.block_id);
  if (!block?.chunk) return;
  ledger.settle(block);
  if (view) takeStatus(block, view, isKnown(block));
}

function placeOf(ledger: Ledger, block: Block): string | null {
  let before = ledger.list.before(block);
  while (before && !isThere(before)) before = ledger.list.before(before);
  return before?.id ?? null;
}

function takeRefused(ledger: Ledger, edit: Edit, view: BlockView | null): void {
  const block = ledger.list.get(edit.block_id);
  if (edit.op === "move") ledger.moved.delete(edit.block_id);
  if (edit.op === "move" || !block) {
    // Somebody has changed what is deleted or moved here: nothing of theirs is lost, so it comes back as it is there.
    ledger.forget(edit.block_id);
    ledger.isAstray = true;
  } else takeTheirs(ledger, block, view);
}

/** Somebody else's version of a block that was changed here too. */
function takeTheirs(ledger: Ledger, block: Block, view: BlockView | null): void {
  const theirs = view && knownOf(view);
  if (view && theirs && isSame(theirs.content, block.content)) {
    block.known = theirs;
    setStatus(block, { theirs: null, problem: null });
    takeStatus(block, view, true);
  } else if (!view && isEmpty(block.content)) {
    block.known = null;
  } else {
    const locked = view?.locked ?? false;
    setStatus(block, { locked, theirs: { content: theirs?.content ?? null, wire: theirs?.wire ?? null, locked } });
  }
  ledger.settle(block);
}

/** The chapter as it is there now. What is changed here stays as it is; everything else becomes as it is there. */
export function takeContent(ledger: Ledger, content: ChapterContent): void {
  const views = new Map(content.blocks.map((view) => [view.block_id, view]));
  for (const view of content.blocks) {
    const block = ledger.list.get(view.block_id);
    if (block) takeView(ledger, block, view);
  }
  for (const block of [...ledger.list]) if (!views.has(block.id)) takeAbsence(ledger, block);
  arrange(ledger, content.blocks);
  ledger.isAstray = false;
}

function takeView(ledger: Ledger, block: Block, view: BlockView): void {
  if (isStill(view, block.known)) {
    if (block.status.theirs && !view.locked) setStatus(block, { theirs: null });
  } else if (!ledger.dirty.has(block.id) || (isKnown(block) && !block.status.theirs)) {
    block.known = knownOf(view);
    block.content = block.known.content;
  } else {
    takeTheirs(ledger, block, view);
  }
  ledger.settle(block);
  takeStatus(block, view, isKnown(block));
}

function takeAbsence(ledger: Ledger, block: Block): void {
  if (!block.known) return;
  if (isKnown(block) || isEmpty(block.content)) {
    ledger.list.remove(block);
    block.known = null;
    ledger.remove(block);
    return;
  }
  ledger.moved.delete(block.id);
  if (!block.status.theirs || block.status.theirs.content) takeTheirs(ledger, block, null);
}

/** Put all blocks in the order that the server has, with what is new or moved here behind what it is behind here. */
function arrange(ledger: Ledger, views: readonly BlockView[]): void {
  const { list, moved } = ledger;
  const there = new Set(views.filter((view) => !ledger.findGone(view.block_id)).map((view) => view.block_id));
  const isOurs = (block: Block): boolean => !there.has(block.id) || moved.has(block.id);
  const followers = new Map<string | null, Block[]>();
  let before: string | null = null;
  for (const block of list) {
    if (isOurs(block)) followers.set(before, [...(followers.get(before) ?? []), block]);
    before = block.id;
  }
  const wanted: Block[] = [];
  const put = (block: Block): void => {
    wanted.push(block);
    followers.get(block.id)?.forEach(put);
  };
  followers.get(null)?.forEach(put);
  for (const view of views)
    if (there.has(view.block_id) && !moved.has(view.block_id)) put(list.get(view.block_id) ?? blockOf(view));
  reorder(ledger, wanted);
}

function reorder({ list }: Ledger, wanted: readonly Block[]): void {
  if (list.count === 0) return list.fill(wanted);
  let before: Block | undefined;
  for (const [index, block] of wanted.entries()) {
    let present = before ? list.after(before) : list.first;
    // Where one block was moved away, all others stay where they are.
    if (present && present !== block && list.after(present) === block && wanted[index + 1] !== present) {
      list.remove(present);
      present = block;
    }
    if (present !== block) {
      list.remove(block);
      list.insert(block, before);
    }
    before = block;
  }
}

export function blockOf(view: BlockView): Block {
  const known = knownOf(view);
  const block = new Block(view.block_id, known.content, view.kind);
  block.known = known;
  block.status = statusOf(view);
  block.isKnownConverted = view.converted;
  return block;
}

/** What another tab, or this page before it was closed, has left. Returns how many edits of it there still are. */
export function takeEntries(ledger: Ledger, entries: readonly Entry[]): number {
  return entries.filter((entry) => {
    const isTaken = takeEntry(ledger, entry);
    // What has arrived meanwhile would be taken for an edit the next time, when the text is another by then.
    if (!isTaken && !ledger.dirty.has(entry.blockId) && !ledger.findGone(entry.blockId)) ledger.forget(entry.blockId);
    return isTaken;
  }).length;
}

function takeEntry(ledger: Ledger, entry: Entry): boolean {
  const { list } = ledger;
  const block = list.get(entry.blockId);
  const isAsWas = block ? isBase(block, entry) : entry.was === null;
  const to = entry.to && contentOf(entry.to);
  if (!to || isEmpty(to)) {
    if (!block || !isAsWas || ledger.dirty.has(block.id)) return false;
    list.remove(block);
    ledger.remove(block);
    return true;
  }
  const here = block ?? new Block(entry.blockId, to);
  const isChanged = !block || !isSame(block.content, to);
  if (!isChanged && !entry.moved) return false;
  // Two tabs have left the same paragraph, each with a text of its own: both stay.
  if (block && isChanged && ledger.dirty.has(block.id)) {
    const other = new Block(newId(), to);
    list.insert(other, block);
    ledger.touch(other);
    return true;
  }
  here.content = to;
  if (!block || entry.moved) place(ledger, here, entry);
  if (isChanged && !isAsWas) {
    const known = here.known;
    // What the edit began with is no longer there; as long as that is so, a person has to choose.
    here.known = entry.was && { wire: entry.was, content: contentOf(entry.was) };
    setStatus(here, { theirs: { content: known?.content ?? null, wire: known?.wire ?? null, locked: here.status.locked } });
  }
  ledger.touch(here, { isMoved: entry.moved });
  return true;
}

/** Whether the server has what the edit began with, or what was on its way when the page was closed. */
function isBase({ known }: Block, { was, sent }: Entry): boolean {
  const isIt = (text: BlockText | null | undefined): boolean => !!text && !!known && isSame(contentOf(text), known.content);
  return isIt(was) || isIt(sent);
}

function place({ list }: Ledger, block: Block, entry: Entry): void {
  list.remove(block);
  const before = entry.after === null ? undefined : (list.get(entry.after) ?? list.at(entry.index - 1) ?? list.last);
  list.insert(block, before);
}
