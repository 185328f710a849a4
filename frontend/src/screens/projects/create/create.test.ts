import { expect, test } from "vitest";

import type { Preview } from "../../../api/types";
import { blank, bytesOf, creationForm, fieldOf, filled, secondsOf } from "./fields";
import { blankPodcast, missing, orderOf } from "./podcast";
import { fileOf, nameOf, sourceOf } from "./sources";

const preview: Preview = {
  title: "Émile",
  author: "Rousseau",
  language: "fr-FR",
  has_cover: false,
  character_count: 10,
  estimated_secs: 1,
  warnings: [],
  chapters: [],
};

test("what is dropped is a file first, then an address, then a text", () => {
  const file = new File(["x"], "a.epub");
  expect(sourceOf([file], "https://example.org/")).toEqual({ kind: "file", file });
  expect(sourceOf([], " https://example.org/a \n")).toEqual({ kind: "url", url: "https://example.org/a" });
  expect(sourceOf([], "see https://example.org/a")?.kind).toBe("text");
  expect(sourceOf([], "  ")).toBeNull();
});

test("a text with marked headings is Markdown", () => {
  expect(fileOf("# One\n\ntext").name).toBe("text.md");
  expect(fileOf("#1 of all\n\ntext").name).toBe("text.txt");
});

test("a project is called as its document, else as the file or the first line", () => {
  expect(nameOf({ kind: "file", file: new File([], "my_book.final.epub") }, null)).toBe("my book.final");
  expect(nameOf({ kind: "file", file: new File([], "b.epub") }, "Emma")).toBe("Emma");
  expect(nameOf({ kind: "text", text: "# The end\n\nof it" }, null)).toBe("The end");
});

test("what the document says of itself isn't said again", () => {
  const source = { kind: "url", url: "https://example.org/" } as const;
  const fields = filled(blank(), source, preview);
  const form = creationForm(source, fields, preview);
  expect(form.get("name")).toBe("Émile");
  expect([form.get("title"), form.get("language"), form.get("description")]).toEqual([null, null, null]);
  const other = creationForm(source, { ...fields, title: "Emil", language: "de", genre: "novel, , letters" }, preview);
  expect([other.get("title"), other.get("language"), other.getAll("genres")]).toEqual(["Emil", "de", ["novel", "letters"]]);
  expect(other.get("from_url")).toBe("https://example.org/");
});

test("titles are read by the voice of the paragraphs unless they have one", () => {
  const source = { kind: "text", text: "a" } as const;
  const form = creationForm(source, { ...blank(), paragraphVoice: "p" }, preview);
  expect(form.get("default_title_voice_id")).toBe("p");
});

test("an hour at 128 kbps is 57.6 MB", () => {
  expect(bytesOf("standard", 3600)).toBe(57_600_000);
});

test("the server's estimate of a length comes before a rough one", () => {
  expect(secondsOf({ ...preview, estimated_secs: 7 })).toBe(7);
  expect(secondsOf({ ...preview, estimated_secs: null, character_count: 1500 })).toBe(100);
  expect(secondsOf({ ...preview, language: "ja", estimated_secs: null, character_count: 450 })).toBe(100);
});

test("an error is told at the field that it is about", () => {
  expect(fieldOf("voice_not_found", {})).toBe("voice");
  expect(fieldOf("misfit", { isbn_number: "too long" })).toBe("isbn_number");
});

test("a podcast lacks sources, voices or proper highlights before it is sent", () => {
  const fields = { ...blankPodcast(), host: "h", guest: "", text: "about bees" };
  expect(missing({ ...fields, text: " " })).toBe("sources");
  expect(missing(fields)).toBe("guest");
  expect(missing({ ...fields, mode: "bulletin" })).toBe("");
  expect(missing({ ...fields, guest: "g", highlights: "too short" })).toBe("highlights");
});

test("a podcast's texts and pages are all its sources", () => {
  const order = orderOf({ ...blankPodcast(), host: "h", mode: "bulletin", text: "bees", urls: "https://a.example/\n\n https://b.example/" }, "m");
  expect(order.mode).toEqual({ type: "bulletin", bulletin: { host_voice_id: "h" } });
  expect(order.source).toEqual([
    { type: "text", text: "bees" },
    { type: "url", url: "https://a.example/" },
    { type: "url", url: "https://b.example/" },
  ]);
  expect(order.highlights).toBeNull();
});
