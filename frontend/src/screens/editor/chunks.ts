/** Which chunks of a chapter are near the screen, and how high those are that aren't in the page. */
import type { Chunk } from "./blocks.svelte";

/** So many screens above and below are in the page as well, so that scrolling meets no empty place. */
const SCREENS_AROUND = 1.5;
const LINE_PX = 29.7;
const GAP_PX = 16;
const CHARACTER_PX = 8.6;

export interface Watcher {
  watch: (element: HTMLElement, chunk: Chunk) => () => void;
  heightOf: (chunk: Chunk) => number;
}

export function watchChunks(scrollerOf: () => HTMLElement | undefined): Watcher {
  const chunks = new Map<Element, Chunk>();
  let observer: IntersectionObserver | undefined;
  let widthPx = 0;

  function seen(entries: IntersectionObserverEntry[]): void {
    for (const entry of entries) {
      const chunk = chunks.get(entry.target);
      if (!chunk) continue;
      if (chunk.isShown && !entry.isIntersecting) keepHeight(chunk, entry.boundingClientRect);
      chunk.isShown = entry.isIntersecting;
    }
  }

  function keepHeight(chunk: Chunk, box: DOMRectReadOnly): void {
    // Lines break elsewhere at another width, so what was measured before is worth nothing.
    if (box.width !== widthPx) for (const each of chunks.values()) each.heightPx = null;
    widthPx = box.width;
    chunk.heightPx = box.height;
  }

  function observe(): IntersectionObserver {
    const margin = `${SCREENS_AROUND * 100}% 0px`;
    return (observer ??= new IntersectionObserver(seen, { root: scrollerOf() ?? null, rootMargin: margin }));
  }

  return {
    watch(element, chunk) {
      chunks.set(element, chunk);
      observe().observe(element);
      return () => {
        chunks.delete(element);
        observer?.unobserve(element);
      };
    },
    heightOf: (chunk) => chunk.heightPx ?? estimated(chunk, widthPx || Math.min(700, innerWidth - 48)),
  };
}

function estimated(chunk: Chunk, widthPx: number): number {
  const inLine = Math.max(10, widthPx / CHARACTER_PX);
  return chunk.blocks.reduce((sum, block) => sum + Math.max(1, Math.ceil(block.text.length / inLine)) * LINE_PX + GAP_PX, 0);
}
