/** Sends what the server doesn't have yet: soon, in order, one request at a time, and again until it has arrived. */
import { ApiError, ask } from "../../api/client";
import { t } from "../../messages";
import type { Edit } from "./edits";
import { isHeld, nextEdits } from "./edits";
import type { Ledger } from "./ledger.svelte";
import { takeAnswer, takeContent } from "./merge";
import { chapterPath, setStatus, type ChapterContent, type ChapterEdited } from "./wire";

const AFTER_LAST_KEY_MS = 400;
const AT_LATEST_MS = 3_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
// Browsers send at most 64 kB of a page that is being closed.
const KEEPALIVE_CHARACTERS = 15_000;

/** kept: the server is away.    held: something waits for a person, who sees it at the paragraph.    gone: the chapter is deleted. */
export type SaveState = "saved" | "saving" | "kept" | "held" | "gone";

export class Outbox {
  state = $state<SaveState>("saved");
  revision = 0;
  readonly #ledger: Ledger;
  readonly #path: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waitingSince: number | null = null;
  #waitMs = FIRST_WAIT_MS;
  #running: Promise<void> | null = null;
  /** What has been sent and not answered; it is sent again as it was, so that what has arrived is known as ours. */
  #inFlight: Edit[] | null = null;
  #isClosing = false;
  /** The newest revision that somebody has told of. */
  #told = 0;
  /** Around whatever changes what is shown, so that the caret stays where it is. */
  merging: (merge: () => void) => void = (merge) => merge();

  readonly #isOurs: () => boolean;

  /** isOurs: whether who has written is who is signed in. */
  constructor(ledger: Ledger, projectId: string, chapterId: string, isOurs: () => boolean = () => true) {
    this.#ledger = ledger;
    this.#isOurs = isOurs;
    this.#path = `${chapterPath(projectId, chapterId)}/content`;
  }

  /** Something has changed: send it when the fingers rest. */
  wake(): void {
    if (this.state === "gone") return;
    if (this.state === "saved" && this.#ledger.hasUnsent) this.state = "saving";
    if (this.state === "kept" && this.#timer !== undefined) return;
    this.#waitingSince ??= performance.now();
    const rest = this.#waitingSince + AT_LATEST_MS - performance.now();
    this.#schedule(Math.max(0, Math.min(AFTER_LAST_KEY_MS, rest)));
  }

  /** The server seems to be there again. */
  retry(): void {
    if (this.state !== "kept") return;
    this.#waitMs = FIRST_WAIT_MS;
    this.#schedule(0);
  }

  /** There is this revision by now, be it ours or of somebody else. */
  tell(revision: number): void {
    this.#told = Math.max(this.#told, revision);
    // The answer of our own edits may come after the news of them.
    if (!this.#running && this.#told > this.revision) this.wake();
  }

  /** Read the chapter again and bring it together with what is here. */
  refresh(): void {
    this.#ledger.isAstray = true;
    this.wake();
  }

  /** The page may be closed now: send without waiting for an answer. */
  sendAtOnce(): void {
    if (!this.#ledger.hasUnsent || this.#running) return;
    this.#isClosing = true;
    void this.#run().catch(() => undefined);
  }

  /** Send everything now. Throws: ApiError; Error where something waits for a person. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running?.catch(() => undefined);
    await this.#run();
    if ([...this.#ledger.dirty].some((id) => this.#isHeld(id))) throw new Error(t("editor.heldBack"));
  }

  async read(): Promise<ChapterContent> {
    const content = await ask<ChapterContent>(this.#path);
    this.revision = content.revision;
    return content;
  }

  #schedule(waitMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#run().catch(() => undefined);
    }, waitMs);
  }

  async #run(): Promise<void> {
    this.#waitingSince = null;
    this.#running ??= this.#sendAll().finally(() => {
      this.#running = null;
      this.#isClosing = false;
    });
    await this.#running;
  }

  async #sendAll(): Promise<void> {
    try {
      for (;;) {
        // Nothing goes out under the name of whoever is signed in next.
        if (!this.#isOurs()) throw new ApiError(401, "signed_out", t("common.away"));
        const edits = this.#inFlight ?? nextEdits(this.#ledger);
        if (edits.length) await this.#send(edits);
        else if (this.#ledger.isAstray || this.#told > this.revision) await this.#reread();
        else break;
      }
      this.#waitMs = FIRST_WAIT_MS;
      this.state = [...this.#ledger.dirty].some((id) => this.#isHeld(id)) ? "held" : "saved";
    } catch (problem) {
      this.#fail(problem);
      throw problem;
    }
  }

  async #send(edits: Edit[]): Promise<void> {
    if (this.state !== "kept") this.state = "saving";
    this.#inFlight = edits;
    this.#ledger.sending(edits);
    const before = this.revision;
    try {
      const answer = await this.#patch(edits);
      this.#inFlight = null;
      this.revision = answer.revision;
      if (answer.revision > before + 1) this.#ledger.isAstray = true;
      this.merging(() => takeAnswer(this.#ledger, edits, answer));
    } catch (problem) {
      if (!isRefusal(problem)) throw problem;
      this.#inFlight = null;
      this.#ledger.answered(edits);
      await this.#isolate(edits, problem);
    }
  }

  #patch(edits: Edit[]): Promise<ChapterEdited> {
    const json = { edits };
    const keepalive = this.#isClosing && JSON.stringify(json).length < KEEPALIVE_CHARACTERS;
    return ask<ChapterEdited>(this.#path, { method: "PATCH", json, keepalive });
  }

  /** The server refuses all edits because of one: find it, so that the others are saved and it is told at its paragraph. */
  async #isolate(edits: Edit[], problem: ApiError): Promise<void> {
    if (edits.length > 1) {
      const half = Math.ceil(edits.length / 2);
      await this.#send(edits.slice(0, half));
      await this.#send(edits.slice(half));
      return;
    }
    const [edit] = edits;
    const block = edit && this.#ledger.list.get(edit.block_id);
    if (block && edit.op !== "move") setStatus(block, { problem: problem.message });
    else if (edit) this.#giveUp(edit);
  }

  #giveUp(edit: Edit): void {
    this.#ledger.moved.delete(edit.block_id);
    this.#ledger.forget(edit.block_id);
    this.#ledger.isAstray = true;
  }

  async #reread(): Promise<void> {
    const content = await this.read();
    this.#told = content.revision;
    this.merging(() => takeContent(this.#ledger, content));
  }

  #fail(problem: unknown): void {
    if (problem instanceof ApiError && problem.status === 404) {
      this.state = "gone";
      return;
    }
    this.state = "kept";
    this.#schedule(this.#waitMs * (1 + Math.random() / 4));
    this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
  }

  #isHeld(id: string): boolean {
    const block = this.#ledger.list.get(id);
    return block !== undefined && isHeld(block);
  }
}

/** Whether it would be refused again: not for who isn't signed in or comes too often, which pass. */
function isRefusal(problem: unknown): problem is ApiError {
  if (!(problem instanceof ApiError) || problem.isAway || problem.status >= 500) return false;
  if (problem.code === "missing_permissions") return true;
  return ![401, 404, 408, 429].includes(problem.status);
}
