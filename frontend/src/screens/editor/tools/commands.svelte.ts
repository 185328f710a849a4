/** What the toolbar and its keys do to what is selected. */
import { attempt, notices } from "../../../state/notices.svelte";
import { t } from "../../../messages";
import type { Book } from "../book.svelte";
import type { SubType } from "../content";
import type { Manuscript } from "../manuscript.svelte";
import { playFrom } from "../playing";
import { pauseBetween } from "./pauses";
import { common, returnTo, subTypeOf, targetOf, voicesOf } from "./target";
import { sentenceAround } from "./voices";

const USUAL_PAUSE_S = 0.5;

export class Commands {
  /** What is being asked for in a dialog. */
  asking = $state<"voice" | "pause" | null>(null);
  pause_s = $state(USUAL_PAUSE_S);

  constructor(
    readonly book: Book,
    readonly manuscript: Manuscript,
  ) {}

  readonly target = $derived.by(() => targetOf(this.manuscript));
  readonly #blocks = $derived.by(() => {
    const { target } = this;
    const ids = target?.kind === "text" ? [target.blockId] : (target?.blockIds ?? []);
    return ids.map((id) => this.manuscript.list.get(id)).filter((block) => block !== undefined);
  });
  /** What all that is selected has; undefined where it differs. */
  readonly voiceId = $derived.by(() => common(voicesOf(this.target, this.#blocks)));
  readonly subType = $derived.by(() => subTypeOf(this.#blocks));
  readonly isLocked = $derived.by(() => this.#blocks.length > 0 && this.#blocks.every((block) => block.status.locked));

  /** What voices are tried with. */
  get sample(): string {
    const { target, manuscript } = this;
    if (target?.kind === "text") {
      const text = manuscript.list.get(target.blockId)?.text.slice(target.start, target.end) ?? "";
      if (text.length > 12) return text.slice(0, 240);
    }
    const { caret } = manuscript;
    const block = this.#blocks.find(({ id }) => id === caret?.blockId) ?? this.#blocks[0];
    return block ? sentenceAround(block.text, block.id === caret?.blockId ? caret.start : 0) : "";
  }

  setVoice(voiceId: string | null): void {
    if (this.target) this.manuscript.setVoice(this.target, voiceId);
    // A voice that is new in the book has settings there once the server knows.
    if (voiceId && !this.book.project?.voices.some((voice) => voice.voice_id === voiceId))
      void this.manuscript.flush().then(() => this.book.load()).catch(() => undefined);
    returnTo(this.manuscript);
  }

  setSubType(subType: SubType): void {
    this.manuscript.setSubType(this.#blocks.map(({ id }) => id), subType);
    returnTo(this.manuscript);
  }

  insertPause(secs = this.pause_s): void {
    this.pause_s = secs;
    const { caret, list } = this.manuscript;
    const text = caret && list.get(caret.blockId)?.text;
    if (caret && text !== undefined && text !== null) this.manuscript.insertText(pauseBetween(secs, text.slice(0, caret.start), text.slice(caret.end)));
  }

  async lock(): Promise<void> {
    const isLocked = !this.isLocked;
    const ids = this.#blocks.map(({ id }) => id);
    if (ids.length && (await attempt(() => this.manuscript.lock(ids, isLocked)))) notices.say(t(isLocked ? "tools.locked" : "tools.unlocked", { count: ids.length }));
  }

  undo(): void {
    this.manuscript.undo();
  }

  redo(): void {
    this.manuscript.redo();
  }

  play(): void {
    void playFrom(this.manuscript);
  }

  async save(): Promise<void> {
    if (await attempt(() => this.manuscript.flush())) notices.say(t("editor.saved"));
  }

  move(direction: "up" | "down"): void {
    this.manuscript.moveBlocks(this.manuscript.chosen.map((block) => block.id), direction);
  }
}
