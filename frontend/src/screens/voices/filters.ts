/** Which voices are shown. All of them are here already, so nothing is asked while one types. */
import type { Voice } from "../../api/types";

export interface VoiceFilters {
  search: string;
  language: string;
  engine: string;
  category: string;
  gender: string;
  order: string;
}

export const NO_FILTERS: VoiceFilters = { search: "", language: "", engine: "", category: "", gender: "", order: "" };

/** Voices that match, in the order that is chosen. */
export function found(voices: readonly Voice[], filters: VoiceFilters): Voice[] {
  const words = filters.search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const matching = voices.filter((voice) => matches(voice, filters) && mentions(voice, words));
  if (filters.order === "name") return matching.sort((a, b) => a.name.localeCompare(b.name));
  if (filters.order === "newest") return matching.sort((a, b) => (b.created_at_unix ?? 0) - (a.created_at_unix ?? 0));
  return matching;
}

function matches(voice: Voice, { language, engine, category, gender }: VoiceFilters): boolean {
  return (
    (!language || voice.verified_languages.some((spoken) => spoken.language === language)) &&
    (!engine || voice.engine === engine) &&
    (!category || (category === "own" ? voice.is_owner === true : voice.category === category)) &&
    (!gender || voice.labels["gender"] === gender)
  );
}

function mentions(voice: Voice, words: readonly string[]): boolean {
  if (!words.length) return true;
  const text = [voice.name, voice.description ?? "", voice.voice_id, voice.engine, ...Object.values(voice.labels)].join("\n").toLocaleLowerCase();
  return words.every((word) => text.includes(word));
}

/** Those that are named, in that order, and all others. */
export function partedBy(ids: readonly string[], voices: readonly Voice[]): { first: Voice[]; others: Voice[] } {
  const byId = new Map(voices.map((voice) => [voice.voice_id, voice]));
  return { first: ids.flatMap((id) => byId.get(id) ?? []), others: voices.filter((voice) => !ids.includes(voice.voice_id)) };
}
