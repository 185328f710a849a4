/** The cover that a book without one gets: always the same for the same title. */

export interface Drawn {
  /** One of `TINTS` pairs of colours. */
  tint: number;
  /** Circles on a ground of 100 by 150. */
  rings: { x: number; y: number; r: number }[];
  /** The title in lines that fit. */
  lines: string[];
}

export const TINTS = 6;
const LINE = 11;
const LINES = 5;

export function drawn(title: string): Drawn {
  const next = numbers(title);
  const rings = Array.from({ length: 3 }, () => ({ x: next(100), y: 70 + next(80), r: 18 + next(34) }));
  return { tint: next(TINTS), rings, lines: lines(title) };
}

/** Words in lines of a few characters; what doesn't fit ends in an ellipsis. */
export function lines(title: string): string[] {
  const all: string[] = [];
  for (const word of title.trim().split(/\s+/)) {
    const last = all.at(-1);
    if (last !== undefined && [...last, ...word].length + 1 <= LINE) all[all.length - 1] = `${last} ${word}`;
    else all.push(...cut(word));
  }
  return all.length > LINES ? [...all.slice(0, LINES - 1), `${all[LINES - 1]} …`] : all;
}

function cut(word: string): string[] {
  const points = [...word];
  if (points.length <= LINE + 1) return [word];
  return [`${points.slice(0, LINE - 1).join("")}-`, ...cut(points.slice(LINE - 1).join(""))];
}

/** Numbers below a bound, which a text decides (FNV-1a, then a linear congruence). */
function numbers(text: string): (below: number) => number {
  let state = 0x811c9dc5;
  for (const unit of text) state = Math.imul(state ^ (unit.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
