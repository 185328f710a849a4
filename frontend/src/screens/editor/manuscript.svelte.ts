import { ask } from "../../api/client";
import { t } from "../../messages";
import { notices } from "../../state/notices.svelte";
import { session } from "../../state/session.svelte";
import type { Block } from "./blocks.svelte";
import { Changes } from "./changes.svelte";
import { changed, withVoice, type FindOptions, type SubType } from "./content";
import { byBlock, findHits, type Hit } from "./hits";
import type { Place } from "./journal";
import { KeptChapter } from "./kept.svelte";
import type { Caret } from "./undo";
import { chapterPath, setStatus } from "./wire";
import { deleted, joinedUp, moved, pasted, replaced, split, typed } from "./writing";

const NONE: ReadonlySet<string> = new Set();

/** Text within one paragraph, in UTF-16 units; or several whole paragraphs, in order. */
export type Selection = { kind: "text"; blockId: string; start: number; end: number } | { kind: "blocks"; blockIds: string[] };

/** What shows the manuscript, while it is shown. */
export interface View {
  /** Put the caret somewhere, and bring it into view. */
  place(caret: Caret): void;
  /** Bring a paragraph into view; with a unit, put the caret there. */
  reveal(blockId: string, unit?: number): Promise<void>;
  /** Do something that may move paragraphs, and leave the caret where it is. */
  keepingCaret(action: () => void): void;
}

/**
 * One chapter as it is written. Everything that is done here is shown at once, kept in the browser until the server has
 * it, sent by itself, and can be taken back. For the tools beside the manuscript:
 *
 * - `list` has the blocks (`for (const block of list)`, `list.get(id)`, `list.count`), `blocks` their ids in order. A
 *   block has two signals: `content` (`text`, `runs` of voices, `subType`) and `status` (converted, locked, flaws, …),
 *   of which `stateOf(block)` in `states.ts` makes one word. Nothing but this class writes them.
 * - `active` is the id of the block with the caret, `selection` what is selected. Both stay when the focus goes elsewhere.
 * - `setVoice`, `setSubType`, `insertText`, `deleteBlocks`, `moveBlocks`, `replaceHits` are each one step of `undo`.
 *   What is locked stays as it is.
 * - `find` looks through all of the text; what is put into `hits` is lit, and `hit` is the present one.
 * - `reveal` goes to a paragraph. `flush` sends all there is: whatever reads the chapter on the server waits for it.
 * - `saved` tells how it stands: "saved", "saving", "kept" (here, as the server is away), "held", "gone".
 */
export class Manuscript extends KeptChapter {
  active = $state<string | null>(null);
  selection = $state.raw<Selection | null>(null);
  readonly selectedIds: ReadonlySet<string> = $derived(this.selection?.kind === "blocks" ? new Set(this.selection.blockIds) : NONE);
  hits = $state.raw<readonly Hit[]>([]);
  hit = $state(0);
  readonly hitsByBlock = $derived(byBlock(this.hits));
  /** Voices that need no colour, for everything has them that has no other. */
  defaultVoices = $state.raw<readonly (string | null)[]>([null]);
  view: View | null = null;
  readonly #changes: Changes;

  constructor(place: Place) {
    super(place);
    this.outbox.merging = (merge) => (this.view ? this.view.keepingCaret(merge) : merge());
    this.#changes = new Changes(this.ledger, () => this.outbox.wake());
  }

  get canUndo(): boolean {
    return this.#changes.canUndo;
  }

  get canRedo(): boolean {
    return this.#changes.canRedo;
  }

  /** The whole blocks that are selected, or the one with the caret. */
  get chosen(): Block[] {
    const ids = this.selection?.kind === "blocks" ? this.selection.blockIds : this.active ? [this.active] : [];
    return ids.map((id) => this.list.get(id)).filter((block) => block !== undefined);
  }

  get caret(): Caret | null {
    if (this.selection?.kind === "text") return this.selection;
    return this.active ? { blockId: this.active, start: 0, end: 0 } : null;
  }

  override async flush(): Promise<void> {
    this.#changes.tidy(this.active);
    await super.flush();
  }

  /** The caret is in another paragraph by now; those that were emptied go. */
  enter(blockId: string): void {
    if (this.active === blockId) return;
    this.active = blockId;
    this.#changes.tidy(blockId);
  }

  get mayWrite(): boolean {
    return session.may("projects_write");
  }

  /** Whether a block can't be changed, which is told. */
  refuses(block: Block): boolean {
    if (this.#isReadOnly()) return true;
    if (block.status.locked) this.#say(t("editor.isLocked"));
    return block.status.locked;
  }

  // --- what is typed; `Manuscript.svelte` calls these

  type(block: Block, text: string, before: Caret | null, caret: number, isComposing: boolean): void {
    typed(this.#changes, block, text, before, caret, isComposing);
  }

  split(block: Block, start: number, end: number): void {
    this.#go(this.#isFree(block) ? split(this.#changes, this.list, block, start, end) : null);
  }

  joinUp(block: Block): void {
    if (this.#isFree(block)) this.#go(joinedUp(this.#changes, this.list, block, this.caret));
  }

  joinDown(block: Block): void {
    const next = this.list.after(block);
    if (next && this.#isFree(block)) this.#go(joinedUp(this.#changes, this.list, next, this.caret));
  }

  paste(block: Block, start: number, end: number, text: string): void {
    if (this.#isFree(block)) this.#go(pasted(this.#changes, block, start, end, text));
  }

  replace(block: Block, start: number, end: number, text: string): void {
    if (this.#isFree(block)) this.#go(replaced(this.#changes, block, start, end, text));
  }

  // --- what tools do

  /** Put a text at the caret, in place of what is selected. */
  insertText(text: string): void {
    const caret = this.caret;
    const block = caret && this.list.get(caret.blockId);
    if (block) this.paste(block, Math.min(caret.start, block.text.length), Math.min(caret.end, block.text.length), text);
  }

  /** Have a stretch or whole blocks spoken by a voice; null for the project's default. */
  setVoice(target: Selection, voiceId: string | null): void {
    this.#each(target, (block, start, end) => this.#changes.set(block, withVoice(block.content, start, end, voiceId)));
  }

  setSubType(blockIds: readonly string[], subType: SubType): void {
    this.#each({ kind: "blocks", blockIds: [...blockIds] }, (block) => this.#changes.set(block, { ...block.content, subType }));
  }

  deleteBlocks(blockIds: readonly string[]): void {
    if (this.#isReadOnly()) return;
    this.selection = null;
    this.#go(deleted(this.#changes, this.list, this.#inOrder(blockIds), this.caret));
  }

  moveBlocks(blockIds: readonly string[], direction: "up" | "down"): void {
    const { selection, caret } = this;
    if (this.#isReadOnly()) return;
    if (!moved(this.#changes, this.list, this.#inOrder(blockIds), direction, caret)) return;
    if (caret) this.view?.place(caret);
    this.selection = selection;
  }

  /** Lock blocks, or unlock them, with what they say now. Throws: ApiError; Error, as `flush`. */
  async lock(blockIds: readonly string[], isLocked: boolean): Promise<void> {
    await this.flush();
    for (const block of this.#inOrder(blockIds)) {
      const path = `${chapterPath(this.projectId, this.chapterId)}/blocks/${block.id}/lock`;
      await ask(path, { method: isLocked ? "PUT" : "DELETE" });
      setStatus(block, { locked: isLocked });
    }
  }

  /** Where a text is, in order. No more than `most` places. */
  find(text: string, { most = 10_000, ...options }: FindOptions & { most?: number } = {}): Hit[] {
    return findHits(this.list, text, options, most);
  }

  /** Put another text in place of what a search has found, as one step. Returns in how many places. */
  replaceHits(hits: readonly Hit[], text: string): number {
    let count = 0;
    this.#changes.step(this.caret, () => {
      // From the end, so that places that are still to come stay where they are.
      for (const { blockId, start, end } of [...hits].reverse()) {
        const block = this.list.get(blockId);
        if (!block || block.status.locked || end > block.text.length) continue;
        this.#changes.set(block, changed(block.content, { at: start, removed: end - start, inserted: text }));
        count += 1;
      }
      return this.caret;
    });
    return count;
  }

  /** Go to a paragraph; with a unit, put the caret there. */
  async reveal(blockId: string, unit?: number): Promise<void> {
    if (this.list.has(blockId)) await this.view?.reveal(blockId, unit);
  }

  undo(): void {
    this.#back(this.#changes.undo());
  }

  redo(): void {
    this.#back(this.#changes.redo());
  }

  #back(done: { caret: Caret | null; isPartial: boolean } | null): void {
    if (!done) return;
    if (this.selection?.kind === "blocks") this.selection = null;
    if (done.isPartial) notices.say(t("editor.undonePartly"));
    this.#go(done.caret);
  }

  #go(caret: Caret | null): void {
    if (!caret || !this.list.has(caret.blockId)) return;
    if (this.view) this.view.place(caret);
    else this.active = caret.blockId;
  }

  /** Once, not at every key. */
  #say(text: string): void {
    if (!notices.all.some((notice) => notice.text === text)) notices.say(text);
  }

  /** Whether who is here may only read and hear, which is told. */
  #isReadOnly(): boolean {
    if (!this.mayWrite) this.#say(t("editor.readOnly"));
    return !this.mayWrite;
  }

  #isFree(block: Block): boolean {
    return !this.refuses(block);
  }

  #inOrder(blockIds: readonly string[]): Block[] {
    const blocks = blockIds.map((id) => this.list.get(id)).filter((block) => block !== undefined);
    const places = new Map(blocks.map((block) => [block, this.list.indexOf(block)]));
    return blocks.sort((one, other) => (places.get(one) ?? 0) - (places.get(other) ?? 0));
  }

  #each(target: Selection, change: (block: Block, start: number, end: number) => void): void {
    if (this.#isReadOnly()) return;
    const ids = target.kind === "text" ? [target.blockId] : target.blockIds;
    const caret = this.caret;
    const blocks = this.#inOrder(ids);
    const free = blocks.filter((block) => !block.status.locked);
    if (free.length < blocks.length) this.#say(t("editor.isLocked"));
    this.#changes.step(caret, () => {
      for (const block of free)
        if (target.kind === "text") change(block, target.start, Math.min(target.end, block.text.length));
        else change(block, 0, block.text.length);
      return caret;
    });
  }
}
