import { expect, test } from "vitest";

import { drawn, lines, TINTS } from "./cover";

test("a title has always the same cover, and others have others", () => {
  expect(drawn("Middlemarch")).toEqual(drawn("Middlemarch"));
  const tints = new Set(["Emma", "Persuasion", "Dracula", "Ulysses", "Walden", "Candide", "Faust", "Kim"].map((title) => drawn(title).tint));
  expect(tints.size).toBeGreaterThan(2);
  expect(Math.max(...tints)).toBeLessThan(TINTS);
});

test("long titles are cut into lines that fit, and end in an ellipsis", () => {
  expect(lines("The Lamp Keepers")).toEqual(["The Lamp", "Keepers"]);
  expect(lines("Donaudampfschifffahrt").every((line) => line.length <= 12)).toBe(true);
  const long = lines("one of the longest titles that anybody has ever given to a book about nothing");
  expect(long).toHaveLength(5);
  expect(long[4]).toMatch(/…$/);
});
