/** A chapter that is drawn to another place with the mouse. With keys, and where nothing can be drawn, the menu does it. */
import type { Chapter } from "../../../api/types";
import { placed } from "./ordering";

const KIND = "application/x-rhapsode-chapter";

export class Dragging {
  /** What is drawn; null for nothing. */
  chapter = $state.raw<Chapter | null>(null);
  /** Where it would come to. */
  target = $state.raw<{ beside: Chapter; side: "before" | "behind" } | null>(null);

  constructor(private readonly whenDropped: (chapters: readonly Chapter[]) => void) {}

  start(event: DragEvent, chapter: Chapter): void {
    // A kind of its own: nothing of it can be dropped into the manuscript as text.
    event.dataTransfer?.setData(KIND, chapter.chapter_id);
    if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
    this.chapter = chapter;
  }

  over(event: DragEvent & { currentTarget: HTMLElement }, beside: Chapter): void {
    if (!this.chapter) return;
    event.preventDefault();
    const box = event.currentTarget.getBoundingClientRect();
    this.target = { beside, side: event.clientY < box.top + box.height / 2 ? "before" : "behind" };
  }

  drop(event: DragEvent, chapters: readonly Chapter[]): void {
    if (!this.chapter || !this.target) return;
    event.preventDefault();
    const sorted = placed(chapters, this.chapter, this.target.beside, this.target.side);
    this.end();
    if (sorted !== chapters) this.whenDropped(sorted);
  }

  end(): void {
    this.chapter = this.target = null;
  }

  /** Where a line shows that the chapter would come to. */
  sideAt(chapter: Chapter): "before" | "behind" | undefined {
    return this.target?.beside === chapter && this.chapter !== chapter ? this.target.side : undefined;
  }
}
