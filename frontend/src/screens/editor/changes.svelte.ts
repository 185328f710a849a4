/** Everything that is done to a chapter's blocks goes through here: it can be taken back, and is sent and kept. */
import type { Block } from "./blocks.svelte";
import { isEmpty, isSame, type Content } from "./content";
import type { Ledger } from "./ledger.svelte";
import { UndoStack, type Caret, type Deed, type Step } from "./undo";

export class Changes {
  canUndo = $state(false);
  canRedo = $state(false);
  readonly #ledger: Ledger;
  readonly #stack = new UndoStack();
  readonly #whenChanged: () => void;
  #deeds: Deed[] = [];
  /** Paragraphs without text, which go when the caret is elsewhere. */
  readonly #empty = new Set<Block>();

  constructor(ledger: Ledger, whenChanged: () => void) {
    this.#ledger = ledger;
    this.#whenChanged = whenChanged;
  }

  /** Do something as one step. what: returns where the caret is afterwards. */
  step(before: Caret | null, what: () => Caret | null, typing: Step["typing"] = null): Caret | null {
    this.#deeds = [];
    const after = what();
    if (this.#deeds.length) this.#stack.add({ deeds: this.#deeds, before, after, typing, at: performance.now() });
    this.#done();
    return after;
  }

  set(block: Block, to: Content): void {
    if (isSame(block.content, to)) return;
    this.#deeds.push({ op: "set", block, was: block.content, to });
    this.#set(block, to);
  }

  insert(block: Block, after: Block | undefined): void {
    this.#deeds.push({ op: "insert", block, after: after?.id ?? null });
    this.#insert(block, after);
  }

  remove(block: Block): void {
    this.#deeds.push({ op: "remove", block, after: this.#ledger.list.before(block)?.id ?? null });
    this.#remove(block);
  }

  move(block: Block, after: Block | undefined): void {
    const was = this.#ledger.list.before(block)?.id ?? null;
    this.#deeds.push({ op: "move", block, was, to: after?.id ?? null });
    this.#move(block, after);
  }

  /** Delete the paragraphs that were emptied, but for the one where the caret is. Undone with what emptied them. */
  tidy(activeId: string | null): void {
    for (const block of [...this.#empty]) {
      if (block.id === activeId) continue;
      this.#empty.delete(block);
      if (!block.chunk || !isEmpty(block.content) || this.#ledger.list.count === 1) continue;
      this.#deeds = [];
      this.remove(block);
      if (!this.#stack.amend(this.#deeds, block)) this.#stack.add({ deeds: this.#deeds, before: null, after: null, typing: null, at: 0 });
      this.#done();
    }
  }

  /** Take the last step back. Returns where the caret was, and whether a part of it had to be left. */
  undo(): { caret: Caret | null; isPartial: boolean } | null {
    const step = this.#stack.takeUndo();
    if (!step) return null;
    const done = step.deeds.toReversed().map((deed) => this.#undoDeed(deed));
    this.#done();
    return { caret: step.before, isPartial: done.includes(false) };
  }

  redo(): { caret: Caret | null; isPartial: boolean } | null {
    const step = this.#stack.takeRedo();
    if (!step) return null;
    const done = step.deeds.map((deed) => this.#redoDeed(deed));
    this.#done();
    return { caret: step.after, isPartial: done.includes(false) };
  }

  #undoDeed(deed: Deed): boolean {
    if (deed.op === "set") return this.#reset(deed.block, deed.to, deed.was);
    if (deed.op === "insert") return this.#take(deed.block);
    if (deed.op === "remove") return this.#bring(deed.block, deed.after);
    return this.#carry(deed.block, deed.was);
  }

  #redoDeed(deed: Deed): boolean {
    if (deed.op === "set") return this.#reset(deed.block, deed.was, deed.to);
    if (deed.op === "insert") return this.#bring(deed.block, deed.after);
    if (deed.op === "remove") return this.#take(deed.block);
    return this.#carry(deed.block, deed.to);
  }

  /** What somebody else has made of a block meanwhile stays. */
  #reset(block: Block, from: Content, to: Content): boolean {
    if (!block.chunk || block.status.locked || !isSame(block.content, from)) return false;
    this.#set(block, to);
    return true;
  }

  #take(block: Block): boolean {
    if (!block.chunk || block.status.locked) return false;
    this.#remove(block);
    return true;
  }

  #bring(block: Block, after: string | null): boolean {
    if (block.chunk || this.#ledger.list.has(block.id)) return false;
    this.#insert(block, this.#placeBehind(after));
    return true;
  }

  #carry(block: Block, after: string | null): boolean {
    if (!block.chunk) return false;
    this.#move(block, this.#placeBehind(after));
    return true;
  }

  #placeBehind(id: string | null): Block | undefined {
    return id === null ? undefined : (this.#ledger.list.get(id) ?? this.#ledger.list.last);
  }

  #set(block: Block, to: Content): void {
    block.content = to;
    if (isEmpty(to)) this.#empty.add(block);
    this.#ledger.touch(block);
  }

  #insert(block: Block, after: Block | undefined): void {
    this.#ledger.list.insert(block, after);
    if (isEmpty(block.content)) this.#empty.add(block);
    // A block that comes back may have left its place.
    this.#ledger.touch(block, { isMoved: true });
  }

  #remove(block: Block): void {
    this.#ledger.list.remove(block);
    this.#ledger.remove(block);
  }

  #move(block: Block, after: Block | undefined): void {
    this.#ledger.list.remove(block);
    this.#ledger.list.insert(block, after);
    this.#ledger.touch(block, { isMoved: true });
  }

  #done(): void {
    this.canUndo = this.#stack.canUndo;
    this.canRedo = this.#stack.canRedo;
    this.#whenChanged();
  }
}

