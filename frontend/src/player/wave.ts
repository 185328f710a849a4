/** Draws waveforms: bars of what is heard in each stretch, once for a view; what changes with the time is only how they are laid together. */
import { columnsOf, type Peaks } from "./peaks";
import { blockAt, type Timeline } from "./timeline";

export interface View {
  from_s: number;
  to_s: number;
}

export interface Size {
  width: number;
  height: number;
  /** Pixels of the device in one of the page. */
  ratio: number;
}

export interface Colours {
  heard: string;
  ahead: string;
  mark: string;
  text: string;
}

const BAR = 2;
const GAP = 1;
/** What is being made has no waveform yet: its words are bars of one height. */
const WORD = 0.45;
const LINE = 0.04;
const READABLE_PIXELS_PER_S = 55;
export const WORDS_HEIGHT = 16;

export const showsWords = (view: View, size: Size, timeline: Timeline | null): boolean =>
  timeline !== null && size.width / (view.to_s - view.from_s) >= READABLE_PIXELS_PER_S;

/** How high each bar is, 0 to 1. */
export function barsOf(peaks: Peaks | null, timeline: Timeline | null, view: View, width: number): Float32Array {
  const count = Math.max(1, Math.floor(width / (BAR + GAP)));
  if (peaks) return columnsOf(peaks, view.from_s, view.to_s, count);
  const bars = new Float32Array(count);
  if (!timeline) return bars;
  const perBar = (view.to_s - view.from_s) / count;
  timeline.starts_s.forEach((start, word) => {
    const end = timeline.ends_s[word] ?? start;
    if (end < view.from_s || start > view.to_s) return;
    const last = Math.min(count - 1, Math.floor((end - view.from_s) / perBar));
    for (let bar = Math.max(0, Math.floor((start - view.from_s) / perBar)); bar <= last; bar += 1) bars[bar] = WORD;
  });
  return bars;
}

/** Bars in one colour, on a ground of their own. */
export function drawnBars(bars: Float32Array, size: Size, height: number, colour: string): HTMLCanvasElement {
  const canvas = sized(document.createElement("canvas"), size);
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  context.scale(size.ratio, size.ratio);
  context.fillStyle = colour;
  bars.forEach((bar, at) => {
    const high = Math.max(1.5, Math.max(bar, LINE) * (height - 2));
    context.fillRect(at * (BAR + GAP), (height - high) / 2, BAR, high);
  });
  return canvas;
}

export function sized(canvas: HTMLCanvasElement, { width, height, ratio }: Size): HTMLCanvasElement {
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  return canvas;
}

/** Where paragraphs begin, and in a near view their words. */
export function drawMarks(context: CanvasRenderingContext2D, timeline: Timeline, view: View, size: Size, colours: Colours): void {
  const x = (secs: number): number => ((secs - view.from_s) / (view.to_s - view.from_s)) * size.width;
  const first = Math.max(0, blockAt(timeline, view.from_s));
  const shown = timeline.blocks.slice(first, blockAt(timeline, view.to_s) + 1);
  // Of a whole chapter they would be a fence.
  if (shown.length < size.width / 24) {
    context.fillStyle = colours.mark;
    for (const block of shown) context.fillRect(Math.round(x(block.start_s)) - 1, 0, 1, size.height);
  }
  if (!showsWords(view, size, timeline)) return;
  context.fillStyle = colours.text;
  context.font = `12px ${getComputedStyle(document.documentElement).fontFamily}`;
  context.textBaseline = "bottom";
  for (const block of shown)
    for (let word = block.firstWord; word < block.endWord; word += 1) {
      const left = x(timeline.starts_s[word] ?? 0);
      const room = x(timeline.starts_s[word + 1] ?? view.to_s) - left - 3;
      if (left + room > 0 && left < size.width) context.fillText(block.text.slice(timeline.from[word], timeline.to[word]), left, size.height, Math.max(room, 12));
    }
}
