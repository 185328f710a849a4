/** What is searched for in a book. It stays while one goes from chapter to chapter. */
import { ask } from "../../../api/client";
import type { Book } from "../book.svelte";
import { finder } from "../content";
import type { Hit } from "../hits";
import type { Manuscript } from "../manuscript.svelte";
import { openManuscript } from "../opened";
import { chapterPath, type ChapterContent } from "../wire";

export interface ChapterHits {
  chapterId: string;
  name: string;
  count: number;
}

class Search {
  text = $state("");
  replacement = $state("");
  matchCase = $state(false);
  wholeWords = $state(false);
  scope = $state<"chapter" | "book">("chapter");
  /** Where it is found in the other chapters; null where nobody has looked yet. */
  others = $state.raw<readonly ChapterHits[] | null>(null);
  /** Whether the first hit, or the last, is to be gone to when the next chapter is there. */
  arriving: "first" | "last" | null = null;
  /** Of the book that was searched last: a book has megabytes of them. */
  #texts = new Map<string, { revision: number; texts: string[] }>();
  #textsOf = "";

  /** Where it is in a chapter; so many places as anybody goes through. */
  find(manuscript: Manuscript): Hit[] {
    return manuscript.find(this.text, { matchCase: this.matchCase, wholeWords: this.wholeWords });
  }

  /** Replace it everywhere in a chapter, as one step. Returns in how many places. */
  replaceIn(manuscript: Manuscript): number {
    const all = manuscript.find(this.text, { matchCase: this.matchCase, wholeWords: this.wholeWords, most: Infinity });
    return manuscript.replaceHits(all, this.replacement);
  }

  /** Look through all chapters, one after the other. Throws: ApiError. */
  async findInBook(book: Book, signal: AbortSignal): Promise<void> {
    const expression = finder(this.text, { matchCase: this.matchCase, wholeWords: this.wholeWords });
    const found: ChapterHits[] = [];
    if (expression)
      for (const { chapter_id: chapterId, name } of book.chapters) {
        const texts = await this.#read(book, chapterId, signal);
        const count = texts.reduce((sum, text) => sum + [...text.matchAll(expression)].length, 0);
        if (count) found.push({ chapterId, name, count });
        this.others = [...found];
      }
    this.others = found;
  }

  /** Replace everywhere, as one step of each chapter's undo. undo: takes it back in all of them. Throws: ApiError. */
  async replaceInBook(book: Book, signal: AbortSignal): Promise<{ count: number; undo: () => Promise<void> }> {
    let count = 0;
    const changed: Manuscript[] = [];
    for (const { chapterId } of this.others ?? []) {
      if (signal.aborted) break;
      const manuscript = await openManuscript(book.projectId, chapterId);
      const replaced = this.replaceIn(manuscript);
      if (replaced) changed.push(manuscript);
      count += replaced;
      await manuscript.flush();
    }
    const undo = async (): Promise<void> => {
      for (const manuscript of changed) {
        manuscript.undo();
        await manuscript.flush();
      }
    };
    return { count, undo };
  }

  async #read(book: Book, chapterId: string, signal: AbortSignal): Promise<string[]> {
    if (this.#textsOf !== book.projectId) [this.#textsOf, this.#texts] = [book.projectId, new Map()];
    const told = book.live.chapters[chapterId]?.revision;
    const known = this.#texts.get(chapterId);
    if (known && known.revision === told) return known.texts;
    const content = await ask<ChapterContent>(`${chapterPath(book.projectId, chapterId)}/content`, { signal });
    const texts = content.blocks.map((block) => block.nodes.map((node) => node.text).join(""));
    this.#texts.set(chapterId, { revision: content.revision, texts });
    return texts;
  }
}

export const search = new Search();
