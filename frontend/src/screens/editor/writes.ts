/** What the browser's own editing, the clipboard and a drop do in the manuscript. */
import { findUnits, unitsOf, type Units } from "./caret";
import type { Surface } from "./surface.svelte";
import type { Caret } from "./undo";

export class Writes {
  readonly #surface: Surface;
  /** Where the caret was before the browser changed the text. */
  #before: Caret | null = null;

  constructor(surface: Surface) {
    this.#surface = surface;
  }

  readonly beforeInput = (event: InputEvent): void => {
    const at = this.#surface.blockOf(event.target);
    const units = at && findUnits(at.element);
    if (!at || !units) return;
    const { manuscript } = this.#surface;
    this.#before = { blockId: at.block.id, ...units };
    const done = this.#instead(event, at.block.id, at.element, units);
    if (done) event.preventDefault();
    else if (manuscript.selection?.kind === "blocks") this.#surface.clearSelection();
  };

  readonly input = (event: Event): void => {
    const at = this.#surface.blockOf(event.target);
    if (!at) return;
    const { block, element } = at;
    const text = element.textContent ?? "";
    const caret = findUnits(element)?.end ?? text.length;
    this.#surface.manuscript.type(block, text, this.#before, caret, (event as InputEvent).isComposing);
    const [node] = element.childNodes;
    // Some browsers leave a line break, or split the text.
    if (text && (element.childNodes.length !== 1 || !(node instanceof Text)) && !(event as InputEvent).isComposing) {
      element.replaceChildren(text);
      this.#surface.place({ blockId: block.id, start: caret, end: caret });
    }
  };

  readonly paste = (event: ClipboardEvent): void => {
    const at = this.#surface.blockOf(event.target);
    const units = at && findUnits(at.element);
    if (!at || !units) return;
    event.preventDefault();
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (this.#surface.manuscript.selection?.kind === "blocks") this.#surface.clearSelection();
    if (text) this.#surface.manuscript.paste(at.block, units.start, units.end, text);
  };

  /** Whole paragraphs that are selected are copied as they are; of a text the browser knows itself what is selected. */
  readonly copy = (event: ClipboardEvent): void => {
    const { manuscript } = this.#surface;
    if (manuscript.selection?.kind !== "blocks") return;
    const texts = manuscript.chosen.map((block) => block.text);
    event.clipboardData?.setData("text/plain", texts.join("\n\n"));
    event.preventDefault();
    if (event.type === "cut") manuscript.deleteBlocks(manuscript.selection.blockIds);
  };

  /** Whether something else is done in place of what the browser would do. */
  #instead(event: InputEvent, blockId: string, element: HTMLElement, { start, end }: Units): boolean {
    const { manuscript } = this.#surface;
    const block = manuscript.list.get(blockId);
    const type = event.inputType;
    if (!block) return true;
    if (type === "historyUndo" || type === "historyRedo") {
      if (type === "historyUndo") manuscript.undo();
      else manuscript.redo();
      return true;
    }
    if (manuscript.refuses(block)) return true;
    if (type === "insertParagraph" || type === "insertLineBreak") manuscript.split(block, start, end);
    else if (type === "insertFromDrop") this.#drop(event, element, blockId);
    else if (start === end && start === 0 && /^delete.*Backward$/.test(type)) manuscript.joinUp(block);
    else if (start === end && end === block.text.length && /^delete.*Forward$/.test(type)) manuscript.joinDown(block);
    else return type === "insertFromPaste" || type.startsWith("format");
    return true;
  }

  #drop(event: InputEvent, element: HTMLElement, blockId: string): void {
    const { manuscript } = this.#surface;
    const [target] = event.getTargetRanges();
    const block = manuscript.list.get(blockId);
    const text = event.dataTransfer?.getData("text/plain");
    if (!target || !block || !text) return;
    const { start, end } = unitsOf(element, target);
    manuscript.paste(block, start, end, text);
  }
}
