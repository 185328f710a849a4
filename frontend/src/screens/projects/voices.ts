/** Voices as they are chosen: what is said of one. */
import { ApiError } from "../../api/client";
import type { Voice } from "../../api/types";
import { getVoice } from "./calls";

const known = new Map<string, Promise<Voice | null>>();

/** A voice by its id, asked for once; null for one that is gone. */
export function findVoice(id: string): Promise<Voice | null> {
  const asked = known.get(id) ?? getVoice(id);
  known.set(id, asked);
  return asked.catch((problem: unknown) => {
    // While the server is away nobody knows.
    if (problem instanceof ApiError && problem.isAway) known.delete(id);
    return null;
  });
}

export function remember(voices: readonly Voice[]): void {
  for (const voice of voices) known.set(voice.voice_id, Promise.resolve(voice));
}

/** What there is to know beside the name, in few words. */
export function saidOf(voice: Voice): string {
  const { description, gender, age, accent } = voice.labels;
  return [description, gender, age, accent].filter(Boolean).join(", ").replaceAll("_", " ");
}
