/** What of a chapter the server may not have yet, and that it is kept in the browser until it has. */
import { BlockList, type Block } from "./blocks.svelte";
import { blockText, type BlockText } from "./content";
import { isKnown, type Edit, type Unsent } from "./edits";
import type { Journal } from "./journal";
import { setStatus } from "./wire";

export class Ledger implements Unsent {
  readonly list = new BlockList();
  readonly dirty = new Set<string>();
  readonly moved = new Set<string>();
  readonly #gone = new Map<string, Block>();
  /** What is on its way, of which nobody knows whether it has arrived. */
  readonly #sent = new Map<string, BlockText | null>();
  readonly #journal: Journal;
  /** Whether the browser keeps what is typed: its storage may be full or forbidden. */
  isDurable = $state(true);
  readonly #unkept = new Set<string>();
  /** Whether the chapter is to be read again, as it isn't what we took it for. */
  isAstray = false;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  get gone(): ReadonlyMap<string, BlockText> {
    return new Map([...this.#gone].flatMap(([id, { known }]) => (known ? [[id, known.wire]] : [])));
  }

  get hasUnsent(): boolean {
    return this.dirty.size > 0 || this.#gone.size > 0;
  }

  /** A block has changed here, or was put somewhere. */
  touch(block: Block, { isMoved = false } = {}): void {
    this.#gone.delete(block.id);
    if (isMoved && block.known) this.moved.add(block.id);
    if (block.status.problem) setStatus(block, { problem: null });
    this.settle(block);
    setStatus(block, { converted: block.isKnownConverted && isKnown(block) });
  }

  /** A block isn't in the chapter any more. */
  remove(block: Block): void {
    this.dirty.delete(block.id);
    this.moved.delete(block.id);
    if (block.known || this.#sent.has(block.id)) {
      this.#gone.set(block.id, block);
      this.#write(block, null);
    } else this.#drop(block.id);
  }

  /** Look whether a block is what the server has by now. */
  settle(block: Block): void {
    const isSettled = isKnown(block) && !this.moved.has(block.id) && !block.status.theirs;
    if (isSettled) this.dirty.delete(block.id);
    else this.dirty.add(block.id);
    if (isSettled && !this.#sent.has(block.id)) this.#drop(block.id);
    else this.#write(block, blockText(block.content));
  }

  /** A deleted block: the server has it no more, or has it again. */
  forget(id: string): void {
    this.#gone.delete(id);
    this.#drop(id);
  }

  findGone(id: string): Block | undefined {
    return this.#gone.get(id);
  }

  sending(edits: readonly Edit[]): void {
    for (const edit of edits) {
      if (edit.op !== "move") this.#sent.set(edit.block_id, edit.op === "delete" ? null : edit.to);
      const block = this.list.get(edit.block_id);
      if (block) this.#write(block, blockText(block.content));
    }
  }

  answered(edits: readonly Edit[]): void {
    for (const edit of edits) this.#sent.delete(edit.block_id);
  }

  #write(block: Block, to: BlockText | null): void {
    const before = to ? this.list.before(block) : undefined;
    const sent = this.#sent.get(block.id);
    const kept = this.#journal.write({
      blockId: block.id,
      was: block.known?.wire ?? null,
      to,
      ...(sent === undefined ? {} : { sent }),
      after: before?.id ?? null,
      index: to ? this.list.indexOf(block) : -1,
      moved: this.moved.has(block.id),
    });
    if (kept) this.#unkept.delete(block.id);
    else this.#unkept.add(block.id);
    this.#tellDurable();
  }

  #drop(id: string): void {
    this.#journal.drop(id);
    this.#unkept.delete(id);
    this.#tellDurable();
  }

  #tellDurable(): void {
    const isDurable = this.#unkept.size === 0;
    if (isDurable !== this.isDurable) this.isDurable = isDurable;
  }
}
