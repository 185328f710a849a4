/** The dictionaries of a project, with another rule. */
import { ask } from "../../../api/client";
import type { DictionaryWithRules, Model, Rule } from "../../../api/types";
import type { DictionaryVersion } from "../../voices/listen";
import type { Book } from "../book.svelte";

const PATH = "/v1/pronunciation-dictionaries";

/** Where a rule is kept: in a dictionary that the project has, or in a new one that it gets. */
export type Home = { dictionary: DictionaryWithRules } | { name: string };

/** Those that the project has. */
export function locatorsOf(book: Book): DictionaryVersion[] {
  return book.project?.pronunciation_dictionary_locators.map((each) => ({ ...each })) ?? [];
}

/** Those of the project with another version in place of one, or in front of all of them: the first rule that fits holds. */
export function withVersion(book: Book, home: Home, version: DictionaryVersion): DictionaryVersion[] {
  const before = locatorsOf(book);
  if ("name" in home) return [version, ...before];
  return before.map((each) => (each.pronunciation_dictionary_id === home.dictionary.id ? version : each));
}

export const readDictionary = (id: string): Promise<DictionaryWithRules> => ask<DictionaryWithRules>(`${PATH}/${id}`);

function attach(book: Book, locators: readonly DictionaryVersion[]): Promise<unknown> {
  return ask(`/v1/studio/projects/${book.projectId}/pronunciation-dictionaries`, { method: "POST", json: { pronunciation_dictionary_locators: locators } });
}

/** Keep a rule. Returns: what takes it back. Throws: ApiError. */
export async function keepRule(book: Book, home: Home, rule: Rule): Promise<() => Promise<void>> {
  const before = locatorsOf(book);
  if ("name" in home) {
    const made = await ask<Model<"AddedDictionary">>(`${PATH}/add-from-rules`, { method: "POST", json: { name: home.name, rules: [rule] } });
    await attach(book, [{ pronunciation_dictionary_id: made.id }, ...before]);
    return async () => {
      await attach(book, before);
      await ask(`${PATH}/${made.id}`, { method: "PATCH", json: { archived: true } });
    };
  }
  const { id, rules } = home.dictionary;
  const changed = await ask<Model<"RulesChanged">>(`${PATH}/${id}/add-rules`, { method: "POST", json: { rules: [rule] } });
  const isPinned = before.some((each) => each.pronunciation_dictionary_id === id && each.version_id);
  if (isPinned) await attach(book, withVersion(book, home, { pronunciation_dictionary_id: id, version_id: changed.version_id }));
  return async () => {
    await ask(`${PATH}/${id}/set-rules`, { method: "POST", json: { rules } });
    if (isPinned) await attach(book, before);
  };
}
