/** Where sound comes from: a file that is finished, or a chapter while it is being made. Both know when words are heard. */
import { ApiError, address, ask } from "../api/client";
import { Feed } from "./feed";
import { peaksOf, type Peaks, type PeaksAnswer } from "./peaks";
import { own } from "./sound";
import { endOf, timelineOf, type BlockAnswer, type Timeline } from "./timeline";

export interface Source {
  readonly isLive: boolean;
  readonly timeline: Timeline | null;
  readonly peaks: Peaks | null;
  /** NaN where the browser has to find out. */
  readonly duration_s: number;
  /** How much later its words are heard than its times say. */
  readonly delay_s: number;
  /** Give it to the browser. Throws: ApiError. */
  open(audio: HTMLAudioElement): Promise<void>;
  close(): void;
  /** Whether the browser can go to a time of it without asking for something else. */
  reaches(secs: number): boolean;
}

/** A file. Its times are exact: an Info frame tells browsers what to leave out at the beginning. */
export class StoredSource implements Source {
  readonly isLive = false;
  readonly delay_s = 0;
  peaks = $state.raw<Peaks | null>(null);
  private readonly aborter = new AbortController();

  /** snapshotId: the chapter's. peaksPath: where its waveform is, which the server may have to make first. */
  constructor(
    readonly url: string,
    readonly snapshotId: string | null = null,
    readonly timeline: Timeline | null = null,
    readonly duration_s = NaN,
    private readonly peaksPath: string | null = null,
  ) {}

  async open(audio: HTMLAudioElement): Promise<void> {
    audio.src = this.url;
    void this.findPeaks();
    return Promise.resolve();
  }

  close(): void {
    this.aborter.abort();
  }

  reaches(): boolean {
    return true;
  }

  private async findPeaks(): Promise<void> {
    if (!this.peaksPath || this.peaks) return;
    try {
      this.peaks = peaksOf(await ask<PeaksAnswer>(this.peaksPath, { signal: this.aborter.signal }));
    } catch {
      // A line is drawn in place of a waveform.
    }
  }
}

export const storedFile = (url: string): StoredSource => new StoredSource(url.startsWith("/") ? address(url) : url);

interface LiveAnswer {
  is_complete: boolean;
  blocks: BlockAnswer[];
}

/** What an MP3 encoder puts before a sound and a decoder adds (576 + 529 samples): nothing tells browsers to leave it out here. */
const LIVE_DELAY_S = 1105 / 44_100;
const LOOK_MS = 800;
const LONGEST_LOOK_MS = 10_000;

/** A chapter from a block on, while it is being made. Times are those of the stream, which begins with that block. */
export class LiveSource implements Source {
  readonly isLive = true;
  readonly peaks = null;
  readonly delay_s = LIVE_DELAY_S;
  timeline = $state.raw<Timeline | null>(null);
  /** Whether all of it has been made: the next one who asks gets a file. */
  isComplete = $state(false);
  private feed: Feed | undefined;
  private isClosed = false;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly chapter: string,
    readonly fromBlockId: string,
    private readonly onBroken: (problem: unknown) => void,
  ) {}

  get duration_s(): number {
    return this.timeline ? endOf(this.timeline) : 0;
  }

  async open(audio: HTMLAudioElement): Promise<void> {
    const path = own(`${this.chapter}/stream?from_block_id=${encodeURIComponent(this.fromBlockId)}`);
    this.feed = new Feed(path, audio, { onBroken: this.onBroken });
    await this.feed.open();
    void this.follow();
  }

  close(): void {
    this.isClosed = true;
    this.feed?.close();
    this.tell();
  }

  reaches(secs: number): boolean {
    return this.feed?.reaches(secs) ?? false;
  }

  /** Wait until it is known when a block is heard, or that it never will be. */
  async untilTimed(blockId: string): Promise<void> {
    while (!this.isClosed && !this.isComplete && !this.timeline?.indexOf.has(blockId))
      await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private async follow(): Promise<void> {
    while (!this.isClosed && !this.isComplete) {
      const began = performance.now();
      await this.look();
      const took = performance.now() - began;
      // A long chapter's answer is long: it isn't asked for more often than it can be read.
      await new Promise((resolve) => setTimeout(resolve, Math.min(LONGEST_LOOK_MS, Math.max(LOOK_MS, 10 * took))));
    }
  }

  private async look(): Promise<void> {
    try {
      const answer = await ask<LiveAnswer>(own(`${this.chapter}/live-timeline`), { query: { from_block_id: this.fromBlockId } });
      if (this.isClosed) return;
      this.timeline = timelineOf(answer.blocks);
      this.isComplete = answer.is_complete;
    } catch (problem) {
      // The sound itself tells what is wrong with the network; of a chapter that is gone nothing more will be said.
      if (problem instanceof ApiError && !problem.isAway) this.isClosed = true;
    }
    this.tell();
  }

  private tell(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
