/** The project that is open in the editor: its chapters, and what the server tells of it while it is. */
import { ask } from "../../api/client";
import type { Project } from "../../api/types";
import { Live } from "./live.svelte";

export class Book {
  project = $state.raw<Project | null>(null);
  readonly live: Live;

  constructor(readonly projectId: string) {
    this.live = new Live(projectId);
    this.live.onEnded(() => void this.load().catch(() => undefined));
  }

  get chapters(): Project["chapters"] {
    return this.project?.chapters ?? [];
  }

  /** Read the project and its chapters, again after they were changed. Throws: ApiError. */
  async load(): Promise<Project> {
    this.project = await ask<Project>(`/v1/studio/projects/${this.projectId}`);
    return this.project;
  }

  close(): void {
    this.live.close();
  }
}
