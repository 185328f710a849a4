/** The manuscript on the screen: where its paragraphs are, where the caret is, and how one comes from one to the next. */
import { flushSync, tick } from "svelte";

import type { Block } from "./blocks.svelte";
import { caretRect, findUnits, lineY, setUnits, unitAt } from "./caret";
import type { Manuscript, View } from "./manuscript.svelte";
import type { Caret } from "./undo";

export class Surface implements View {
  scroller: HTMLElement | undefined;
  /** Where a selection of whole paragraphs began, and where it goes on. */
  #anchor: string | null = null;
  #head: string | null = null;
  /** Where the caret is to stay while it goes up or down through paragraphs. */
  #goalX: number | null = null;
  readonly #elements = new Map<string, HTMLElement>();

  constructor(readonly manuscript: Manuscript) {}

  /** A paragraph has come onto the screen. Returns what to do when it goes. */
  register(block: Block, element: HTMLElement): () => void {
    this.#elements.set(block.id, element);
    return () => {
      if (this.#elements.get(block.id) === element) this.#elements.delete(block.id);
    };
  }

  find(blockId: string): HTMLElement | undefined {
    return this.#elements.get(blockId);
  }

  /** The block in whose text something has happened. */
  blockOf(target: EventTarget | null): { block: Block; element: HTMLElement } | null {
    const element = target instanceof Node ? (target instanceof Element ? target : target.parentElement)?.closest<HTMLElement>("[data-text]") : null;
    const block = element && this.manuscript.list.get(element.dataset["text"] ?? "");
    return block ? { block, element } : null;
  }

  /** The paragraph that has the focus. */
  get focused(): { block: Block; element: HTMLElement } | null {
    return this.blockOf(document.activeElement);
  }

  place({ blockId, start, end }: Caret): void {
    const element = this.#mounted(blockId);
    if (!element) return;
    element.focus({ preventScroll: true });
    setUnits(element, { start, end });
    this.manuscript.selection = { kind: "text", blockId, start, end };
    this.#keepInView(element);
  }

  async reveal(blockId: string, unit?: number): Promise<void> {
    for (let round = 0; round < 3; round += 1) {
      // What comes onto the screen around it has another height than was thought.
      const element = this.#mounted(blockId);
      const box = element?.getBoundingClientRect();
      const port = this.scroller?.getBoundingClientRect();
      if (!element || !box || !port) return;
      const isInView = box.top >= port.top && box.top < port.bottom - 48;
      if (!isInView || round === 0) element.scrollIntoView({ block: isInView ? "nearest" : "center" });
      if (unit !== undefined && round === 0) this.place({ blockId, start: unit, end: unit });
      await tick();
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    }
  }

  keepingCaret(action: () => void): void {
    const focused = this.focused;
    const units = focused && findUnits(focused.element);
    action();
    flushSync();
    if (!focused || !units || document.activeElement === focused.element) return;
    const neighbour = focused.block.chunk ? focused.block.id : (this.manuscript.list.first?.id ?? "");
    const element = this.#mounted(neighbour);
    element?.focus({ preventScroll: true });
    if (element) setUnits(element, units);
  }

  /** Go on from a paragraph to its neighbour, at the same place of the line. */
  goVertically(block: Block, direction: "up" | "down"): boolean {
    const { list } = this.manuscript;
    const from = this.find(block.id);
    const next = direction === "up" ? list.before(block) : list.after(block);
    if (!next || !from) return false;
    const x = this.#goalX ?? caretRect(from)?.left ?? 0;
    const element = this.#mounted(next.id);
    if (!element) return false;
    element.scrollIntoView({ block: "nearest" });
    const unit = unitAt(element, x, lineY(element, direction === "up" ? "last" : "first"));
    this.place({ blockId: next.id, start: unit, end: unit });
    this.#goalX = x;
    return true;
  }

  goTo(block: Block | undefined, edge: "start" | "end"): boolean {
    if (!block) return false;
    const unit = edge === "start" ? 0 : block.text.length;
    this.place({ blockId: block.id, start: unit, end: unit });
    return true;
  }

  /** A screen further, with the caret at the same place of it. */
  goByScreen(direction: "up" | "down"): void {
    const { focused, scroller } = this;
    const caret = focused && caretRect(focused.element);
    if (!scroller || !caret) return;
    const before = scroller.scrollTop;
    scroller.scrollTop += (direction === "up" ? -0.9 : 0.9) * scroller.clientHeight;
    flushSync();
    const port = scroller.getBoundingClientRect();
    const { list } = this.manuscript;
    if (scroller.scrollTop === before) return void this.goTo(direction === "up" ? list.first : list.last, direction === "up" ? "start" : "end");
    const y = Math.min(Math.max(caret.top + caret.height / 2, port.top + 8), port.bottom - 8);
    const found = [...this.#elements].find(([, element]) => element.getBoundingClientRect().bottom + 16 >= y && element.getBoundingClientRect().top <= y + 16);
    if (!found) return;
    const unit = unitAt(found[1], caret.left, y);
    this.place({ blockId: found[0], start: unit, end: unit });
  }

  forgetGoal(): void {
    this.#goalX = null;
  }

  // --- whole paragraphs

  /** Select from where the selection began, or from the caret, to a paragraph. */
  selectTo(block: Block | undefined): void {
    if (!block) return;
    const { list } = this.manuscript;
    if (this.manuscript.selection?.kind !== "blocks" || !this.#anchor) this.#anchor = this.manuscript.active ?? block.id;
    const anchor = list.get(this.#anchor) ?? block;
    const [from, to] = [list.indexOf(anchor), list.indexOf(block)].sort((one, other) => one - other) as [number, number];
    this.#head = block.id;
    this.place({ blockId: block.id, start: 0, end: 0 });
    this.#select(this.manuscript.blocks.slice(from, to + 1));
  }

  /** One paragraph further with the selection. */
  extend(direction: "up" | "down"): void {
    const { list, active, selection } = this.manuscript;
    const head = list.get((selection?.kind === "blocks" ? this.#head : active) ?? "");
    if (head) this.selectTo(direction === "up" ? list.before(head) : list.after(head));
  }

  /** Take one paragraph into the selection, or out of it. */
  toggle(block: Block): void {
    const { selection, list } = this.manuscript;
    const chosen = new Set(selection?.kind === "blocks" ? selection.blockIds : []);
    if (!chosen.delete(block.id)) chosen.add(block.id);
    this.#anchor = this.#head = block.id;
    if (!this.focused) this.place({ blockId: block.id, start: 0, end: 0 });
    this.#select([...list].map(({ id }) => id).filter((id) => chosen.has(id)));
  }

  selectOnly(block: Block): void {
    this.#anchor = this.#head = block.id;
    this.place({ blockId: block.id, start: 0, end: 0 });
    this.#select([block.id]);
  }

  selectAll(): void {
    const { list } = this.manuscript;
    this.#anchor = list.first?.id ?? null;
    this.#head = list.last?.id ?? null;
    this.#select(this.manuscript.blocks);
  }

  clearSelection(): void {
    if (this.manuscript.selection?.kind === "blocks") this.manuscript.selection = null;
    this.#anchor = null;
    this.readSelection();
  }

  #select(blockIds: string[]): void {
    this.manuscript.selection = blockIds.length ? { kind: "blocks", blockIds } : null;
  }

  /** Take over where the browser has the caret. */
  readSelection(): void {
    const focused = this.focused;
    const units = focused && findUnits(focused.element);
    const { selection } = this.manuscript;
    if (!units || selection?.kind === "blocks") return;
    if (selection?.blockId === focused.block.id && selection.start === units.start && selection.end === units.end) return;
    this.manuscript.selection = { kind: "text", blockId: focused.block.id, ...units };
  }

  #mounted(blockId: string): HTMLElement | undefined {
    const chunk = this.manuscript.list.get(blockId)?.chunk;
    if (!chunk) return undefined;
    chunk.isShown = true;
    // Not later: the next key goes where the caret is.
    flushSync();
    return this.find(blockId);
  }

  #keepInView(element: HTMLElement): void {
    const port = this.scroller?.getBoundingClientRect();
    const caret = caretRect(element);
    if (!port || !caret || !this.scroller) return;
    const room = 24;
    if (caret.top < port.top + room) this.scroller.scrollTop -= port.top + room - caret.top;
    else if (caret.bottom > port.bottom - room) this.scroller.scrollTop += caret.bottom - port.bottom + room;
  }
}
