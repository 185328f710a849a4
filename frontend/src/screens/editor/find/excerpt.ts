/** What is around a place in a text, for a list of places. */
export interface Excerpt {
  before: string;
  found: string;
  behind: string;
}

const AROUND = 32;

/** start, end: UTF-16 units. Cut between words, where there are any. */
export function excerptOf(text: string, start: number, end: number): Excerpt {
  const before = text.slice(Math.max(0, start - AROUND), start);
  const behind = text.slice(end, end + AROUND);
  const isCut = start > AROUND;
  const goesOn = text.length > end + AROUND;
  return {
    before: (isCut ? `… ${before.replace(/^\S*\s/, "")}` : before).replace(/\s+/g, " "),
    found: text.slice(start, end),
    behind: (goesOn ? `${behind.replace(/\s\S*$/, "")} …` : behind).replace(/\s+/g, " "),
  };
}

/** The first place from a caret on, around the end; -1 for none. */
export function nextFrom<T>(places: readonly T[], isBehind: (place: T) => boolean): number {
  const index = places.findIndex(isBehind);
  return index < 0 && places.length ? 0 : index;
}
