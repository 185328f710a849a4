/** What is asked of a podcast, as a form has it and as the server takes it. */
import type { Model, Quality } from "../../../api/types";

export interface PodcastFields {
  mode: "conversation" | "bulletin";
  host: string;
  guest: string;
  text: string;
  /** One address in a line. */
  urls: string;
  duration: "short" | "default" | "long";
  language: string;
  intro: string;
  outro: string;
  instructions: string;
  /** One in a line. */
  highlights: string;
  quality: Quality;
}

const HIGHLIGHT_CHARACTERS = { fewest: 10, most: 70 };

export const blankPodcast = (): PodcastFields => ({
  mode: "conversation",
  host: "",
  guest: "",
  text: "",
  urls: "",
  duration: "default",
  language: "",
  intro: "",
  outro: "",
  instructions: "",
  highlights: "",
  quality: "standard",
});

/** The first thing that is missing, by its field; empty where nothing is. */
export function missing(fields: PodcastFields): "" | "sources" | "host" | "guest" | "highlights" {
  if (!fields.text.trim() && !inLines(fields.urls).length) return "sources";
  if (!fields.host) return "host";
  if (fields.mode === "conversation" && !fields.guest) return "guest";
  const fits = (line: string): boolean => [...line].length >= HIGHLIGHT_CHARACTERS.fewest && [...line].length <= HIGHLIGHT_CHARACTERS.most;
  return inLines(fields.highlights).every(fits) ? "" : "highlights";
}

export function orderOf(fields: PodcastFields, modelId: string): Model<"NewPodcast"> {
  const { host, guest, mode } = fields;
  const urls = inLines(fields.urls).map((url) => ({ type: "url", url }) as const);
  const highlights = inLines(fields.highlights);
  return {
    model_id: modelId,
    mode:
      mode === "conversation"
        ? { type: mode, conversation: { host_voice_id: host, guest_voice_id: guest } }
        : { type: mode, bulletin: { host_voice_id: host } },
    source: fields.text.trim() ? [{ type: "text", text: fields.text }, ...urls] : urls,
    duration_scale: fields.duration,
    quality_preset: fields.quality,
    language: fields.language || null,
    intro: fields.intro.trim() || null,
    outro: fields.outro.trim() || null,
    instructions_prompt: fields.instructions.trim() || null,
    highlights: highlights.length ? highlights : null,
  };
}

function inLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}
