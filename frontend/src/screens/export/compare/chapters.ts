/** What two snapshots of a project have in common. */
import type { SnapshotChapter } from "../../../api/types";
import { aligned, type Row } from "./aligned";

export type ChapterChange = "same" | "changed" | "added" | "removed";

export interface ChapterRow extends Row<SnapshotChapter> {
  change: ChapterChange;
  chapterId: string;
  name: string;
}

export function compareChapters(before: readonly SnapshotChapter[], after: readonly SnapshotChapter[]): ChapterRow[] {
  const places = new Map(before.map((chapter, at) => [chapter.chapter_id, at]));
  const pairs = new Map<number, number>();
  after.forEach((chapter, at) => {
    const was = places.get(chapter.chapter_id);
    if (was !== undefined) pairs.set(at, was);
  });
  return aligned(before, after, pairs).map((row) => {
    const shown = row.after ?? row.before;
    return { ...row, change: changeOf(row), chapterId: shown?.chapter_id ?? "", name: shown?.name ?? "" };
  });
}

/** The very same snapshot of a chapter is the same sound; one that was made anew may still say the same. */
function changeOf({ before, after }: Row<SnapshotChapter>): ChapterChange {
  if (!after) return "removed";
  if (!before) return "added";
  return before.chapter_snapshot_id === after.chapter_snapshot_id ? "same" : "changed";
}
