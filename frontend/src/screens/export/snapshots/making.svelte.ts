/** A file that the server makes when somebody first asks for it: an export, or an archive with exports in it. */
import { ApiError, address, askResponse, type Options } from "../../../api/client";

/** Subtitles are there in a moment, a book without loss takes a minute. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 2000;

export type MakingState = "none" | "making" | "ready" | "failed";

export class Making {
  state = $state<MakingState>("none");
  /** 0 to 1. */
  progress = $state(0);
  size_bytes = $state<number | null>(null);
  /** Why it can't be made, in the server's words. */
  error = $state("");
  readonly #aborter = new AbortController();

  constructor(
    readonly path: string,
    readonly query: NonNullable<Options["query"]>,
  ) {}

  /** Where it is, for a link. */
  get address(): string {
    return address(this.path, this.query);
  }

  /** What is known of it without having it made. */
  know(state: MakingState, known: { progress?: number; size_bytes?: number | null | undefined; error?: string | null | undefined } = {}): void {
    [this.state, this.progress, this.size_bytes, this.error] = [state, known.progress ?? 0, known.size_bytes ?? null, known.error ?? ""];
  }

  /** Have it made, or wait for what is being made; returns when it is there, or can't be. */
  async follow(): Promise<void> {
    [this.state, this.error] = ["making", ""];
    try {
      for (let waitMs = FIRST_WAIT_MS; !(await this.#isThere()); waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS))
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      this.state = "ready";
    } catch (problem) {
      if (this.#aborter.signal.aborted) return;
      [this.state, this.error] = ["failed", problem instanceof ApiError ? problem.message : String(problem)];
    }
  }

  /** Nobody looks any more. What is being made goes on. */
  close(): void {
    this.#aborter.abort();
  }

  /** Its first byte tells whether it is there and how long it is; the rest is the browser's to download. */
  async #isThere(): Promise<boolean> {
    const { signal } = this.#aborter;
    const response = await askResponse(this.path, { query: { ...this.query, wait_s: 0 }, headers: { accept: "*/*", range: "bytes=0-0" }, signal });
    await response.body?.cancel();
    signal.throwIfAborted();
    if (response.status === 202) {
      this.progress = Number(response.headers.get("rhapsode-progress") ?? 0);
      return false;
    }
    const whole = /\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1];
    this.size_bytes = whole === undefined ? null : Number(whole);
    return true;
  }
}
