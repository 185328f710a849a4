import { describe, expect, it } from "vitest";

import { nudged, placed } from "./ordering";

const abcd = ["a", "b", "c", "d"];

describe("nudged", () => {
  it("goes one place, and not beyond the ends", () => {
    expect(nudged(abcd, "b", 1)).toEqual(["a", "c", "b", "d"]);
    expect(nudged(abcd, "b", -1)).toEqual(["b", "a", "c", "d"]);
    expect(nudged(abcd, "a", -1)).toBe(abcd);
    expect(nudged(abcd, "d", 1)).toBe(abcd);
    expect(nudged(abcd, "x", 1)).toBe(abcd);
  });
});

describe("placed", () => {
  it("puts one beside another, from either direction", () => {
    expect(placed(abcd, "a", "c", "behind")).toEqual(["b", "c", "a", "d"]);
    expect(placed(abcd, "a", "c", "before")).toEqual(["b", "a", "c", "d"]);
    expect(placed(abcd, "d", "a", "before")).toEqual(["d", "a", "b", "c"]);
  });
  it("is the same order where nothing moves, so that nothing is sent", () => {
    expect(placed(abcd, "b", "c", "before")).toBe(abcd);
    expect(placed(abcd, "b", "b", "behind")).toBe(abcd);
    expect(placed(abcd, "b", "gone", "behind")).toBe(abcd);
  });
});
