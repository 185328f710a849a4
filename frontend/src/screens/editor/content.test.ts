import { describe, expect, it } from "vitest";

import { blockText, changeBetween, changed, contentOf, finder, joined, pastedLines, plain, sliced, withVoice } from "./content";

const twoVoices = contentOf({ sub_type: "p", nodes: [{ text: "He said ", voice_id: null }, { text: "no", voice_id: "ann" }, { text: ".", voice_id: null }] });

describe("content", () => {
  it("is the server's nodes again, with those joined that have one voice", () => {
    expect(blockText(twoVoices).nodes.map((node) => node.text)).toEqual(["He said ", "no", "."]);
    expect(blockText(joined([plain("a"), plain("b")])).nodes).toEqual([{ text: "ab", voice_id: null }]);
  });

  it("gives what is typed the voice of what is before it", () => {
    const typed = changed(twoVoices, { at: 10, removed: 0, inserted: "pe" });
    expect(blockText(typed).nodes).toEqual([{ text: "He said ", voice_id: null }, { text: "nope", voice_id: "ann" }, { text: ".", voice_id: null }]);
  });

  it("gives what replaces something the voice of what it replaces", () => {
    const typed = changed(twoVoices, { at: 8, removed: 2, inserted: "yes" });
    expect(blockText(typed).nodes[1]).toEqual({ text: "yes", voice_id: "ann" });
  });

  it("keeps each voice with its words when it is cut", () => {
    const parts = [sliced(twoVoices, 0, 9), sliced(twoVoices, 9)];
    expect(parts.map((part) => blockText(part).nodes.map((node) => node.text))).toEqual([["He said ", "n"], ["o", "."]]);
    expect(joined(parts)).toEqual(twoVoices);
  });

  it("takes a voice for a stretch, and back", () => {
    expect(withVoice(twoVoices, 8, 10, null).runs).toEqual([{ end: 11, voiceId: null }]);
    expect(blockText(withVoice(plain("abc"), 1, 2, "bob")).nodes.map((node) => node.voice_id)).toEqual([null, "bob", null]);
  });

  it("finds the one change, at the caret where letters are alike", () => {
    expect(changeBetween("the", "thee", 3)).toEqual({ at: 2, removed: 0, inserted: "e" });
    expect(changeBetween("abcabc", "abc", 3)).toEqual({ at: 3, removed: 3, inserted: "" });
    expect(changeBetween("same", "same")).toMatchObject({ removed: 0, inserted: "" });
  });

  it("makes a paragraph of each line that is pasted", () => {
    expect(pastedLines("one\r\n\n  \ntwo\u0007\u2028three")).toEqual(["one", "two", "three"]);
  });

  it("finds a text as it is meant, not as an expression", () => {
    const places = (text: string, expression: RegExp | null): number[] => [...text.matchAll(expression ?? /$^/g)].map((found) => found.index);
    expect(places("A. a.b İa.", finder("a."))).toEqual([0, 3, 8]);
    expect(places("cat concat Cat", finder("cat", { wholeWords: true }))).toEqual([0, 11]);
    expect(finder("")).toBeNull();
  });
});
