/** What has become of a chapter: from what the server tells while the book is open, else from what it told at first. */
import type { Chapter } from "../../../api/types";
import type { ChapterProgress } from "../live.svelte";

export interface ChapterState {
  isConverting: boolean;
  /** Of the conversion, 0 to 1; null without one. */
  progress: number | null;
  converted: number;
  count: number;
  error: string | null;
}

export function stateOf(chapter: Chapter, told: ChapterProgress | undefined): ChapterState {
  const { paragraphs_converted: converted, paragraphs_unconverted: stale } = chapter.statistics;
  if (!told)
    return {
      isConverting: chapter.state === "converting",
      progress: chapter.conversion_progress,
      converted,
      count: converted + stale,
      error: chapter.last_conversion_error,
    };
  const isConverting = told.state === "converting";
  return { isConverting, progress: isConverting ? told.progress : null, converted: told.converted_blocks, count: told.block_count, error: told.error };
}
