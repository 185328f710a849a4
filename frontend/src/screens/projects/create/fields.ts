/** What can be said of a new project, and the form that says it. */
import type { Preview, Quality } from "../../../api/types";
import { nameOf, putSource, type Source } from "./sources";

export interface Fields {
  name: string;
  title: string;
  author: string;
  language: string;
  paragraphVoice: string;
  /** Empty where titles are read by the voice of the paragraphs. */
  titleVoice: string;
  quality: Quality;
  normalizes: boolean;
  masters: boolean;
  dictionaries: string[];
  converts: boolean;
  casts: boolean;
  description: string;
  genre: string;
  isbn: string;
}

export const blank = (): Fields => ({
  name: "",
  title: "",
  author: "",
  language: "",
  paragraphVoice: "",
  titleVoice: "",
  quality: "standard",
  normalizes: true,
  masters: false,
  dictionaries: [],
  converts: false,
  casts: false,
  description: "",
  genre: "",
  isbn: "",
});

/** The fields with what a document says of itself. */
export function filled(fields: Fields, source: Source, preview: Preview): Fields {
  return {
    ...fields,
    name: nameOf(source, preview.title),
    title: preview.title ?? "",
    author: preview.author ?? "",
    language: primary(preview.language),
  };
}

/** The form that makes the project. What is as the document has it isn't said again. */
export function creationForm(source: Source, fields: Fields, preview: Preview): FormData {
  const form = new FormData();
  const say = (name: string, value: string, known = ""): void => {
    if (value.trim() && value !== known) form.set(name, value.trim());
  };
  form.set("name", fields.name.trim() || fields.title.trim() || nameOf(source, preview.title));
  say("title", fields.title, preview.title ?? "");
  say("author", fields.author, preview.author ?? "");
  say("language", fields.language, primary(preview.language));
  say("default_paragraph_voice_id", fields.paragraphVoice);
  say("default_title_voice_id", fields.titleVoice || fields.paragraphVoice);
  say("description", fields.description);
  say("isbn_number", fields.isbn);
  for (const genre of fields.genre.split(",")) if (genre.trim()) form.append("genres", genre.trim());
  for (const id of fields.dictionaries) form.append("pronunciation_dictionary_locators", JSON.stringify({ pronunciation_dictionary_id: id }));
  form.set("quality_preset", fields.quality);
  form.set("apply_text_normalization", fields.normalizes ? "auto" : "off");
  if (fields.masters) form.set("volume_normalization", "true");
  if (fields.casts) form.set("auto_assign_voices", "true");
  if (fields.converts) form.set("auto_convert", "true");
  putSource(form, source);
  return form;
}

/** `en` of `en-GB`: the server takes two letters. */
export const primary = (tag: string | null): string => (tag ?? "").split(/[-_]/)[0]?.toLowerCase() ?? "";

// What most voices say in a second of most languages; of those whose characters are syllables or words, fewer.
const CHARACTERS_PER_S = 15;
const SYLLABLES_PER_S = 4.5;

/** How long a document is about, by the server's estimate; roughly, before it knows its voices. */
export function secondsOf(preview: Preview): number {
  const isSyllabic = ["ja", "ko", "yue", "zh"].includes(primary(preview.language));
  return preview.estimated_secs ?? preview.character_count / (isSyllabic ? SYLLABLES_PER_S : CHARACTERS_PER_S);
}

const KBIT_PER_S: Record<Quality, number> = { standard: 128, high: 192, ultra: 192, ultra_lossless: 705.6 };

/** About how many bytes an audio of that length has. */
export const bytesOf = (quality: Quality, seconds: number): number => (KBIT_PER_S[quality] * 1000 * seconds) / 8;

/** Which field an error of the server is about: the code that it has, or the first field that it names. */
export function fieldOf(code: string, fields: Readonly<Record<string, string>>): string {
  return CODES[code] ?? Object.keys(fields)[0] ?? "";
}

const CODES: Record<string, string> = {
  voice_not_found: "voice",
  invalid_file_type: "source",
  invalid_url: "source",
  fetch_failed: "source",
  empty_text: "source",
  text_too_long: "source",
  language_not_supported: "language",
  pronunciation_dictionary_not_found: "dictionaries",
};
