/** Where values are in a chart. */
import type { Band } from "./figures";

export interface Scale {
  lowest: number;
  highest: number;
  /** Values of lines that are named, from low to high. */
  ticks: number[];
}

const STEPS: readonly number[] = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50];
const MOST_TICKS = 5;
/** Of two values that are the same, something has to be shown around them. */
const LEAST_SPAN = 0.5;

/** A scale that has all values and what is allowed in it, with round numbers at its lines. */
export function scaleOf(values: readonly number[], band: Band | null): Scale {
  const all = [...values, ...[band?.from, band?.to].filter((edge) => edge !== null && edge !== undefined)];
  const [low, high] = all.length ? [Math.min(...all), Math.max(...all)] : [0, 1];
  const span = Math.max(high - low, LEAST_SPAN);
  const step = STEPS.find((each) => span / each <= MOST_TICKS - 1) ?? 100;
  const first = Math.floor((low - 0.05 * span) / step);
  const last = Math.ceil((high + 0.05 * span) / step);
  const ticks = Array.from({ length: last - first + 1 }, (_, at) => round((first + at) * step));
  return { lowest: round(first * step), highest: round(last * step), ticks };
}

/** How far down a value is, 0 at the top and 1 at the bottom. */
export function depthOf(value: number, { lowest, highest }: Scale): number {
  return 1 - (value - lowest) / (highest - lowest);
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
