/** Where a person has stopped in each chapter, kept in this browser for some weeks. */

export interface Place {
  blockId: string;
  unit: number;
}

type Kept = Record<string, [blockId: string, unit: number, atMs: number]>;
type Store = Pick<Storage, "getItem" | "setItem">;

const KEPT = "rhapsode.places";
const WEEKS_MS = 6 * 7 * 24 * 3600 * 1000;
/** The oldest are forgotten first: some ten kB, of five MB that a page may keep. */
const MOST = 300;

export function keepPlace(chapterId: string, place: Place | null, store: Store = localStorage, nowMs = Date.now()): void {
  const kept = read(store, nowMs);
  delete kept[chapterId];
  if (place) kept[chapterId] = [place.blockId, place.unit, nowMs];
  try {
    store.setItem(KEPT, JSON.stringify(Object.fromEntries(Object.entries(kept).slice(-MOST))));
  } catch {
    // A browser that keeps nothing begins at the beginning.
  }
}

export function findPlace(chapterId: string, store: Store = localStorage, nowMs = Date.now()): Place | null {
  const found = read(store, nowMs)[chapterId];
  return found ? { blockId: found[0], unit: found[1] } : null;
}

function read(store: Store, nowMs: number): Kept {
  try {
    const kept = JSON.parse(store.getItem(KEPT) ?? "{}") as Kept;
    return Object.fromEntries(Object.entries(kept).filter(([, place]) => nowMs - place[2] < WEEKS_MS));
  } catch {
    return {};
  }
}
