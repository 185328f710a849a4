/** What keys do in the manuscript. What isn't here the browser does by itself. */
import type { Block } from "./blocks.svelte";
import { findUnits, isAtEdge, type Units } from "./caret";
import type { Surface } from "./surface.svelte";

interface At {
  surface: Surface;
  block: Block;
  element: HTMLElement;
  units: Units;
  event: KeyboardEvent;
}

/** Returns whether the key is done with. */
export function keyed(surface: Surface, event: KeyboardEvent): boolean {
  const at = surface.blockOf(event.target);
  if (!at || event.isComposing) return false;
  if (!event.key.startsWith("Arrow") || event.shiftKey) surface.forgetGoal();
  if (surface.manuscript.selection?.kind === "blocks") return keyedOnBlocks(surface, event);
  const units = findUnits(at.element);
  if (!units) return false;
  return keyedInText({ surface, ...at, units, event });
}

function keyedInText(at: At): boolean {
  const { surface, block, units, event } = at;
  const { list } = surface.manuscript;
  const isMod = event.ctrlKey || event.metaKey;
  const isCollapsed = units.start === units.end;
  if (event.altKey) return false;
  switch (event.key) {
    case "ArrowUp":
    case "ArrowDown":
      return !isMod && goVertically(at, event.key === "ArrowUp" ? "up" : "down");
    case "ArrowLeft":
      surface.forgetGoal();
      return isCollapsed && !event.shiftKey && units.start === 0 && surface.goTo(list.before(block), "end");
    case "ArrowRight":
      surface.forgetGoal();
      return isCollapsed && !event.shiftKey && units.end === block.text.length && surface.goTo(list.after(block), "start");
    case "Home":
      return isMod && !event.shiftKey && surface.goTo(list.first, "start");
    case "End":
      return isMod && !event.shiftKey && surface.goTo(list.last, "end");
    case "PageUp":
    case "PageDown":
      if (event.shiftKey || isMod) return false;
      surface.goByScreen(event.key === "PageUp" ? "up" : "down");
      return true;
    case "Backspace":
      if (!isCollapsed || units.start > 0) return false;
      surface.manuscript.joinUp(block);
      return true;
    case "Delete":
      if (!isCollapsed || units.end < block.text.length) return false;
      surface.manuscript.joinDown(block);
      return true;
    case "a":
      // The second time, everything.
      if (!isMod || event.shiftKey || units.start > 0 || units.end < block.text.length) return false;
      surface.selectAll();
      return true;
    default:
      return false;
  }
}

function goVertically({ surface, block, element, event }: At, direction: "up" | "down"): boolean {
  if (!isAtEdge(element, direction === "up" ? "top" : "bottom")) return false;
  if (!event.shiftKey) return surface.goVertically(block, direction);
  surface.extend(direction);
  return true;
}

function keyedOnBlocks(surface: Surface, event: KeyboardEvent): boolean {
  const { manuscript } = surface;
  const isMod = event.ctrlKey || event.metaKey;
  const ids = manuscript.selection?.kind === "blocks" ? manuscript.selection.blockIds : [];
  switch (event.key) {
    case "ArrowUp":
    case "ArrowDown":
      if (event.altKey || isMod) return false;
      if (event.shiftKey) surface.extend(event.key === "ArrowUp" ? "up" : "down");
      else surface.clearSelection();
      return true;
    case "ArrowLeft":
    case "ArrowRight":
      if (!event.shiftKey) surface.clearSelection();
      return false;
    case "Escape":
      surface.clearSelection();
      return true;
    case "Backspace":
    case "Delete":
      manuscript.deleteBlocks(ids);
      return true;
    case "a":
      if (isMod) surface.selectAll();
      return isMod;
    default:
      return false;
  }
}
