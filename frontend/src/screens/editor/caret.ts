/** The caret and the selection within one paragraph, in UTF-16 units of its text. */

export interface Units {
  start: number;
  end: number;
}

/** What is selected within a paragraph; null where the selection is elsewhere. */
export function findUnits(element: HTMLElement): Units | null {
  const selection = getSelection();
  if (!selection?.rangeCount) return null;
  const range = selection.getRangeAt(0);
  if (!element.contains(range.startContainer) || !element.contains(range.endContainer)) return null;
  return unitsOf(element, range);
}

export function unitsOf(element: HTMLElement, range: AbstractRange): Units {
  return { start: unitOf(element, range.startContainer, range.startOffset), end: unitOf(element, range.endContainer, range.endOffset) };
}

function unitOf(element: HTMLElement, node: Node, offset: number): number {
  if (node === element.firstChild && node instanceof Text) return offset;
  const before = document.createRange();
  before.setStart(element, 0);
  before.setEnd(node, offset);
  return before.toString().length;
}

export function rangeOf(element: HTMLElement, start: number, end: number): Range {
  const range = document.createRange();
  const node = element.firstChild;
  const length = node instanceof Text ? node.length : 0;
  range.setStart(node ?? element, Math.min(start, length));
  range.setEnd(node ?? element, Math.min(end, length));
  return range;
}

export function setUnits(element: HTMLElement, { start, end }: Units): void {
  const range = rangeOf(element, start, end);
  getSelection()?.setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset);
}

/** Give a paragraph its text, in one text node. Only what differs is changed, so a caret in the rest stays. */
export function showText(element: HTMLElement, text: string, change: { at: number; removed: number; inserted: string }): void {
  const node = element.firstChild;
  if (node instanceof Text && element.childNodes.length === 1) {
    if (change.removed || change.inserted) node.replaceData(change.at, change.removed, change.inserted);
  } else element.replaceChildren(...(text ? [text] : []));
}

/** Where the caret is on the screen; null where nobody can tell. */
export function caretRect(element: HTMLElement): DOMRect | null {
  const units = findUnits(element);
  if (!units) return null;
  const node = element.firstChild;
  if (!(node instanceof Text) || !node.length) return element.getBoundingClientRect();
  const isAtEnd = units.end >= node.length;
  // A collapsed range at the edge of a line has no rectangle in some browsers; a letter always has.
  const letter = rangeOf(element, isAtEnd ? node.length - 1 : units.end, isAtEnd ? node.length : units.end + 1);
  const rect = [...letter.getClientRects()].at(isAtEnd ? -1 : 0);
  return rect ? new DOMRect(isAtEnd ? rect.right : rect.left, rect.top, 0, rect.height) : null;
}

/** Whether there is no line above the caret, or below it. */
export function isAtEdge(element: HTMLElement, edge: "top" | "bottom"): boolean {
  const [caret, box] = [caretRect(element), element.getBoundingClientRect()];
  if (!caret || !element.textContent) return true;
  return edge === "top" ? caret.top - box.top < caret.height * 0.8 : box.bottom - caret.bottom < caret.height * 0.8;
}

/** The middle of a paragraph's first line, or of its last one. */
export function lineY(element: HTMLElement, which: "first" | "last"): number {
  const lines = rangeOf(element, 0, element.textContent?.length ?? 0).getClientRects();
  const line = lines[which === "first" ? 0 : lines.length - 1] ?? element.getBoundingClientRect();
  return line.top + line.height / 2;
}

/** The unit of a paragraph that is at a point of the screen. */
export function unitAt(element: HTMLElement, x: number, y: number): number {
  const box = element.getBoundingClientRect();
  const [inX, inY] = [Math.min(Math.max(x, box.left + 1), box.right - 1), Math.min(Math.max(y, box.top + 1), box.bottom - 1)];
  const place = placeAt(inX, inY);
  return place && element.contains(place.node) ? unitOf(element, place.node, place.offset) : y < box.top ? 0 : (element.textContent?.length ?? 0);
}

function placeAt(x: number, y: number): { node: Node; offset: number } | null {
  if ("caretPositionFromPoint" in document) {
    const position = document.caretPositionFromPoint(x, y);
    return position && { node: position.offsetNode, offset: position.offset };
  }
  // Safari has the older name.
  const range = (document as Document & { caretRangeFromPoint?: (x: number, y: number) => Range | null }).caretRangeFromPoint?.(x, y);
  return range ? { node: range.startContainer, offset: range.startOffset } : null;
}
