/** The voices of a book, and their names. */
import { t } from "../../../messages";
import { catalogue } from "../../voices/catalogue.svelte";

/** What a voice is called; one that is gone, by its id. */
export function nameOfVoice(voiceId: string): string {
  return catalogue.byId.get(voiceId)?.name ?? voiceId;
}

/** The name of a voice in the book; null is its default. */
export function namedVoice(voiceId: string | null | undefined): string {
  if (voiceId === undefined) return t("tools.severalVoices");
  return voiceId === null ? t("tools.defaultVoice") : nameOfVoice(voiceId);
}

/** A sentence around a place, for trying voices and rules with it. At most about `most` UTF-16 units. */
export function sentenceAround(text: string, unit: number, most = 240): string {
  const sentences = [...new Intl.Segmenter(undefined, { granularity: "sentence" }).segment(text)];
  const found = sentences.find(({ index, segment }) => unit < index + segment.length) ?? sentences.at(-1);
  const sentence = found?.segment ?? "";
  if (sentence.length <= most) return sentence.trim();
  const from = Math.max(0, unit - (found?.index ?? 0) - most / 2);
  return sentence.slice(from, from + most).trim();
}
