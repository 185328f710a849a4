/** The projects of the workspace, read in pages and kept as they are by the server's events. */
import type { Overview, ProjectChange } from "../../api/types";
import { listen } from "../../api/events";
import { getOverviews } from "./calls";
import { changed, without } from "./shelf";

const PAGE_SIZE = 60;
// A conversion's end and a book's arrival come as several events.
const REREAD_AFTER_MS = 300;
// Of a book that is being read no event tells how far that is.
const CREATION_EVERY_MS = 2000;

export class Shelf {
  projects = $state.raw<readonly Overview[]>([]);
  /** `new` until the first page is there. */
  state = $state<"new" | "reading" | "ready">("new");
  problem = $state.raw<unknown>(null);
  /** Whether there are more than have been read. */
  hasMore = $state(false);

  #next: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wantsAll = false;

  /** Follow what happens. Returns what ends it. */
  follow(): () => void {
    let wasConnected = false;
    const stop = listen("/rhapsode/v1/events", { project: (change: ProjectChange) => this.#heard(change) }, (connected) => {
      // What was deleted while nobody listened isn't told afterwards.
      if (connected && wasConnected) this.#rereadSoon();
      wasConnected ||= connected;
    });
    const creations = setInterval(() => {
      if (this.projects.some((project) => project.state === "creating")) void this.reread();
    }, CREATION_EVERY_MS);
    return () => {
      stop();
      clearInterval(creations);
      clearTimeout(this.#timer);
    };
  }

  async more(): Promise<void> {
    if (this.state === "reading" || (this.state === "ready" && !this.hasMore)) return;
    await this.#read(this.#next, this.projects);
    if (this.#wantsAll && this.problem === null) await this.more();
  }

  /** Whoever searches or sorts means all projects. */
  async wantAll(): Promise<void> {
    this.#wantsAll = true;
    await this.more();
  }

  /** Read again what is shown. */
  async reread(): Promise<void> {
    const wanted = Math.max(this.projects.length, 1);
    try {
      let [all, next]: [Overview[], string | null] = [[], null];
      do {
        const page = await getOverviews(next, PAGE_SIZE);
        [all, next] = [[...all, ...page.projects], page.next];
      } while (next && all.length < wanted);
      this.#take(all, next);
    } catch (problem) {
      this.problem = problem;
    }
  }

  forget(id: string): void {
    this.projects = without(this.projects, id);
  }

  async #read(after: string | null, before: readonly Overview[]): Promise<void> {
    const was = this.state;
    this.state = "reading";
    try {
      const page = await getOverviews(after, PAGE_SIZE);
      const known = new Set(page.projects.map((project) => project.project_id));
      this.#take([...before.filter((project) => !known.has(project.project_id)), ...page.projects], page.next);
    } catch (problem) {
      this.problem = problem;
      this.state = was;
    }
  }

  #take(projects: Overview[], next: string | null): void {
    [this.projects, this.#next, this.hasMore] = [projects, next, next !== null];
    [this.state, this.problem] = ["ready", null];
  }

  #heard(change: ProjectChange): void {
    const { projects, isIncomplete } = changed(this.projects, change);
    this.projects = projects;
    if (isIncomplete && this.state === "ready") this.#rereadSoon();
  }

  #rereadSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.reread(), REREAD_AFTER_MS);
  }
}
