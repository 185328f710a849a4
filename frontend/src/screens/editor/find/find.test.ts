import { describe, expect, it } from "vitest";

import { excerptOf, nextFrom } from "./excerpt";

describe("excerptOf", () => {
  it("is the whole of a short text", () => {
    expect(excerptOf("One two three", 4, 7)).toEqual({ before: "One ", found: "two", behind: " three" });
  });
  it("is cut between words", () => {
    const text = `${"before ".repeat(10)}HERE${" behind".repeat(10)}`;
    const { before, found, behind } = excerptOf(text, 70, 74);
    expect(before).toMatch(/^… (before )+$/);
    expect(found).toBe("HERE");
    expect(behind).toMatch(/^( behind)+ …$/);
  });
});

describe("nextFrom", () => {
  it("goes around the end", () => {
    expect(nextFrom([1, 5, 9], (place) => place >= 5)).toBe(1);
    expect(nextFrom([1, 5, 9], (place) => place >= 10)).toBe(0);
    expect(nextFrom([], () => true)).toBe(-1);
  });
});
