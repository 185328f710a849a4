/** Where a person has stopped in each chapter, kept in this browser for some weeks. */
import { kept as browser, type Keeper } from "../state/storage";

export interface Place {
  blockId: string;
  unit: number;
}

type Kept = Record<string, [blockId: string, unit: number, atMs: number]>;

const KEPT = "rhapsode.places";
const WEEKS_MS = 6 * 7 * 24 * 3600 * 1000;
/** The oldest are forgotten first: some ten kB, of five MB that a page may keep. */
const MOST = 300;

export function keepPlace(chapterId: string, place: Place | null, keeper: Keeper = browser, nowMs = Date.now()): void {
  const kept = read(keeper, nowMs);
  delete kept[chapterId];
  if (place) kept[chapterId] = [place.blockId, place.unit, nowMs];
  // A browser that keeps nothing begins at the beginning.
  keeper.keep(KEPT, JSON.stringify(Object.fromEntries(Object.entries(kept).slice(-MOST))));
}

export function findPlace(chapterId: string, keeper: Keeper = browser, nowMs = Date.now()): Place | null {
  const found = read(keeper, nowMs)[chapterId];
  return found ? { blockId: found[0], unit: found[1] } : null;
}

function read(keeper: Keeper, nowMs: number): Kept {
  const kept = keeper.readJson<Kept>(KEPT) ?? {};
  return Object.fromEntries(Object.entries(kept).filter(([, place]) => nowMs - place[2] < WEEKS_MS));
}
