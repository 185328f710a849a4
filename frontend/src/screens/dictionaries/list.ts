/** All dictionaries, with what can be done to the list. */
import { address, ask } from "../../api/client";
import type { Dictionary, Model } from "../../api/types";

const PATH = "/v1/pronunciation-dictionaries";
const PAGE = 100;

/** Newest first, archived ones too. Throws: ApiError. */
export async function listDictionaries(): Promise<Dictionary[]> {
  const found: Dictionary[] = [];
  let cursor: string | null = null;
  do {
    const page: Model<"DictionaryPage"> = await ask(PATH, { query: { page_size: PAGE, cursor } });
    found.push(...page.pronunciation_dictionaries);
    cursor = page.has_more ? page.next_cursor : null;
  } while (cursor !== null);
  return found;
}

export interface NewDictionary {
  name: string;
  description: string;
  /** A lexicon (PLS); without one it begins empty. */
  file: File | null;
}

/** Throws: ApiError. */
export function createDictionary({ name, description, file }: NewDictionary): Promise<Model<"AddedDictionary">> {
  if (file === null) return ask(`${PATH}/add-from-rules`, { method: "POST", json: { name, description: description || null, rules: [] } });
  const form = new FormData();
  form.set("name", name);
  if (description) form.set("description", description);
  form.set("file", file);
  return ask(`${PATH}/add-from-file`, { method: "POST", form });
}

/** Where the rules of its latest version are had as a lexicon. */
export function lexiconAddress({ id, latest_version_id }: Dictionary): string {
  return address(`${PATH}/${encodeURIComponent(id)}/${encodeURIComponent(latest_version_id)}/download`);
}

export interface Use {
  projectId: string;
  name: string;
  /** Whether it keeps to one version, whatever is changed here. */
  isPinned: boolean;
}

const AT_ONCE = 4;

/** Which projects have a dictionary: only each project itself tells that. Throws: ApiError. */
export async function listUses(dictionaryId: string, signal: AbortSignal): Promise<Use[]> {
  const { projects } = await ask<{ projects: Model<"ProjectModel">[] }>("/v1/studio/projects", { signal });
  const uses = new Map<string, Use>();
  const waiting = projects.map((project) => project.project_id).reverse();
  async function go(): Promise<void> {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const project = await ask<Model<"ProjectExtendedModel">>(`/v1/studio/projects/${encodeURIComponent(id)}`, { signal });
      const locator = project.pronunciation_dictionary_locators.find((one) => one.pronunciation_dictionary_id === dictionaryId);
      if (locator) uses.set(id, { projectId: id, name: project.name, isPinned: locator.version_id !== null });
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, go));
  return projects.flatMap((project) => uses.get(project.project_id) ?? []);
}
