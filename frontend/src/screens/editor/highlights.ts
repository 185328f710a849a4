/** Colours over stretches of text, painted by the browser (CSS Custom Highlight API): no markup comes into a paragraph. */
import { rangeOf } from "./caret";

export const VOICE_TINTS = 6;

export interface Stretch {
  start: number;
  end: number;
}

/** What is painted over what: the last one is on top. */
const PRIORITIES = { pause: 1, conflict: 2, found: 3, "found-here": 4, lit: 5 } as const;

export type LayerName = keyof typeof PRIORITIES | `voice-${number}`;

const ranges = new WeakMap<HTMLElement, Map<LayerName, Range[]>>();

function layerOf(name: LayerName): Highlight | undefined {
  // A browser without them shows the text without colours.
  if (typeof Highlight === "undefined") return undefined;
  let layer = CSS.highlights.get(name);
  if (!layer) {
    layer = new Highlight();
    layer.priority = name in PRIORITIES ? PRIORITIES[name as keyof typeof PRIORITIES] : 0;
    CSS.highlights.set(name, layer);
  }
  return layer;
}

/** Paint stretches of a paragraph, in place of those painted there in this layer. */
export function paint(element: HTMLElement, name: LayerName, stretches: readonly Stretch[]): void {
  const painted = ranges.get(element) ?? new Map<LayerName, Range[]>();
  const before = painted.get(name);
  if (!before && !stretches.length) return;
  const layer = layerOf(name);
  for (const range of before ?? []) layer?.delete(range);
  const now = stretches.map(({ start, end }) => rangeOf(element, start, end));
  for (const range of now) layer?.add(range);
  if (now.length) painted.set(name, now);
  else painted.delete(name);
  ranges.set(element, painted);
}

/** Take all colours away from a paragraph that goes. */
export function unpaint(element: HTMLElement): void {
  for (const name of [...(ranges.get(element)?.keys() ?? [])]) paint(element, name, []);
}

const tints = new Map<string, number>();

/** The tint of a voice, 0 to VOICE_TINTS - 1: the same everywhere while the page is open. */
export function tintOf(voiceId: string): number {
  let tint = tints.get(voiceId);
  if (tint === undefined) tints.set(voiceId, (tint = tints.size % VOICE_TINTS));
  return tint;
}

/** Where a text asks for pauses. */
export function pausesIn(text: string): Stretch[] {
  return text.includes("<break") ? [...text.matchAll(/<break\b[^<>]*>/g)].map(({ index, 0: tag }) => ({ start: index, end: index + tag.length })) : [];
}
