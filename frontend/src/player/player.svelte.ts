/** What is heard on the page: one sound at a time, wherever it was begun. */
import { Deck } from "./deck.svelte";
import { findBook, type Book } from "./finding";
import type { Peaks } from "./peaks";
import { findPlace, keepPlace } from "./places";
import type { Preferences } from "./preferences.svelte";
import type { Entry, Sound, Wish } from "./sound";
import { paragraphFrom, wordFrom, type Timeline } from "./timeline";

const SAVED_EVERY_S = 5;
/** Back to the chapter before within so many seconds of its beginning; later, to its beginning. */
const BEGUN_S = 3;

export interface From {
  fromBlockId?: string | undefined;
  /** UTF-16 units in the block's text. */
  fromUnit?: number | undefined;
  /** Not from where it was left. */
  fromStart?: boolean | undefined;
}

class Player {
  /** The project that is heard. */
  book = $state.raw<Book | null>(null);
  private savedAt_s = 0;
  private readonly deck = new Deck({
    onFound: (wish) => void this.readBook(wish),
    onMoved: () => this.moved(),
    onEnded: () => this.ended(),
    onPaused: () => this.save(),
  });

  constructor() {
    globalThis.addEventListener?.("pagehide", () => this.save());
  }

  /** null until something was played. */
  get sound(): Sound | null {
    return this.deck.sound;
  }

  /** Whether it is to be heard: also while it is waited for. */
  get isPlaying(): boolean {
    return this.deck.isPlaying;
  }

  /** Whether what comes next isn't there yet: it is on its way, or it is being made. */
  get isWaiting(): boolean {
    return this.deck.isWaiting;
  }

  /** What is in the way, in words. */
  get trouble(): string | null {
    return this.deck.trouble;
  }

  get position_s(): number {
    return this.deck.heard.position_s;
  }

  /** Of what is being made, as far as it is made. 0 while nobody knows. */
  get duration_s(): number {
    const told = this.deck.source?.duration_s ?? 0;
    return Number.isNaN(told) ? this.deck.heard.found_s : told;
  }

  get rate(): number {
    return this.deck.listening.rate;
  }

  get listening(): Preferences {
    return this.deck.listening;
  }

  get timeline(): Timeline | null {
    return this.deck.source?.timeline ?? null;
  }

  get peaks(): Peaks | null {
    return this.deck.source?.peaks ?? null;
  }

  /** Whether it is made while it is heard. */
  get isLive(): boolean {
    return this.deck.source?.isLive ?? false;
  }

  /** The word that is heard now. start, end: UTF-16 units in its block's text. */
  get place(): { chapterId: string; blockId: string; start: number; end: number } | null {
    const [word, chapterId] = [this.deck.heard.word, this.sound?.chapterId];
    return word && chapterId ? { chapterId, ...word } : null;
  }

  /** The newest sound of a chapter, else from where it was left; what is stale or missing is made on the way. */
  async playChapter(projectId: string, chapterId: string, { fromBlockId, fromUnit = 0, fromStart = false }: From = {}): Promise<void> {
    const wish: Wish = { kind: "chapter", projectId, chapterId };
    if (fromBlockId) return this.deck.begin(wish, { blockId: fromBlockId, unit: fromUnit }, true);
    if (fromStart) return this.deck.begin(wish, { secs: 0 }, true);
    const isHere = this.sound?.kind === "chapter" && this.sound.chapterId === chapterId && !this.trouble;
    if (!isHere) return this.deck.begin(wish, findPlace(chapterId) ?? { secs: 0 }, true);
    if (this.isPlaying || this.isLive) return this.play();
    return this.deck.begin(wish, this.deck.hasEnded ? { secs: 0 } : this.deck.here(), true);
  }

  /** A chapter's snapshot; or a project's, from one of its chapters on, or from a block of it. */
  async playSnapshot(
    projectId: string,
    { chapterId, snapshotId, title, fromBlockId }: { chapterId?: string | undefined; snapshotId: string; title: string; fromBlockId?: string | undefined },
  ): Promise<void> {
    const target = fromBlockId ? { blockId: fromBlockId } : { secs: 0 };
    await this.deck.begin({ kind: "snapshot", projectId, chapterId, snapshotId, title }, target, true);
  }

  /** url: of this server, or blob:. */
  async playFile({ url, title, subtitle }: { url: string; title: string; subtitle?: string | undefined }): Promise<void> {
    await this.deck.begin({ kind: "file", url, title, subtitle }, { secs: 0 }, true);
  }

  /** Hear from a word on, where its chapter or its book is played already. Returns: whether it is. */
  seekTo(chapterId: string, blockId: string, unit = 0): boolean {
    const isOfBook = this.sound?.kind === "chapter" && this.book?.chapters.some((chapter) => chapter.chapterId === chapterId);
    if (this.sound?.kind === "snapshot" && this.sound.chapterId === chapterId) void this.deck.moveTo({ blockId, unit });
    else if (isOfBook && this.book) void this.playChapter(this.book.projectId, chapterId, { fromBlockId: blockId, fromUnit: unit });
    else return false;
    return true;
  }

  /** Hear what is played from one of its words on. */
  hearFrom(blockId: string, unit: number): void {
    void this.deck.moveTo({ blockId, unit }).then(() => this.play());
  }

  play(): void {
    if (this.deck.hasEnded && this.deck.wish) void this.deck.begin(this.deck.wish, { secs: 0 }, true);
    else this.deck.play();
  }

  pause(): void {
    this.deck.pause();
  }

  toggle(): void {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  seek(secs: number): void {
    void this.deck.moveTo({ secs: Math.min(Math.max(0, secs), this.duration_s || secs) });
  }

  skip(secs: number): void {
    this.seek(this.position_s + secs);
  }

  /** To the paragraph before or behind, also where what is being made was begun in the middle of the chapter. */
  skipParagraph(step: 1 | -1): void {
    if (!this.timeline) return;
    const secs = paragraphFrom(this.timeline, this.position_s, step);
    if (secs !== undefined) return this.seek(secs);
    const first = this.timeline.blocks[0]?.id;
    const before = step === -1 && this.isLive && first ? this.deck.blockIds[this.deck.blockIds.indexOf(first) - 1] : undefined;
    if (before) void this.deck.moveTo({ blockId: before });
    else if (step === -1) this.seek(0);
    else if (!this.isLive) this.skipChapter(1);
  }

  skipWord(step: 1 | -1): void {
    const secs = this.timeline ? wordFrom(this.timeline, this.position_s, step) : undefined;
    if (secs !== undefined) this.seek(secs);
  }

  /** What is before or behind, in the book or in the snapshot. */
  neighbour(step: 1 | -1): Entry | undefined {
    const entries = this.deck.entries ?? (this.sound?.kind === "chapter" ? this.book?.chapters : undefined) ?? [];
    const here = entries.findIndex((entry) => entry.chapterId === this.sound?.chapterId);
    return here < 0 ? undefined : entries[here + step];
  }

  skipChapter(step: 1 | -1): void {
    const next = this.neighbour(step);
    const wish = this.deck.wish;
    if (step === -1 && (this.position_s > BEGUN_S || !next)) this.seek(0);
    else if (next && wish && wish.kind !== "file") void this.deck.begin({ ...wish, chapterId: next.chapterId }, { secs: 0 }, this.isPlaying);
  }

  setRate(rate: number): void {
    this.listening.change({ rate });
    this.deck.adjust();
  }

  setVolume(volume: number): void {
    this.listening.change({ volume });
    this.deck.adjust();
  }

  mute(): void {
    this.listening.isMuted = !this.listening.isMuted;
    this.deck.adjust();
  }

  /** End it, and let the bar go. */
  stop(): void {
    this.deck.end();
    this.book = null;
  }

  private async readBook(wish: Wish): Promise<void> {
    if (wish.kind === "file") {
      this.book = null;
      return;
    }
    if (wish.kind === "snapshot" && this.book?.projectId === wish.projectId) return;
    try {
      this.book = await findBook(wish.projectId);
    } catch {
      // Its name isn't shown, and it ends with its chapter.
    }
  }

  private moved(): void {
    if (Math.abs(this.position_s - this.savedAt_s) < SAVED_EVERY_S) return;
    this.deck.goesOn();
    this.save();
  }

  private save(): void {
    const [sound, word] = [this.sound, this.deck.heard.word];
    this.savedAt_s = this.position_s;
    if (sound?.kind === "chapter" && sound.chapterId && word) keepPlace(sound.chapterId, { blockId: word.blockId, unit: word.start });
  }

  private ended(): void {
    if (this.sound?.kind === "chapter" && this.sound.chapterId) keepPlace(this.sound.chapterId, null);
    if (this.neighbour(1)) this.skipChapter(1);
    else this.deck.pause();
  }
}

export const player = new Player();
