/** What all parts of the panel share: the book, what of it is meant, and sending what is typed before anything is made of it. */
import { SvelteSet } from "svelte/reactivity";

import { bench } from "../editor/bench.svelte";
import type { Book } from "../editor/book.svelte";
import type { Manuscript } from "../editor/manuscript.svelte";
import { sendLeftovers } from "../editor/opened";
import { href } from "../../state/router.svelte";
import type { Part } from "./parts";

/** Where the panel lies over the manuscript. */
const NO_ROOM = "(max-width: 75rem)";

export class Desk {
  /** Beside the manuscript: the part that is shown. */
  part = $state<Part>("convert");
  /** The chapter that is meant; null for the whole book. */
  chapterId = $state<string | null>(null);
  /** Rises when a conversion has ended, and lists of what they leave are old. */
  round = $state(0);
  /** What is open beside the panel; null where it has the page for itself. */
  manuscript = $state.raw<Manuscript | null>(null);
  /** Chapters whose stale paragraphs are shown. */
  readonly opened = new SvelteSet<string>();

  constructor(readonly book: Book) {}

  get projectId(): string {
    return this.book.projectId;
  }

  get chapters() {
    return this.book.chapters;
  }

  /** Send what was typed in any chapter. Throws: ApiError; Error where a person has to choose first. */
  async flush(): Promise<void> {
    await this.manuscript?.flush();
    await sendLeftovers(this.projectId, this.manuscript?.chapterId ?? "");
  }

  nameOf(chapterId: string): string {
    return this.chapters.find((chapter) => chapter.chapter_id === chapterId)?.name ?? "";
  }

  /** Where a paragraph is. */
  linkTo(chapterId: string, blockId?: string | null): string {
    return href("projects", this.projectId, chapterId) + (blockId ? `?block=${encodeURIComponent(blockId)}` : "");
  }

  /** Go to a paragraph that is shown beside the panel, or below it; the address itself is followed for all others. */
  reveal(chapterId: string, blockId: string): void {
    if (this.manuscript && matchMedia(NO_ROOM).matches) bench.close();
    if (this.manuscript?.chapterId === chapterId) void this.manuscript.reveal(blockId, 0);
  }
}

const desks = new WeakMap<Book, Desk>();

/** The one of a book: the panel is made anew with each chapter that is opened, and goes on where it was. */
export function deskOf(book: Book): Desk {
  const desk = desks.get(book) ?? new Desk(book);
  desks.set(book, desk);
  return desk;
}
