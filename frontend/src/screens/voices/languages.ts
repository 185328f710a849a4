/** Languages by the names that they have in the language of the page. */
import type { Voice } from "../../api/types";

let names: Intl.DisplayNames | undefined;

/** As in "German" or "English (United Kingdom)". tag: BCP 47; one that nobody knows is its own name. */
export function languageName(tag: string): string {
  names ??= new Intl.DisplayNames([document.documentElement.lang || "en"], { type: "language" });
  try {
    return names.of(tag) ?? tag;
  } catch {
    return tag;
  }
}

export interface Choice {
  value: string;
  name: string;
}

/** Values by their names, each once; those of languages where nothing else is said. */
export function choices(values: Iterable<string>, name: (value: string) => string = languageName): Choice[] {
  return [...new Set(values)].map((value) => ({ value, name: name(value) })).sort((a, b) => a.name.localeCompare(b.name));
}

/** Every language of a voice, with its region where one is said. */
export function tagsOf(voice: Voice): string[] {
  return voice.verified_languages.map((spoken) => spoken.locale ?? spoken.language);
}
