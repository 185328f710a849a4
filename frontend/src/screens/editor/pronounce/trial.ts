/**
 * Rules that are tried before they are kept. The server speaks and plans with dictionaries alone, so there is one for
 * trials, archived whenever nobody tries anything. Each trial is a version of its own: two people don't disturb each other.
 */
import { ask } from "../../../api/client";
import type { Model, Plan, Rule } from "../../../api/types";
import { listDictionaries } from "../../dictionaries/list";
import type { DictionaryVersion } from "../../voices/listen";

const PATH = "/v1/pronunciation-dictionaries";
const NAME = "Rhapsode: trials";

export class Trial {
  #found: Promise<string> | null = null;

  /** A version with these rules and no others. Throws: ApiError. */
  async version(rules: readonly Rule[]): Promise<DictionaryVersion> {
    const id = await (this.#found ??= this.#open().catch((problem: unknown) => {
      this.#found = null;
      throw problem;
    }));
    const changed = await ask<Model<"RulesChanged">>(`${PATH}/${id}/set-rules`, { method: "POST", json: { rules } });
    return { pronunciation_dictionary_id: id, version_id: changed.version_id };
  }

  /** Nothing is tried any more. */
  async close(): Promise<void> {
    const found = this.#found;
    this.#found = null;
    if (found) await found.then((id) => archive(id, true)).catch(() => undefined);
  }

  async #open(): Promise<string> {
    const known = (await listDictionaries()).find(({ name }) => name === NAME);
    if (known?.archived_time_unix) await archive(known.id, false);
    if (known) return known.id;
    const made = await ask<Model<"AddedDictionary">>(`${PATH}/add-from-rules`, { method: "POST", json: { name: NAME, rules: [] } });
    return made.id;
  }
}

function archive(id: string, archived: boolean): Promise<unknown> {
  return ask(`${PATH}/${id}`, { method: "PATCH", json: { archived } });
}

/** What a conversion would do with these dictionaries; undefined for those that the project has. Throws: ApiError. */
export function planWith(projectId: string, dictionaries: readonly DictionaryVersion[] | undefined, signal: AbortSignal): Promise<Plan> {
  const query = dictionaries && {
    pronunciation_dictionary_id: dictionaries.map((each) => each.pronunciation_dictionary_id),
    version_id: dictionaries.map((each) => each.version_id ?? ""),
  };
  return ask<Plan>(`/rhapsode/v1/studio/projects/${projectId}/plan`, { signal, ...(query ? { query } : {}) });
}
