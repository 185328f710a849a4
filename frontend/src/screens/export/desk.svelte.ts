/** What all parts of the panel share: the book, what of it is meant, and sending what is typed before anything is made of it. */
import type { Book } from "../editor/book.svelte";
import type { Manuscript } from "../editor/manuscript.svelte";
import { sendLeftovers } from "../editor/opened";
import { href } from "../../state/router.svelte";

export class Desk {
  /** The chapter that is meant; null for the whole book. */
  chapterId = $state<string | null>(null);
  /** Rises when a conversion has ended, and lists of what they leave are old. */
  round = $state(0);

  /** manuscript: what is open beside it. */
  constructor(
    readonly book: Book,
    readonly manuscript: Manuscript | null,
  ) {}

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

  /** Go to a paragraph that is shown beside the panel; the address itself is followed for all others. */
  reveal(chapterId: string, blockId: string): void {
    if (this.manuscript?.chapterId === chapterId) void this.manuscript.reveal(blockId, 0);
  }
}
