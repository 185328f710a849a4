/** Who speaks in a chapter, and how much. */
import { voiceAt, type Content } from "../content";

export interface Speaker {
  voiceId: string;
  /** UTF-16 units. */
  units: number;
}

/** The voices of a chapter, who says most first. voiceOf: the voice of what has none of its own. */
export function speakersOf(contents: Iterable<Content>, voiceOf: (content: Content) => string): Speaker[] {
  const units = new Map<string, number>();
  for (const content of contents) {
    let start = 0;
    for (const { end, voiceId } of content.runs) {
      const speaker = voiceId ?? voiceOf(content);
      units.set(speaker, (units.get(speaker) ?? 0) + end - start);
      start = end;
    }
  }
  return [...units].map(([voiceId, count]) => ({ voiceId, units: count })).sort((one, other) => other.units - one.units);
}

/** Where a voice begins to speak in a paragraph; undefined where it doesn't. */
export function firstUnitOf(content: Content, voiceId: string, fallback: string): number | undefined {
  let start = 0;
  for (const { end } of content.runs) {
    if ((voiceAt(content, start) ?? fallback) === voiceId) return start;
    start = end;
  }
  return undefined;
}
