import { expect, test } from "vitest";

import type { SnapshotChapter, TimelineBlock } from "../../../api/types";
import { compareBlocks } from "./blocks";
import { compareChapters } from "./chapters";
import { compareWords } from "./words";

const spoken = (block_id: string, text: string, { start = 0, length = 1 } = {}): TimelineBlock => ({
  block_id,
  text,
  start_secs: start,
  end_secs: start + length,
  words: [0, text.length, start, start + length],
});
const chapter = (chapter_id: string, chapter_snapshot_id: string): SnapshotChapter => ({ chapter_id, chapter_snapshot_id, name: chapter_id, duration_secs: 1, size_bytes: 1 });

test("words that were taken away and added are marked, and all others are in both", () => {
  expect(compareWords("The old lamp was lit.", "The new bright lamp was lit.")).toEqual([
    { kind: "same", text: "The " },
    { kind: "removed", text: "old" },
    { kind: "added", text: "new bright" },
    { kind: "same", text: " lamp was lit." },
  ]);
});

test("both texts can be read in the pieces, whatever was changed", () => {
  const words = ["a", "b", "c", "d", "、", "  "];
  let seed = 7;
  const text = (): string => Array.from({ length: 12 }, () => words[(seed = (seed * 16807) % 2147483647) % words.length]).join(" ");
  for (let round = 0; round < 200; round += 1) {
    const [before, after] = [text(), text()];
    const pieces = compareWords(before, after);
    const read = (left: string): string => pieces.filter((piece) => piece.kind !== left).map((piece) => piece.text).join("");
    expect([read("added"), read("removed")]).toEqual([before, after]);
  }
});

test("a text in a script without spaces is compared by its words", () => {
  expect(compareWords("猫は黒い。", "犬は黒い。", "ja").map((piece) => piece.kind)).toEqual(["removed", "added", "same"]);
});

test("texts without anything in common are shown as one text in place of another", () => {
  const long = (word: string): string => Array.from({ length: 3000 }, (_, at) => `${word}${at}`).join("");
  expect(compareWords(long("a"), long("b")).map((piece) => piece.kind)).toEqual(["removed", "added"]);
});

test("paragraphs are known again by id, then by words, and what is gone stays where it was", () => {
  const before = [spoken("1", "One."), spoken("2", "Two."), spoken("3", "Three."), spoken("4", "Four.")];
  const after = [spoken("1", "One!", { start: 1 }), spoken("9", "Three.", { start: 2 }), spoken("5", "New."), spoken("4", "Four.", { start: 4, length: 2 })];
  const rows = compareBlocks(before, after).map((row) => [row.before?.block_id, row.after?.block_id, row.change]);
  expect(rows).toEqual([
    ["1", "1", "changed"],
    ["2", undefined, "removed"],
    ["3", "9", "same"],
    [undefined, "5", "added"],
    ["4", "4", "sound"],
  ]);
});

test("a chapter is the same where it has the same snapshot", () => {
  const rows = compareChapters([chapter("a", "1"), chapter("b", "2"), chapter("c", "3")], [chapter("a", "1"), chapter("c", "4"), chapter("d", "5")]);
  expect(rows.map((row) => [row.chapterId, row.change])).toEqual([["a", "same"], ["b", "removed"], ["c", "changed"], ["d", "added"]]);
});
