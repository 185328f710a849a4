/** Voices as they are chosen: what is said of one, and where it can be heard. */
import type { Voice } from "../../api/types";
import { getVoice } from "./calls";

const known = new Map<string, Promise<Voice | null>>();

/** A voice by its id, asked for once; null for one that is gone. */
export function findVoice(id: string): Promise<Voice | null> {
  const asked = known.get(id) ?? getVoice(id).catch(() => null);
  known.set(id, asked);
  return asked;
}

export function remember(voices: readonly Voice[]): void {
  for (const voice of voices) known.set(voice.voice_id, Promise.resolve(voice));
}

/** What there is to know beside the name, in few words. */
export function saidOf(voice: Voice): string {
  const { description, gender, age, accent } = voice.labels;
  return [description, gender, age, accent].filter(Boolean).join(", ").replaceAll("_", " ");
}

/** The sample's address on the host that the page is from, whatever other name the server has. */
export function sampleOf(voice: Voice): string | null {
  if (!voice.preview_url || !URL.canParse(voice.preview_url)) return null;
  const { pathname, search } = new URL(voice.preview_url);
  return pathname + search;
}
