/** What can be done to a voice. Each throws ApiError, and the list is read anew afterwards. */
import { ask } from "../../api/client";
import type { Model, Voice, VoiceSettings } from "../../api/types";
import { catalogue } from "./catalogue.svelte";

const path = (voiceId: string, rest = ""): string => `/v1/voices/${encodeURIComponent(voiceId)}${rest}`;

export interface VoiceText {
  name: string;
  description: string;
  labels: Record<string, string>;
}

export interface NewVoice extends VoiceText {
  files: readonly File[];
  speaker: string;
  license: string;
  /** Empty where the licence says it. */
  commercialUse: "" | "yes" | "no" | "unknown";
}

export async function editVoice(voice: Voice, { name, description, labels }: VoiceText): Promise<void> {
  const form = new FormData();
  form.set("name", name);
  form.set("description", description);
  form.set("labels", JSON.stringify(labels));
  await ask(path(voice.voice_id, "/edit"), { method: "POST", form });
  await catalogue.reload();
}

export async function editSettings(voice: Voice, settings: VoiceSettings): Promise<void> {
  await ask(path(voice.voice_id, "/settings/edit"), { method: "POST", json: settings });
  await catalogue.reload();
}

export async function deleteVoice(voice: Voice): Promise<void> {
  await ask(path(voice.voice_id), { method: "DELETE" });
  await catalogue.reload();
}

export async function restoreVoice(voice: Voice): Promise<void> {
  await ask(`/rhapsode${path(voice.voice_id, "/restore")}`, { method: "POST" });
  await catalogue.reload();
}

/** Make one, or several where its files have several speakers. Returns: their ids. */
export async function createVoice(wanted: NewVoice, signal: AbortSignal): Promise<string[]> {
  const form = new FormData();
  form.set("name", wanted.name);
  if (wanted.description) form.set("description", wanted.description);
  form.set("labels", JSON.stringify(wanted.labels));
  if (wanted.speaker) form.set("speaker", wanted.speaker);
  if (wanted.license) form.set("license", wanted.license);
  if (wanted.commercialUse) form.set("commercial_use", wanted.commercialUse);
  for (const file of wanted.files) form.append("files", file);
  const made = await ask<Model<"NewVoiceModel">>("/v1/voices/add", { method: "POST", form, signal });
  await catalogue.reload();
  return made.voice_ids;
}
