import { expect, test } from "vitest";

import { locatorsOf, updateOf, type Settings } from "./settings";

const before: Settings = {
  name: "n",
  title: "t",
  author: "",
  isbn: "",
  paragraphVoice: "p",
  titleVoice: "p",
  quality: "standard",
  masters: false,
  dictionaries: [],
};

test("another quality or dictionary doesn't touch the rest", () => {
  expect(updateOf(before, { ...before, quality: "high", dictionaries: [{ pronunciation_dictionary_id: "d", version_id: null }] })).toBeNull();
});

test("a title that is taken away is sent as nothing", () => {
  expect(updateOf(before, { ...before, title: "" })?.title).toBe("");
});

test("a dictionary that stays keeps its version", () => {
  const old = { pronunciation_dictionary_id: "a", version_id: "v1" };
  expect(locatorsOf(["b", "a"], [old])).toEqual([{ pronunciation_dictionary_id: "b", version_id: null }, old]);
});
