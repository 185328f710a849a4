/** What can be done to the chapters of a book. Each throws ApiError; the book is read anew where more than a place changes. */
import { ask } from "../../../api/client";
import type { Chapter, Model } from "../../../api/types";
import type { Book } from "../book.svelte";
import { openManuscript } from "../opened";
import { chapterPath } from "../wire";

const contractPath = (book: Book, chapterId = ""): string => `/v1/studio/projects/${book.projectId}/chapters${chapterId && `/${chapterId}`}`;

/** Put a chapter behind the others. url: of what it is to be made of; empty for an empty one. Returns: its id. */
export async function addChapter(book: Book, name: string, url: string): Promise<string> {
  const added = await ask<Model<"ChapterAnswer">>(contractPath(book), { method: "POST", json: { name, ...(url ? { from_url: url } : {}) } });
  await book.load();
  return added.chapter.chapter_id;
}

export async function renameChapter(book: Book, chapter: Chapter, name: string): Promise<void> {
  await ask(contractPath(book, chapter.chapter_id), { method: "POST", json: { name } });
  await book.load();
}

/** Shown at once; where the server says no, as it was. */
export async function orderChapters(book: Book, chapters: readonly Chapter[]): Promise<void> {
  if (!book.project || chapters === book.chapters) return;
  book.project = { ...book.project, chapters: [...chapters] };
  try {
    const path = `/rhapsode/v1/studio/projects/${book.projectId}/chapters/order`;
    await ask(path, { method: "PUT", json: { chapter_ids: chapters.map((chapter) => chapter.chapter_id) } });
  } catch (problem) {
    await book.load();
    throw problem;
  }
}

export async function muteChapter(book: Book, chapter: Chapter, muted: boolean): Promise<void> {
  await ask(`${chapterPath(book.projectId, chapter.chapter_id)}/muted`, { method: "PUT", json: { muted } });
}

/** Returns: the ids of those that are muted. */
export async function listMuted(book: Book): Promise<ReadonlySet<string>> {
  const muted = await ask<Model<"MutedTracks">>(`/v1/studio/projects/${book.projectId}/muted-tracks`);
  return new Set(muted.chapter_ids);
}

/** What was typed in it last is sent before, so that it is there when the chapter comes back. */
export async function deleteChapter(book: Book, chapter: Chapter): Promise<void> {
  await flushChapter(book, chapter);
  await ask(contractPath(book, chapter.chapter_id), { method: "DELETE" });
  await book.load();
}

export async function restoreChapter(book: Book, chapter: Chapter): Promise<void> {
  await ask(`${chapterPath(book.projectId, chapter.chapter_id)}/restore`, { method: "POST" });
  await book.load();
}

export async function convertChapter(book: Book, chapter: Chapter): Promise<void> {
  await flushChapter(book, chapter);
  await ask(`${contractPath(book, chapter.chapter_id)}/convert`, { method: "POST" });
}

async function flushChapter(book: Book, chapter: Chapter): Promise<void> {
  await (await openManuscript(book.projectId, chapter.chapter_id)).flush();
}
