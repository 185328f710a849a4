/** Pauses in texts, as the server reads them: that much silence, in seconds. */
export const SHORTEST_S = 0.1;
/** The server makes longer ones this long. */
export const LONGEST_S = 3;

/** The tag of a pause between two texts, apart from the words that it stands between. */
export function pauseBetween(secs: number, before: string, behind: string): string {
  const rounded = Math.round(Math.min(LONGEST_S, Math.max(SHORTEST_S, secs)) * 10) / 10;
  const [left, right] = [/\S$/.test(before) ? " " : "", /^[\p{L}\p{N}]/u.test(behind) ? " " : ""];
  return `${left}<break time="${rounded}s"/>${right}`;
}
