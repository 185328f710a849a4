/** Whole paragraphs selected with the pointer: with Shift, or by drawing it from one paragraph into another. */
import type { Block } from "./blocks.svelte";
import type { Surface } from "./surface.svelte";

export interface Pointing {
  down: (event: PointerEvent) => void;
  move: (event: PointerEvent) => void;
  up: () => void;
}

export function pointing(surface: Surface): Pointing {
  let from: Block | null = null;
  let last: Block | null = null;

  return {
    down(event) {
      const at = surface.blockOf(event.target);
      from = last = null;
      if (!at || event.button) return;
      surface.forgetGoal();
      const { active } = surface.manuscript;
      if (event.shiftKey && active && active !== at.block.id) {
        event.preventDefault();
        surface.selectTo(at.block);
      } else {
        surface.clearSelection();
        if (event.pointerType === "mouse") from = at.block;
      }
    },
    move(event) {
      if (!from || !(event.buttons & 1)) return;
      const at = surface.blockOf(document.elementFromPoint(event.clientX, event.clientY));
      if (!at || (at.block === from && !last) || at.block === last) return;
      last = at.block;
      if (at.block !== from) surface.selectTo(at.block);
      else surface.clearSelection();
    },
    up() {
      from = last = null;
    },
  };
}
