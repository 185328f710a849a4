import { describe, expect, it } from "vitest";

import { joined, plain } from "../content";
import { pauseBetween } from "./pauses";
import { common, voicesIn } from "./target";
import { sentenceAround } from "./voices";

describe("pauseBetween", () => {
  it("stands apart from words, and not from what is apart already", () => {
    expect(pauseBetween(0.5, "One", "two")).toBe(' <break time="0.5s"/> ');
    expect(pauseBetween(1, "One ", "two")).toBe('<break time="1s"/> ');
    expect(pauseBetween(1, "One", ", two")).toBe(' <break time="1s"/>');
    expect(pauseBetween(1, "", "")).toBe('<break time="1s"/>');
  });
  it("is as long as the server makes it", () => {
    expect(pauseBetween(9, "", "")).toContain('"3s"');
    expect(pauseBetween(0.01, "", "")).toContain('"0.1s"');
    expect(pauseBetween(0.30000000000000004, "", "")).toContain('"0.3s"');
  });
});

describe("voicesIn", () => {
  const content = joined([plain("One "), plain("two ", "p", "a"), plain("three", "p", "b")]);
  it("has the voices of a stretch, and not those that only touch it", () => {
    expect([...voicesIn(content)]).toEqual([null, "a", "b"]);
    expect([...voicesIn(content, 4, 8)]).toEqual(["a"]);
    expect([...voicesIn(content, 3, 5)]).toEqual([null, "a"]);
  });
});

describe("common", () => {
  it("is what all have, also where that is null", () => {
    expect(common([null, null])).toBe(null);
    expect(common(["a", null])).toBe(undefined);
    expect(common([])).toBe(undefined);
  });
});

describe("sentenceAround", () => {
  const text = "The bell rang. Nobody came. “Wait,” she said.";
  it("is the sentence with the place", () => {
    expect(sentenceAround(text, 0)).toBe("The bell rang.");
    expect(sentenceAround(text, 17)).toBe("Nobody came.");
    expect(sentenceAround(text, text.length)).toBe("“Wait,” she said.");
    expect(sentenceAround("", 0)).toBe("");
  });
  it("is cut around the place where it is long", () => {
    const long = `${"a ".repeat(300)}here ${"b ".repeat(300)}`;
    expect(sentenceAround(long, 600)).toContain("here");
    expect(sentenceAround(long, 600).length).toBeLessThanOrEqual(240);
  });
});
