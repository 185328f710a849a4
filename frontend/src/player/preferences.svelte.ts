/** How fast and how loud somebody listens, kept in this browser. */
import { kept } from "../state/storage";

const KEPT = "rhapsode.listening";
const SLOWEST = 0.5;
const FASTEST = 3;
export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3];

interface Kept {
  rate?: number;
  volume?: number;
}

const within = (value: unknown, least: number, most: number, otherwise: number): number =>
  typeof value === "number" && Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : otherwise;

export class Preferences {
  rate = $state(1);
  volume = $state(1);
  isMuted = $state(false);

  constructor() {
    const before = kept.readJson<Kept>(KEPT) ?? {};
    this.rate = within(before.rate, SLOWEST, FASTEST, 1);
    this.volume = within(before.volume, 0, 1, 1);
  }

  change(change: Kept): void {
    this.rate = Math.round(within(change.rate, SLOWEST, FASTEST, this.rate) * 100) / 100;
    this.volume = within(change.volume, 0, 1, this.volume);
    if (change.volume !== undefined) this.isMuted = false;
    // Where it can't be kept, it is so until the page is closed.
    kept.keep(KEPT, JSON.stringify({ rate: this.rate, volume: this.volume }));
  }
}

/** The next of the usual speeds. */
export function rateFrom(rate: number, step: 1 | -1): number {
  const found = step === 1 ? RATES.find((each) => each > rate + 0.001) : RATES.findLast((each) => each < rate - 0.001);
  return found ?? (step === 1 ? FASTEST : SLOWEST);
}
