/** What was changed in a text, word by word. Source: E. Myers, An O(ND) Difference Algorithm and Its Variations (1986). */

/** What is said in both, or was taken away, or came instead. */
export interface Piece {
  kind: "same" | "removed" | "added";
  text: string;
}

/** Texts that differ in more words than this have nothing in common that is worth showing. */
const MOST_EDITS = 1_000;

export function compareWords(before: string, after: string, language?: string): Piece[] {
  const [one, other] = [wordsOf(before, language), wordsOf(after, language)];
  let start = 0;
  while (start < one.length && start < other.length && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < one.length - start && end < other.length - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  const [from, to] = [one.slice(start, one.length - end), other.slice(start, other.length - end)];
  const middle = edits(from, to) ?? [
    ...from.map((text): Piece => ({ kind: "removed", text })),
    ...to.map((text): Piece => ({ kind: "added", text })),
  ];
  const same = (words: string[]): Piece[] => words.map((text) => ({ kind: "same", text }));
  return joined([...same(one.slice(0, start)), ...middle, ...same(one.slice(one.length - end))]);
}

/** Words, and what is between them. Also of languages that leave no space. */
function wordsOf(text: string, language?: string): string[] {
  try {
    return [...new Intl.Segmenter(language, { granularity: "word" }).segment(text)].map(({ segment }) => segment);
  } catch {
    // A tag that no language has.
    return language === undefined ? (text.match(/\s+|[^\s]+/g) ?? []) : wordsOf(text);
  }
}

/** The fewest words to take away and to add; null where they are too many. */
function edits(from: readonly string[], to: readonly string[]): Piece[] | null {
  const most = Math.min(from.length + to.length, MOST_EDITS);
  let reached = new Map([[1, 0]]);
  const rounds: Map<number, number>[] = [];
  for (let count = 0; count <= most; count += 1) {
    rounds.push(reached);
    const next = new Map(reached);
    for (let diagonal = -count; diagonal <= count; diagonal += 2) {
      let x = comesFromAbove(reached, diagonal, count) ? (reached.get(diagonal + 1) ?? 0) : (reached.get(diagonal - 1) ?? 0) + 1;
      while (x < from.length && x - diagonal < to.length && from[x] === to[x - diagonal]) x += 1;
      next.set(diagonal, x);
      if (x >= from.length && x - diagonal >= to.length) return traced(rounds, from, to);
    }
    reached = next;
  }
  return null;
}

function comesFromAbove(reached: ReadonlyMap<number, number>, diagonal: number, count: number): boolean {
  return diagonal === -count || (diagonal !== count && (reached.get(diagonal - 1) ?? -1) < (reached.get(diagonal + 1) ?? -1));
}

/** The way that the search has taken, from its end. */
function traced(rounds: readonly ReadonlyMap<number, number>[], from: readonly string[], to: readonly string[]): Piece[] {
  const pieces: Piece[] = [];
  let [x, y] = [from.length, to.length];
  for (let count = rounds.length - 1; count >= 0; count -= 1) {
    const reached = rounds[count] ?? new Map<number, number>();
    const above = comesFromAbove(reached, x - y, count);
    const diagonal = x - y + (above ? 1 : -1);
    const beforeX = count === 0 ? 0 : (reached.get(diagonal) ?? 0);
    const beforeY = count === 0 ? 0 : beforeX - diagonal;
    while (x > beforeX && y > beforeY) {
      pieces.push({ kind: "same", text: from[x - 1] ?? "" });
      [x, y] = [x - 1, y - 1];
    }
    if (count === 0) break;
    pieces.push(above ? { kind: "added", text: to[beforeY] ?? "" } : { kind: "removed", text: from[beforeX] ?? "" });
    [x, y] = [beforeX, beforeY];
  }
  return pieces.reverse();
}

/** Pieces that belong together, in one; a space between two changes belongs to both of them. */
function joined(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = [];
  let [removed, added] = ["", ""];
  const put = (kind: Piece["kind"], text: string): void => {
    const last = result.at(-1);
    if (text && last?.kind === kind) last.text += text;
    else if (text) result.push({ kind, text });
  };
  const close = (): void => {
    put("removed", removed);
    put("added", added);
    [removed, added] = ["", ""];
  };
  pieces.forEach((piece, at) => {
    const isBetween = /^\s+$/.test(piece.text) && (removed || added) && pieces[at + 1]?.kind !== "same" && at + 1 < pieces.length;
    if (piece.kind === "same" && !isBetween) {
      close();
      put("same", piece.text);
      return;
    }
    if (piece.kind !== "added") removed += piece.text;
    if (piece.kind !== "removed") added += piece.text;
  });
  close();
  return result;
}
