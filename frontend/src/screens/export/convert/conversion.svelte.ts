/** A conversion, from what it will cost to what has become of it. */
import type { Plan } from "../../../api/types";
import { duration, t } from "../../../messages";
import { attempt, notices } from "../../../state/notices.svelte";
import type { ChapterProgress, ConversionEnd } from "../../editor/live.svelte";
import * as calls from "../calls";
import type { Desk } from "../desk.svelte";
import { milestone, type Moment } from "./milestones";

/** A chapter whose last conversion failed. error_block_id: at which paragraph, where it was one. */
export interface Failure {
  chapter_id: string;
  error: string;
  error_block_id: string | null;
}

export class Conversion {
  plan = $state.raw<Promise<Plan>>();
  /** Whether something was asked for, and isn't answered yet. */
  isAsking = $state(false);
  /** What is read out to those who don't see the bar. */
  said = $state("");
  #before: Moment = { isRunning: false, progress: null };

  constructor(readonly desk: Desk) {}

  get #live() {
    return this.desk.book.live;
  }

  /** Of the project and its chapters, running or waiting. */
  get isRunning(): boolean {
    const state = this.#live.progress?.state;
    return state === "converting" || state === "in_queue";
  }

  get isCreating(): boolean {
    return this.#live.progress?.state === "creating";
  }

  get progress(): number | null {
    return this.#live.progress?.progress ?? null;
  }

  /** null while nobody can tell, and when it is as good as done. */
  get remaining_s(): number | null {
    const left_s = this.#live.progress?.remaining_secs ?? null;
    return left_s !== null && left_s >= 1 ? left_s : null;
  }

  /** Of the chapters that are there now, in order. */
  get chapters(): (ChapterProgress & { name: string })[] {
    return this.desk.chapters.flatMap((chapter) => {
      const told = this.#live.chapters[chapter.chapter_id];
      return told ? [{ ...told, name: chapter.name }] : [];
    });
  }

  get failures(): Failure[] {
    return this.isRunning ? [] : this.chapters.flatMap((chapter) => (chapter.error ? [{ ...chapter, error: chapter.error }] : []));
  }

  /** Rises with each edit of what is meant. */
  get revision(): number {
    const { chapterId } = this.desk;
    return this.chapters.reduce((sum, chapter) => sum + (chapterId === null || chapterId === chapter.chapter_id ? chapter.revision : 0), 0);
  }

  look(): void {
    this.plan = calls.getPlan(this.desk.projectId, this.desk.chapterId);
  }

  async convert(): Promise<void> {
    await this.#ask(() => calls.convert(this.desk.projectId, this.desk.chapterId));
  }

  /** The chapters that have failed, again. */
  async tryAgain(): Promise<void> {
    const [only, ...others] = this.failures;
    await this.#ask(() => calls.convert(this.desk.projectId, only && !others.length ? only.chapter_id : null));
  }

  async refresh(): Promise<void> {
    await this.#ask(async () => {
      const { segments_to_speak, characters_to_speak } = await calls.refresh(this.desk.projectId, this.desk.chapterId);
      notices.say(segments_to_speak ? t("export.refreshing", { count: characters_to_speak }) : t("export.nothingToRefresh"));
    });
  }

  async cancel(): Promise<void> {
    await attempt(() => calls.cancel(this.desk.projectId));
  }

  /** Say how far it is, now and then. */
  announce(): void {
    const now: Moment = { isRunning: this.isRunning, progress: this.progress };
    const passed = milestone(this.#before, now);
    this.#before = now;
    if (!passed) return;
    const left = this.remaining_s === null ? "" : t("export.left", { time: duration(this.remaining_s) });
    this.said = [t(`export.said_${passed}`), left].filter(Boolean).join(" ");
  }

  ended({ outcome, error }: ConversionEnd): void {
    this.said = t(`export.ended_${outcome}`, { message: error ?? "" });
  }

  async #ask(action: () => Promise<unknown>): Promise<void> {
    this.isAsking = true;
    await attempt(async () => {
      await this.desk.flush();
      await action();
    });
    this.isAsking = false;
  }
}
