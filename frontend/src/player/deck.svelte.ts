/** One sound in the browser's element: begun at a place, gone about in, and mended where it breaks off. */
import { t } from "../messages";
import { notices } from "../state/notices.svelte";
import { find, type Found } from "./finding";
import { Heard } from "./heard.svelte";
import { Preferences } from "./preferences.svelte";
import type { Entry, Sound, Target, Wish } from "./sound";
import { LiveSource, type Source } from "./sources.svelte";
import { named, secsOf } from "./targets";
import { untilBack } from "./waiting";

const MOST_MENDINGS = 3;

interface Hooks {
  onFound: (wish: Wish) => void;
  onMoved: () => void;
  onEnded: () => void;
  /** Paused, by whatever. */
  onPaused: () => void;
}

export class Deck {
  sound = $state.raw<Sound | null>(null);
  source = $state.raw<Source | null>(null);
  entries = $state.raw<readonly Entry[] | null>(null);
  isPlaying = $state(false);
  isWaiting = $state(false);
  trouble = $state<string | null>(null);
  wish: Wish | null = null;
  blockIds: readonly string[] = [];
  readonly heard = new Heard();
  readonly listening = new Preferences();
  private turn = new AbortController();
  private element: HTMLAudioElement | undefined;
  /** Why no more comes of what is being played; heard is still what has come. */
  private broken: unknown = null;
  private isMending = false;
  /** Where somebody wanted to be last, for when what is there can't tell. */
  private last: Target = { secs: 0 };
  private mendings = 0;

  constructor(private readonly hooks: Hooks) {}

  get hasEnded(): boolean {
    return this.element?.ended ?? false;
  }

  /** Something else, or something of what is there. Tells what goes wrong. */
  async begin(wish: Wish, target: Target, play: boolean): Promise<void> {
    this.hooks.onPaused();
    this.mendings = 0;
    this.trouble = null;
    this.isPlaying = play;
    try {
      await this.open(wish, target, true);
    } catch (problem) {
      this.halt();
      notices.fail(problem);
    }
  }

  play(): void {
    const isLost = !this.source || this.trouble !== null || this.audio.error !== null;
    if (isLost && this.wish) return void this.begin(this.wish, this.source ? this.here() : this.last, true);
    if (!this.source) return;
    this.isPlaying = true;
    void this.start();
  }

  pause(): void {
    this.halt();
    this.hooks.onPaused();
    void this.settle();
  }

  end(): void {
    this.halt();
    this.hooks.onPaused();
    this.turn.abort();
    this.source?.close();
    [this.source, this.sound, this.wish, this.entries, this.trouble] = [null, null, null, null, null];
    this.heard.end();
    this.element?.removeAttribute("src");
    this.element?.load();
  }

  /** Go to a place of what is there, or else of what has it. */
  async moveTo(target: Target): Promise<void> {
    if (!this.wish) return;
    const isMade = this.source instanceof LiveSource && this.source.isComplete;
    if (!isMade && !this.audio.error && (await this.goTo(target))) return;
    await this.begin(this.wish, this.named(target), this.isPlaying);
  }

  /** The present place, in words that are true in every sound of a chapter. */
  here(): Target {
    return this.named({ secs: this.heard.position_s });
  }

  /** Take over how fast and how loud it is to be. */
  adjust(): void {
    const { rate, volume, isMuted } = this.listening;
    // A new sound begins with the default rate.
    Object.assign(this.audio, { defaultPlaybackRate: rate, playbackRate: rate, volume, muted: isMuted });
  }

  /** What is heard goes on: what has broken off before is forgotten. */
  goesOn(): void {
    this.mendings = 0;
  }

  private get audio(): HTMLAudioElement {
    if (this.element) return this.element;
    const audio = document.createElement("audio");
    audio.preload = "auto";
    document.body.append(audio);
    audio.addEventListener("playing", () => ((this.isWaiting = false), (this.trouble = null)));
    audio.addEventListener("waiting", () => this.starve());
    for (const name of ["seeked", "loadedmetadata", "durationchange"]) audio.addEventListener(name, () => this.heard.look());
    audio.addEventListener("timeupdate", () => (this.heard.look(), this.hooks.onMoved()));
    audio.addEventListener("ended", () => this.hooks.onEnded());
    audio.addEventListener("error", () => void this.mend(audio.error));
    // A headset, or another program that wants to be heard.
    audio.addEventListener("pause", () => !audio.ended && this.isPlaying && !this.isWaiting && this.pause());
    this.element = audio;
    this.adjust();
    return audio;
  }

  /** Find the sound and go to a place of it. Throws: ApiError; Error. */
  private async open(wish: Wish, target: Target, mayConvert: boolean): Promise<void> {
    this.turn.abort();
    const { signal } = (this.turn = new AbortController());
    this.isWaiting = true;
    this.last = target;
    const fromBlockId = "blockId" in target ? target.blockId : undefined;
    const present = this.audio.error ? null : this.source;
    try {
      const found = await find(wish, { signal, present, fromBlockId, mayConvert, onBroken: (problem) => this.breaks(problem) });
      if (signal.aborted) return;
      await this.use(wish, found);
      if (signal.aborted) return;
      if (!(await this.goTo(target)) && this.source === found.source) await this.goTo({ secs: 0 });
    } catch (problem) {
      if (!signal.aborted) throw problem;
    }
  }

  private async use(wish: Wish, found: Found): Promise<void> {
    [this.wish, this.entries, this.blockIds, this.sound] = [wish, found.entries, found.blockIds, found.sound];
    this.hooks.onFound(wish);
    if (found.source === this.source) return;
    this.audio.pause();
    this.source?.close();
    this.broken = null;
    this.source = found.source;
    this.heard.begin(found.source, this.audio);
    try {
      await found.source.open(this.audio);
    } catch (problem) {
      if (this.source === found.source) this.source = null;
      throw problem;
    }
  }

  /** Returns: whether the place is within reach of what is there. */
  private async goTo(target: Target): Promise<boolean> {
    const { source, turn } = this;
    if (!source) return false;
    const isInside = "blockId" in target && Boolean(target.unit || target.offset_s);
    if (source instanceof LiveSource && isInside && target.blockId === source.fromBlockId) await source.untilTimed(target.blockId);
    if (source !== this.source || turn !== this.turn) return true;
    const secs = secsOf(target, source);
    if (secs === undefined || !source.go(this.audio, secs)) return false;
    this.heard.look();
    if (this.isPlaying) void this.start();
    else this.isWaiting = false;
    return true;
  }

  private named(target: Target): Target {
    return named(target, this.source?.timeline);
  }

  private async start(): Promise<void> {
    this.adjust();
    try {
      const played = this.audio.play();
      this.heard.follow();
      await played;
    } catch (problem) {
      // A browser wants to be asked by a person first. What else goes wrong is told by an event, or is no longer wanted.
      if (problem instanceof DOMException && problem.name === "NotAllowedError") this.halt();
    }
  }

  private halt(): void {
    [this.isPlaying, this.isWaiting] = [false, false];
    this.element?.pause();
  }

  /** While nothing is heard, take the file in place of what was made: the same sound, with its waveform. */
  private async settle(): Promise<void> {
    const { source, wish } = this;
    if (!(source instanceof LiveSource) || !source.isComplete || !wish) return;
    try {
      await this.open(wish, this.here(), false);
    } catch {
      // What was made is still there.
      this.isWaiting = false;
    }
  }

  private breaks(problem: unknown): void {
    this.broken = problem;
    if (this.isWaiting) void this.mend(problem);
  }

  private starve(): void {
    this.isWaiting = true;
    if (this.broken !== null) void this.mend(this.broken);
  }

  /** Go on where it was, as soon as what was in the way is gone. */
  private async mend(problem: unknown): Promise<void> {
    const wish = this.wish;
    if (!wish || this.isMending || !this.audio.hasAttribute("src")) return;
    if ((this.mendings += 1) > MOST_MENDINGS) return this.fail(new Error(t("player.unplayable", { message: said(problem) })));
    this.isMending = true;
    const source = this.source;
    let target = this.here();
    const isWanted = (): boolean => this.wish === wish;
    const again = async (): Promise<void> => {
      // Meanwhile it may have been gone about in; another one that couldn't be begun doesn't know where it was.
      if (source && this.source === source) target = this.here();
      if (!isWanted()) return;
      await this.open(wish, target, false);
      this.trouble = null;
    };
    try {
      await untilBack(again, isWanted, () => (this.trouble = t("player.away")));
    } catch (next) {
      this.fail(next);
    }
    this.isMending = false;
  }

  private fail(problem: unknown): void {
    this.halt();
    this.trouble = said(problem);
  }
}

const said = (problem: unknown): string => (problem as { message?: string } | null)?.message || String(problem);
