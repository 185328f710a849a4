import { session } from "../../state/session.svelte";
import { Block } from "./blocks.svelte";
import { plain } from "./content";
import { isKnown } from "./edits";
import { newId } from "./ids";
import { Journal, type Place } from "./journal";
import { Ledger } from "./ledger.svelte";
import type { ChapterProgress, ConvertedBlocks } from "./live.svelte";
import { blockOf, takeEntries } from "./merge";
import { Outbox } from "./outbox.svelte";
import { resolved, type Choice } from "./resolving";
import { setStatus } from "./wire";

/** A chapter as the server has it and as it is kept here: read, sent by itself, and told of by the server. */
export class KeptChapter {
  name = $state("");
  protected readonly ledger: Ledger;
  protected readonly outbox: Outbox;
  readonly #place: Place;
  #error: string | null = null;

  constructor(place: Place) {
    this.#place = place;
    this.ledger = new Ledger(new Journal(place));
    this.outbox = new Outbox(this.ledger, place.projectId, place.chapterId, () => session.owner === place.owner);
  }

  /** Read the chapter, and take over what was left here before. Throws: ApiError. */
  async open(): Promise<void> {
    const journal = new Journal(this.#place);
    const [content, left] = await Promise.all([this.outbox.read(), journal.orphans()]);
    this.name = content.name;
    this.list.fill(content.blocks.map(blockOf));
    if (takeEntries(this.ledger, left.entries)) this.outbox.wake();
    // Where the storage is full, what it has is the only copy.
    if (this.isDurable) left.forget();
    if (!this.list.count) this.list.insert(new Block(newId(), plain("")), undefined);
    const first = this.list.chunks[0];
    if (first) first.isShown = true;
  }

  get projectId(): string {
    return this.#place.projectId;
  }

  get chapterId(): string {
    return this.#place.chapterId;
  }

  get list() {
    return this.ledger.list;
  }

  get blocks(): string[] {
    return [...this.list].map((block) => block.id);
  }

  get saved() {
    return this.outbox.state;
  }

  /** Whether the browser keeps what is typed until it is sent. */
  get isDurable(): boolean {
    return this.ledger.isDurable;
  }

  get hasUnsent(): boolean {
    return this.ledger.hasUnsent;
  }

  /** Send everything that isn't saved. Throws: ApiError where the server can't; Error where a person has to choose first. */
  async flush(): Promise<void> {
    await this.outbox.flush();
  }

  /** The page may be closed: send what there is. */
  leave(): void {
    this.outbox.sendAtOnce();
  }

  /** The server is there again. */
  retry(): void {
    this.outbox.retry();
  }

  /** Read the chapter again, for somebody has changed it elsewhere. What is unsent here stays. */
  refresh(): void {
    this.outbox.refresh();
  }

  /** What the server tells of this chapter. */
  hear(told: ChapterProgress): void {
    if (told.error !== this.#error) this.outbox.refresh();
    this.#error = told.error;
    this.outbox.tell(told.revision);
  }

  hearBlocks({ chapter_id, converted }: ConvertedBlocks): void {
    if (chapter_id !== this.chapterId) return;
    for (const id of converted) {
      const block = this.list.get(id);
      if (!block) continue;
      block.isKnownConverted = true;
      if (isKnown(block)) setStatus(block, { converted: true, error: null });
    }
  }

  /** Choose between two versions of a paragraph. */
  resolve(block: Block, choice: Choice): void {
    resolved(this.ledger, block, choice);
    this.outbox.wake();
  }
}
