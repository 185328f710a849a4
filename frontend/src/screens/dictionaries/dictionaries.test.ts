import { describe, expect, it } from "vitest";

import { changesOf, edited, EMPTY_RULE, foundRules, misfitOf, problemsOf, sent, unknownSounds, type Entry } from "./rules";

let last = 0;
const entry = (text: string, said = "x", more: Partial<Entry["rule"]> = {}): Entry => ({ id: (last += 1), rule: { ...EMPTY_RULE, text, said, ...more } });

describe("rules", () => {
  it("go to the server as they came from it", () => {
    const phoneme = { type: "phoneme", string_to_replace: "tomato", phoneme: "təˈmɑːtəʊ", alphabet: "ipa", case_sensitive: false, word_boundaries: true } as const;
    const alias = { type: "alias", string_to_replace: "UN", alias: "United Nations", case_sensitive: true, word_boundaries: false } as const;
    expect([phoneme, alias].map((rule) => sent(edited(rule)))).toEqual([phoneme, alias]);
  });

  it("need a text, and sounds where they are of sounds", () => {
    expect(problemsOf({ ...EMPTY_RULE, text: " ", way: "ipa" })).toEqual({ text: "empty", said: "empty" });
    expect(problemsOf({ ...EMPTY_RULE, text: "hm" })).toEqual({});
    expect(problemsOf({ ...EMPTY_RULE, text: "𝒜".repeat(200) })).toEqual({});
    expect(problemsOf({ ...EMPTY_RULE, text: "𝒜".repeat(201) })).toEqual({ text: "tooLong" });
  });

  it("tell sounds of the CMU from others", () => {
    expect(unknownSounds({ ...EMPTY_RULE, way: "cmu-arpabet", said: "T AH0 M ey1 A T OW9" })).toEqual(["A", "OW9"]);
    expect(unknownSounds({ ...EMPTY_RULE, way: "ipa", said: "A" })).toEqual([]);
  });

  it("are found in texts and in what is said", () => {
    const [a, b] = [entry("Colonel", "kernel"), entry("Thames", "temz")];
    expect(foundRules([a, b], "KERN col")).toEqual([a]);
    expect(foundRules([a, b], " ")).toEqual([a, b]);
  });
});

describe("changes", () => {
  const [a, b] = [entry("a"), entry("b")];

  it("are none where nothing differs", () => {
    expect(changesOf([a, b], [a, b])).toEqual({ kind: "none" });
  });

  it("are told alone where each text has one rule", () => {
    const renamed = { ...a, rule: { ...a.rule, text: "c" } };
    const made = entry("d");
    expect(changesOf([a, b], [renamed, b, made])).toEqual({ kind: "patch", removed: ["a"], added: [renamed, made] });
    expect(changesOf([a, b], [b])).toEqual({ kind: "patch", removed: ["a"], added: [] });
  });

  it("are told with all rules where a text has two", () => {
    const twin = entry("a", "y", { caseSensitive: false });
    expect(changesOf([a, b], [a, b, twin])).toEqual({ kind: "set", entries: [a, b, twin] });
    expect(changesOf([a, twin], [a])).toEqual({ kind: "set", entries: [a] });
  });
});

describe("what the server refuses", () => {
  it("is found in the rules that it was sent", () => {
    const told = [entry("a"), entry("b")];
    expect(misfitOf("The phoneme of rule 2 is empty.", told)).toEqual({ id: told[1]?.id, field: "said" });
    expect(misfitOf("The string_to_replace of rule 1 has 300 characters.", told)).toEqual({ id: told[0]?.id, field: "text" });
    expect(misfitOf("A pronunciation dictionary has at most 20,000 rules.", told)).toBeNull();
  });
});
