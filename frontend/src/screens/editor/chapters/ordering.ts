/** The order of chapters, as values. */

/** One of them a place further up or down; the same order where there is no such place. */
export function nudged<T>(items: readonly T[], item: T, step: 1 | -1): readonly T[] {
  const index = items.indexOf(item);
  const to = index + step;
  if (index < 0 || to < 0 || to >= items.length) return items;
  return items.toSpliced(index, 1).toSpliced(to, 0, item);
}

/** One of them put before another, or behind it. */
export function placed<T>(items: readonly T[], item: T, beside: T, side: "before" | "behind"): readonly T[] {
  if (item === beside || !items.includes(item)) return items;
  const others = items.filter((each) => each !== item);
  const at = others.indexOf(beside);
  if (at < 0) return items;
  const sorted = others.toSpliced(side === "before" ? at : at + 1, 0, item);
  return sorted.every((each, index) => each === items[index]) ? items : sorted;
}
