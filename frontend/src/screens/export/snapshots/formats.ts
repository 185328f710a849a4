/** The files that a snapshot can be had as. */

export const formats = ["m4b", "mp3", "opus", "flac", "wav", "epub", "srt", "vtt", "json"] as const;
export type Format = (typeof formats)[number];

/** In an archive, files of these are beside each chapter's audio. */
export const archived: readonly Format[] = ["srt", "vtt", "json", "m4b", "epub"];

export const cuesOf: Readonly<Partial<Record<Format, readonly Cues[]>>> = {
  srt: ["sentence", "word"],
  vtt: ["sentence", "word", "karaoke"],
};
export type Cues = "sentence" | "word" | "karaoke";

/** Beside which file the times of subtitles are shown. */
export const timelines = ["file", "m4b", "opus"] as const;
export type TimelineOf = (typeof timelines)[number];

export const isTimed = (format: Format): boolean => format === "srt" || format === "vtt" || format === "json";

/** What isn't as the server takes it to be without being told. */
export function exportQuery(format: Format, cues: Cues, timeline: TimelineOf): Record<string, string> {
  return { format, ...(cues === "sentence" ? {} : { cues }), ...(timeline === "file" ? {} : { timeline }) };
}
