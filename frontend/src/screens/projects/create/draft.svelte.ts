/** The project that somebody is about to make. It outlives the page that shows it, so that an upload goes on. */
import { ApiError } from "../../../api/client";
import type { CreatedProject, Model, Preview } from "../../../api/types";
import { createPodcast, createProject, getProject, previewDocument, removeProject, suggestVoices } from "../calls";
import { blank, creationForm, fieldOf, filled, type Fields } from "./fields";
import { blankPodcast, type PodcastFields } from "./podcast";
import { putSource, type Source } from "./sources";

export type Way = "file" | "url" | "text" | "podcast";
const ASK_EVERY_MS = 700;

class Draft {
  way = $state<Way>("file");
  source = $state.raw<Source | null>(null);
  preview = $state.raw<Preview | null>(null);
  fields = $state<Fields>(blank());
  podcast = $state<PodcastFields>(blankPodcast());
  /** What is typed where a source is an address or a text. */
  url = $state("");
  text = $state("");

  step = $state<"source" | "reading" | "fields" | "sending" | "making">("source");
  /** 0 to 1 of what is being sent or made; null where nobody can tell. */
  share = $state<number | null>(null);
  problem = $state.raw<ApiError | null>(null);
  /** The project, once the server has begun it. */
  projectId = $state<string | null>(null);

  #stop = new AbortController();

  /** What is wrong with single fields, by what the API calls them, or by what `fieldOf` does. */
  readonly wrong = $derived<Readonly<Record<string, string>>>(
    this.problem ? { [fieldOf(this.problem.code, this.problem.fields)]: this.problem.message, ...this.problem.fields } : {},
  );

  readonly isBusy = $derived(this.step === "sending" || this.step === "making");

  /** Begin with a source. Returns whether that can be: not while another project is being sent. */
  take(source: Source): boolean {
    if (this.isBusy) return false;
    this.way = source.kind;
    if (source.kind === "url") this.url = source.url;
    if (source.kind === "text") this.text = source.text;
    void this.read(source);
    return true;
  }

  /** Have the server say what it would make of it. */
  async read(source: Source): Promise<void> {
    const signal = this.#begin("reading");
    [this.source, this.preview] = [source, null];
    try {
      const form = new FormData();
      putSource(form, source);
      const preview = await previewDocument(form, (share) => (this.share = share), signal);
      signal.throwIfAborted();
      this.fields = filled(this.fields, source, preview);
      [this.preview, this.step] = [preview, "fields"];
      await this.#suggestVoice();
    } catch (problem) {
      this.#fail(problem, signal, "source");
    }
  }

  /** Make the project, and wait until it can be opened. Returns its id; null where that failed. */
  async create(): Promise<string | null> {
    if (!this.source || !this.preview) return null;
    const signal = this.#begin("sending");
    try {
      const made = await createProject(creationForm(this.source, this.fields, this.preview), (share) => (this.share = share), signal);
      return await this.#waitFor(made.project);
    } catch (problem) {
      this.#fail(problem, signal, "fields");
      return null;
    }
  }

  async createPodcast(order: Model<"NewPodcast">): Promise<string | null> {
    const signal = this.#begin("sending");
    this.share = null;
    try {
      return await this.#waitFor((await createPodcast(order)).project);
    } catch (problem) {
      this.#fail(problem, signal, "source");
      return null;
    }
  }

  /** Wait for what the server makes by itself. Throws: ApiError, when it can't be made. */
  async #waitFor(project: CreatedProject["project"]): Promise<string> {
    [this.step, this.projectId] = ["making", project.project_id];
    let now = project;
    while (now.state === "creating") {
      this.share = now.creation_meta.creation_progress ?? null;
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
      now = await getProject(project.project_id).catch((problem: unknown) => {
        // It goes on whatever becomes of one question, and another attempt would make another project.
        if (problem instanceof ApiError && [401, 404].includes(problem.status)) throw problem;
        return now;
      });
    }
    const { status, error } = now.creation_meta;
    if (status === "failed") {
      // It holds nothing, and the next attempt makes another one.
      await removeProject(project.project_id).catch(() => undefined);
      throw new ApiError(400, "creation_failed", error ?? "");
    }
    this.clear();
    return project.project_id;
  }

  /** End what is being read or sent. What the server has begun goes on. */
  stop(): void {
    this.#stop.abort();
    this.step = this.preview ? "fields" : "source";
  }

  clear(): void {
    this.#stop.abort();
    [this.step, this.source, this.preview, this.problem] = ["source", null, null, null];
    [this.url, this.text, this.projectId, this.share] = ["", "", null, null];
    [this.fields, this.podcast] = [blank(), blankPodcast()];
  }

  #begin(step: "reading" | "sending"): AbortSignal {
    this.#stop.abort();
    this.#stop = new AbortController();
    [this.step, this.share, this.problem, this.projectId] = [step, 0, null, null];
    return this.#stop.signal;
  }

  #fail(problem: unknown, signal: AbortSignal, step: "source" | "fields"): void {
    if (signal.aborted) return;
    this.problem = problem instanceof ApiError ? problem : new ApiError(0, "unknown", String(problem));
    this.step = step;
  }

  /** The best voice for the language, as long as nobody has chosen one. */
  async #suggestVoice(): Promise<void> {
    if (this.fields.paragraphVoice) return;
    const [first] = await suggestVoices(this.fields.language || "en").catch(() => []);
    if (first && !this.fields.paragraphVoice) this.fields.paragraphVoice = first.voice_id;
  }
}

export const draft = new Draft();

addEventListener("beforeunload", (event) => {
  if (draft.step === "sending") event.preventDefault();
});
