import { describe, expect, it } from "vitest";

import type { Plan, Rule } from "../../../api/types";
import { consequenceOf, withRule, wordAt } from "./words";

const rule = (text: string, alias = "x"): Rule => ({ type: "alias", string_to_replace: text, alias, case_sensitive: true, word_boundaries: true });
const plan = (blocks: Record<string, number>): Plan =>
  ({ chapters: [{ blocks: Object.entries(blocks).map(([block_id, characters_to_speak]) => ({ block_id, characters_to_speak })) }] }) as unknown as Plan;

describe("wordAt", () => {
  const text = "“Who is Mrs. Teague?” I asked.";
  it("is what is selected, or else the word with the caret", () => {
    expect(wordAt(text, 13, 19)).toBe("Teague");
    expect(wordAt(text, 7, 19)).toBe("Mrs. Teague");
    expect(wordAt(text, 15, 15)).toBe("Teague");
    expect(wordAt(text, 19, 19)).toBe("Teague");
    expect(wordAt(text, 0, 0)).toBe("");
  });
});

describe("withRule", () => {
  it("takes the place of the first of the same text, and of all others", () => {
    expect(withRule([rule("a"), rule("b"), rule("c"), rule("b", "y")], rule("b", "z"))).toEqual([rule("a"), rule("b", "z"), rule("c")]);
    expect(withRule([rule("a")], rule("b"))).toEqual([rule("a"), rule("b")]);
  });
});

describe("consequenceOf", () => {
  it("counts what a rule makes stale, and not what was stale before", () => {
    expect(consequenceOf(plan({ a: 10, b: 5 }), plan({ a: 10, b: 9, c: 20 }))).toEqual({ paragraphs: 2, characters: 24 });
    expect(consequenceOf(plan({ a: 10 }), plan({ a: 10 }))).toEqual({ paragraphs: 0, characters: 0 });
  });
});
