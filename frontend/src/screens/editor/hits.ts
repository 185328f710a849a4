/** Where a text is found in the paragraphs of a chapter. */
import type { Block } from "./blocks.svelte";
import { finder, type FindOptions } from "./content";

/** A stretch of a paragraph that a search has found, in UTF-16 units. */
export interface Hit {
  blockId: string;
  start: number;
  end: number;
}

/** In order. No more than `most` places. */
export function findHits(blocks: Iterable<Block>, text: string, options: FindOptions, most: number): Hit[] {
  const expression = finder(text, options);
  const hits: Hit[] = [];
  if (expression)
    for (const block of blocks)
      for (const { index, 0: found } of block.text.matchAll(expression)) {
        hits.push({ blockId: block.id, start: index, end: index + found.length });
        if (hits.length >= most) return hits;
      }
  return hits;
}

export function byBlock(hits: readonly Hit[]): Map<string, Hit[]> {
  const found = new Map<string, Hit[]>();
  for (const hit of hits) found.set(hit.blockId, [...(found.get(hit.blockId) ?? []), hit]);
  return found;
}
