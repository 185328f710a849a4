import { describe, expect, it } from "vitest";

import type { Voice } from "../../api/types";
import { found, NO_FILTERS, partedBy } from "./filters";
import { fieldOf, labelsOf, rowsOf } from "./labels";

const voice = (name: string, more: Partial<Voice> = {}): Voice =>
  ({ voice_id: name, name, engine: "espeak", category: "premade", labels: {}, description: null, verified_languages: [{ language: "en" }], license: "", commercial_use: "yes", ...more }) as Voice;

describe("voices", () => {
  const voices = [voice("Birch", { labels: { gender: "female" } }), voice("Alder", { verified_languages: [{ language: "de" }], is_owner: true }), voice("Cedar", { description: "Dark and full" })];
  const names = (filters: Partial<typeof NO_FILTERS>): string[] => found(voices, { ...NO_FILTERS, ...filters }).map((one) => one.name);

  it("are found by all words, wherever they are", () => {
    expect(names({ search: "FULL cedar" })).toEqual(["Cedar"]);
    expect(names({ search: "cedar empty" })).toEqual([]);
  });

  it("are narrowed by what is chosen, and sorted", () => {
    expect(names({ language: "de" })).toEqual(["Alder"]);
    expect(names({ category: "own" })).toEqual(["Alder"]);
    expect(names({ gender: "female" })).toEqual(["Birch"]);
    expect(names({ order: "name" })).toEqual(["Alder", "Birch", "Cedar"]);
    expect(names({})).toEqual(["Birch", "Alder", "Cedar"]);
  });

  it("are parted into those that are named, as they are, and the others; one that is gone is in neither", () => {
    const { first, others } = partedBy(["Cedar", "gone", "Birch"], voices);
    expect(first.map((one) => one.name)).toEqual(["Cedar", "Birch"]);
    expect(others.map((one) => one.name)).toEqual(["Alder"]);
  });
});

describe("labels", () => {
  it("go to rows and back, without the language and what is empty", () => {
    const rows = rowsOf({ gender: "female", language: "en" });
    expect(labelsOf([...rows, { name: " ", value: "x" }, { name: " age ", value: " old " }])).toEqual({ gender: "female", age: "old" });
  });

  it("are told from other fields by the server's words", () => {
    expect(fieldOf("The voice's name is empty.")).toBe("name");
    expect(fieldOf("There are 30 labels; a voice has at most 20.")).toBe("labels");
    expect(fieldOf("These files are no voice.")).toBe("files");
  });
});
