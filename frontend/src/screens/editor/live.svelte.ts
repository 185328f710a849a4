/** What the server tells of a project while it is open: how far conversions are, and what others change. */
import { listen } from "../../api/events";

export interface ChapterProgress {
  chapter_id: string;
  state: string;
  progress: number | null;
  error: string | null;
  /** The paragraph at which it failed. */
  error_block_id: string | null;
  revision: number;
  converted_blocks: number;
  block_count: number;
}

export interface ProjectProgress {
  state: "default" | "converting" | "in_queue" | "creating";
  progress: number | null;
  remaining_secs: number | null;
  creation_progress: number | null;
  chapters: ChapterProgress[];
}

export interface ConvertedBlocks {
  chapter_id: string;
  converted: string[];
}

export interface ConversionEnd {
  outcome: "success" | "error" | "cancelled";
  project_snapshot_id: string | null;
  chapter_snapshot_id: string | null;
  chapter_id?: string | null;
  error: string | null;
}

type Listener<T> = (told: T) => void;

export class Live {
  /** Of the project; its `chapters` are only those that have changed last. Null until something was told. */
  progress = $state.raw<ProjectProgress | null>(null);
  /** Of each chapter, by its id. */
  chapters = $state.raw<Readonly<Record<string, ChapterProgress>>>({});
  isConnected = $state(false);
  readonly #onBlocks = new Set<Listener<ConvertedBlocks>>();
  readonly #onEnded = new Set<Listener<ConversionEnd>>();
  readonly #stop: () => void;

  constructor(projectId: string) {
    this.#stop = listen(
      `/rhapsode/v1/studio/projects/${projectId}/events`,
      {
        progress: (told: ProjectProgress) => this.#take(told),
        blocks: (told: ConvertedBlocks) => this.#onBlocks.forEach((listener) => listener(told)),
        ended: (told: ConversionEnd) => this.#onEnded.forEach((listener) => listener(told)),
      },
      (isConnected) => (this.isConnected = isConnected),
    );
  }

  close(): void {
    this.#stop();
  }

  /** Blocks of any chapter can be heard that couldn't before. Returns what ends it. */
  onBlocks(listener: Listener<ConvertedBlocks>): () => void {
    this.#onBlocks.add(listener);
    return () => void this.#onBlocks.delete(listener);
  }

  /** A conversion has ended. Returns what ends it. */
  onEnded(listener: Listener<ConversionEnd>): () => void {
    this.#onEnded.add(listener);
    return () => void this.#onEnded.delete(listener);
  }

  #take(told: ProjectProgress): void {
    this.progress = told;
    const chapters = told.chapters.map((chapter) => [chapter.chapter_id, chapter] as const);
    if (chapters.length) this.chapters = { ...this.chapters, ...Object.fromEntries(chapters) };
  }
}
