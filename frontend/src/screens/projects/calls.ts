/** What this screen asks of the server. All throw ApiError. */
import { ask } from "../../api/client";
import type { CreatedProject, DeletedProject, Dictionary, Links, Model, OverviewPage, Plan, Preview, Project, Quality, Voice } from "../../api/types";
import { upload } from "../../api/upload";
import { listDictionaries } from "../dictionaries/list";

const CONTRACT = "/v1/studio/projects";
const OWN = "/rhapsode/v1/studio/projects";

export const getOverviews = (startAfter: string | null, pageSize: number): Promise<OverviewPage> =>
  ask(OWN, { query: { page_size: pageSize, start_after: startAfter } });

export const getDeleted = async (): Promise<DeletedProject[]> =>
  (await ask<Model<"DeletedProjects">>("/rhapsode/v1/studio/deleted-projects")).projects;

export const getProject = (id: string): Promise<Project> => ask(`${CONTRACT}/${id}`);
export const removeProject = (id: string): Promise<unknown> => ask(`${CONTRACT}/${id}`, { method: "DELETE" });
export const restoreProject = (id: string): Promise<unknown> => ask(`${OWN}/${id}/restore`, { method: "POST" });
export const convertProject = (id: string): Promise<unknown> => ask(`${CONTRACT}/${id}/convert`, { method: "POST" });
export const cancelProject = (id: string): Promise<unknown> => ask(`${OWN}/${id}/cancel`, { method: "POST" });

export const previewDocument = (form: FormData, onSent: (share: number) => void, signal: AbortSignal): Promise<Preview> =>
  upload("/rhapsode/v1/documents/preview", form, onSent, signal);

export const createProject = (form: FormData, onSent: (share: number) => void, signal: AbortSignal): Promise<CreatedProject> =>
  upload(CONTRACT, form, onSent, signal);

export const createPodcast = (order: Model<"NewPodcast">): Promise<Model<"CreatedPodcast">> =>
  ask("/v1/studio/podcasts", { method: "POST", json: order });

/** Any model: the voice decides which engine speaks. */
export const getModelId = async (): Promise<string> => (await ask<Model<"ModelModel">[]>("/v1/models"))[0]?.model_id ?? "";

export const suggestVoices = async (language: string): Promise<Voice[]> =>
  (await ask<Model<"VoicesModel">>("/rhapsode/v1/voices/suggested", { query: { language } })).voices;

/** All dictionaries that aren't archived, by name. */
export async function getDictionaries(): Promise<Dictionary[]> {
  const all = await listDictionaries();
  return all.filter((dictionary) => dictionary.archived_time_unix === null).sort((one, other) => one.name.localeCompare(other.name));
}

export const updateProject = (id: string, changes: Model<"ProjectUpdate">): Promise<unknown> =>
  ask(`${CONTRACT}/${id}`, { method: "POST", json: changes });

export const setQuality = (id: string, quality_preset: Quality): Promise<unknown> =>
  ask(`${OWN}/${id}`, { method: "PATCH", json: { quality_preset } });

export const putCover = (id: string, file: File): Promise<unknown> => {
  const form = new FormData();
  form.set("cover", file);
  return ask(`${OWN}/${id}/cover`, { method: "PUT", form });
};
export const removeCover = (id: string): Promise<unknown> => ask(`${OWN}/${id}/cover`, { method: "DELETE" });

/** What a conversion would do if the project had these dictionaries and no others. */
export const planWith = (id: string, dictionaryIds: readonly string[], signal: AbortSignal): Promise<Plan> =>
  ask(`${OWN}/${id}/plan`, { query: { pronunciation_dictionary_id: dictionaryIds.length ? dictionaryIds : [""] }, signal });

export const attachDictionaries = (id: string, locators: readonly Model<"LocatorModel">[]): Promise<unknown> =>
  ask(`${CONTRACT}/${id}/pronunciation-dictionaries`, { method: "POST", json: { pronunciation_dictionary_locators: locators } });

export const getLinks = (id: string): Promise<Links> => ask(`${OWN}/${id}/links`);
export const revokeLink = (id: string, kind: "cover" | "feed" | "player"): Promise<Links> => ask(`${OWN}/${id}/links/${kind}`, { method: "DELETE" });
