/** Two lists side by side: each entry of the newer in its place, and what is gone behind what it stood behind. */

export interface Row<T> {
  before?: T;
  after?: T;
}

/** pairs: which entry of the older list each of the newer one was, by their places. */
export function aligned<T>(before: readonly T[], after: readonly T[], pairs: ReadonlyMap<number, number>): Row<T>[] {
  const kept = new Set(pairs.values());
  const rows: Row<T>[] = [];
  const goneFrom = (start: number): void => {
    for (let at = start; at < before.length && !kept.has(at); at += 1) rows.push({ before: before[at] as T });
  };
  goneFrom(0);
  after.forEach((entry, at) => {
    const was = pairs.get(at);
    rows.push(was === undefined ? { after: entry } : { before: before[was] as T, after: entry });
    if (was !== undefined) goneFrom(was + 1);
  });
  return rows;
}
