/** The project that is open in the editor: its chapters, and what the server tells of it while it is. */
import { ask } from "../../api/client";
import type { Project } from "../../api/types";
import { Live } from "./live.svelte";

export class Book {
  project = $state.raw<Project | null>(null);
  readonly live: Live;
  #asked = 0;
  #shown = 0;

  constructor(readonly projectId: string) {
    this.live = new Live(projectId);
    this.live.onEnded(() => void this.load().catch(() => undefined));
  }

  get chapters(): Project["chapters"] {
    return this.project?.chapters ?? [];
  }

  /** Read the project and its chapters, again after they were changed. An older answer doesn't follow a newer one. Throws: ApiError. */
  async load(): Promise<void> {
    const mine = (this.#asked += 1);
    const project = await ask<Project>(`/v1/studio/projects/${this.projectId}`);
    if (mine > this.#shown) [this.#shown, this.project] = [mine, project];
  }

  close(): void {
    this.live.close();
  }
}
