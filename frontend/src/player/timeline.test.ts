import { describe, expect, it } from "vitest";

import { blockAt, paragraphFrom, placeOf, timelineOf, timeOf, wordAt, wordFrom } from "./timeline";

// The second block begins with a character of two units, the word behind it at code point 2.
const timeline = timelineOf([
  { block_id: "a", text: "One two", start_secs: 0.5, end_secs: 2, words: [0, 3, 0.5, 1, 4, 7, 1.2, 2] },
  { block_id: "b", text: "😀 three", start_secs: 3, end_secs: 6, words: [0, 1, 3, 3.4, 2, 7, 3.5, 6] },
]);

describe("a timeline", () => {
  it("tells the word at a time: the last that has begun, and none between blocks", () => {
    expect([0, 0.5, 1.1, 1.2, 1.99, 2, 2.9, 3, 3.5, 6].map((secs) => wordAt(timeline, secs))).toEqual([-1, 0, 0, 1, 1, -1, -1, 2, 3, -1]);
  });
  it("tells places in UTF-16 units", () => {
    expect(placeOf(timeline, 3)).toEqual({ blockId: "b", start: 3, end: 8 });
    expect("😀 three".slice(3, 8)).toBe("three");
    expect(placeOf(timeline, -1)).toBeNull();
  });
  it("tells when a place is heard", () => {
    expect(timeOf(timeline, "a")).toBe(0.5);
    expect(timeOf(timeline, "a", 3)).toBe(1.2);
    expect(timeOf(timeline, "b", 8)).toBe(3.5);
    expect(timeOf(timeline, "c")).toBeUndefined();
  });
  it("finds paragraphs and words around a time", () => {
    expect([0, 2.5, 4].map((secs) => blockAt(timeline, secs))).toEqual([0, 0, 1]);
    expect(paragraphFrom(timeline, 3.2, -1)).toBe(0.5);
    expect(paragraphFrom(timeline, 5, -1)).toBe(3);
    expect(paragraphFrom(timeline, 1, 1)).toBe(3);
    expect(paragraphFrom(timeline, 5, 1)).toBeUndefined();
    expect([wordFrom(timeline, 1.2, 1), wordFrom(timeline, 1.2, -1), wordFrom(timeline, 0, 1)]).toEqual([3, 0.5, 0.5]);
  });
});
