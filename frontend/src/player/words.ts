/** Where in a text somebody has clicked. */

interface Found {
  node: Node;
  offset: number;
}

function caretAt(x: number, y: number): Found | null {
  if ("caretPositionFromPoint" in document) {
    const found = document.caretPositionFromPoint(x, y);
    return found && { node: found.offsetNode, offset: found.offset };
  }
  const range = (document as Document).caretRangeFromPoint(x, y);
  return range && { node: range.startContainer, offset: range.startOffset };
}

/** The UTF-16 unit of an element's text that is at a point of the window; null where none is. */
export function unitAt(element: Element, x: number, y: number): number | null {
  const found = caretAt(x, y);
  if (!found || !element.contains(found.node)) return null;
  const before = document.createRange();
  before.setStart(element, 0);
  before.setEnd(found.node, found.offset);
  return before.toString().length;
}
