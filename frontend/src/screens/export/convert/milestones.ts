/** When something is said of a conversion to those who hear the page: at its beginning, each quarter, and when it ends. */

export interface Moment {
  isRunning: boolean;
  /** 0 to 1; null while nobody knows. */
  progress: number | null;
}

export type Milestone = "begun" | "quarter" | "half" | "threeQuarters";

const QUARTERS: readonly (Milestone | null)[] = [null, "quarter", "half", "threeQuarters", null];
const quarterOf = ({ progress }: Moment): number => Math.floor((progress ?? 0) * 4);

/** What to say when one moment has become another; null for nothing. Its end is told by the server, with its outcome. */
export function milestone(before: Moment, now: Moment): Milestone | null {
  if (!now.isRunning) return null;
  if (!before.isRunning) return "begun";
  return quarterOf(now) > quarterOf(before) ? (QUARTERS[quarterOf(now)] ?? null) : null;
}
