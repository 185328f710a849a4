/** What of a project can be changed, and how the server is told. */
import type { Model, Project, Quality } from "../../../api/types";
import { attachDictionaries, setQuality, updateProject } from "../calls";

export type Locator = Model<"LocatorModel">;

export interface Settings {
  name: string;
  title: string;
  author: string;
  isbn: string;
  paragraphVoice: string;
  titleVoice: string;
  quality: Quality;
  masters: boolean;
  /** In the order in which they are looked up. */
  dictionaries: Locator[];
}

export const settingsOf = (project: Project): Settings => ({
  name: project.name,
  title: project.title ?? "",
  author: project.author ?? "",
  isbn: project.isbn_number ?? "",
  paragraphVoice: project.default_paragraph_voice_id,
  titleVoice: project.default_title_voice_id,
  quality: project.quality_preset as Quality,
  masters: project.volume_normalization,
  dictionaries: project.pronunciation_dictionary_locators,
});

/** Dictionaries by their ids; those that were there keep the version they had. */
export function locatorsOf(ids: readonly string[], before: readonly Locator[]): Locator[] {
  return ids.map(
    (id) => before.find((locator) => locator.pronunciation_dictionary_id === id) ?? { pronunciation_dictionary_id: id, version_id: null },
  );
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
export const isChanged = (before: Settings, now: Settings): boolean => !same(before, now);

/** The fields that one request changes; the server wants a name and voices in it whatever changes. */
export function updateOf(before: Settings, now: Settings): Model<"ProjectUpdate"> | null {
  const { quality: _was, dictionaries: _had, ...said } = before;
  const { quality: _is, dictionaries: _has, ...wanted } = now;
  if (same(said, wanted)) return null;
  return {
    name: now.name,
    title: now.title,
    author: now.author,
    isbn_number: now.isbn,
    default_paragraph_voice_id: now.paragraphVoice,
    default_title_voice_id: now.titleVoice,
    volume_normalization: now.masters,
  };
}

/** Tell the server what has changed, and nothing else. Throws: ApiError. */
export async function save(id: string, before: Settings, now: Settings): Promise<void> {
  const update = updateOf(before, now);
  if (update) await updateProject(id, update);
  if (before.quality !== now.quality) await setQuality(id, now.quality);
  if (!same(before.dictionaries, now.dictionaries)) await attachDictionaries(id, now.dictionaries);
}
