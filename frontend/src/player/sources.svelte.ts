/** Where sound comes from: a file that is finished, or a chapter while it is being made. Both know when words are heard. */
import { ApiError, address, ask, askResponse } from "../api/client";
import { Feed, type Bytes } from "./feed";
import { byteFor, DELAY_S, firstFrame, MOST_FRAME_BYTES, mp3Of, tagBytes, type Mp3 } from "./mp3";
import { peaksOf, type Peaks, type PeaksAnswer } from "./peaks";
import { contract, own } from "./sound";
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
  /** Go to a time of it. Returns: whether it can, without asking for something else. */
  go(audio: HTMLAudioElement, secs: number): boolean;
}

/** Any file, as the browser itself plays it. */
export class FileSource implements Source {
  readonly isLive = false;
  readonly delay_s = 0;
  readonly timeline = null;
  readonly peaks = null;
  readonly duration_s = NaN;
  private readonly url: string;

  constructor(url: string) {
    this.url = url.startsWith("/") ? address(url) : url;
  }

  open(audio: HTMLAudioElement): Promise<void> {
    audio.src = this.url;
    return Promise.resolve();
  }

  close(): void {
    // The browser has it.
  }

  go(audio: HTMLAudioElement, secs: number): boolean {
    audio.currentTime = secs;
    return true;
  }
}

const TAG_HEAD_BYTES = 10;

/** A chapter's snapshot. Of MP3 the bytes are asked for here, so that a jump comes to the very frame. */
export class StoredSource implements Source {
  readonly isLive = false;
  readonly delay_s = 0;
  peaks = $state.raw<Peaks | null>(null);
  private readonly aborter = new AbortController();
  private reading = new AbortController();
  private feed: Feed | undefined;
  private mp3: Mp3 | null = null;

  /** place: the path of the snapshot, below /v1 and below /rhapsode/v1. */
  constructor(
    private readonly place: string,
    readonly snapshotId: string,
    readonly timeline: Timeline,
    readonly duration_s: number,
    private readonly onBroken: (problem: unknown) => void,
  ) {}

  async open(audio: HTMLAudioElement): Promise<void> {
    void this.findPeaks();
    this.mp3 = await this.findMp3();
    this.feed = this.mp3 ? Feed.for("audio/mpeg", audio, this.onBroken) : undefined;
    if (this.feed) await this.feed.open(this.duration_s);
    else audio.src = address(contract(`${this.place}/stream`));
  }

  close(): void {
    this.feed?.close();
    this.aborter.abort();
    this.reading.abort();
  }

  go(audio: HTMLAudioElement, secs: number): boolean {
    audio.currentTime = secs;
    if (this.feed && !this.feed.holds(secs)) void this.readFrom(this.feed, secs);
    return true;
  }

  private async readFrom(feed: Feed, secs: number): Promise<void> {
    feed.leave();
    this.reading.abort();
    const { signal } = (this.reading = new AbortController());
    const mp3 = this.mp3;
    if (!mp3) return;
    try {
      const from = byteFor(mp3, Math.min(secs, this.duration_s));
      const reader = (await this.ask(`bytes=${from}-`, signal)).body?.getReader() as Bytes | undefined;
      if (!reader) return;
      const beginning = await readAtLeast(reader, 2 * MOST_FRAME_BYTES);
      const found = firstFrame(mp3, beginning, from);
      if (found && !signal.aborted) feed.read(reader, found.start_s, beginning.subarray(found.at));
    } catch (problem) {
      if (!signal.aborted) this.onBroken(problem);
    }
  }

  /** What its head says; null for what isn't MP3, or says nothing. */
  private async findMp3(): Promise<Mp3 | null> {
    const tag = await this.ask(`bytes=0-${TAG_HEAD_BYTES - 1}`, this.aborter.signal);
    const fileBytes = Number(/\/(\d+)$/.exec(tag.headers.get("content-range") ?? "")?.[1]);
    if (tag.headers.get("content-type") !== "audio/mpeg" || !fileBytes) return null;
    const at = tagBytes(new Uint8Array(await tag.arrayBuffer()));
    const frame = await this.ask(`bytes=${at}-${Math.min(fileBytes, at + MOST_FRAME_BYTES) - 1}`, this.aborter.signal);
    return mp3Of(new Uint8Array(await frame.arrayBuffer()), at, fileBytes);
  }

  private ask(range: string, signal: AbortSignal): Promise<Response> {
    return askResponse(contract(`${this.place}/stream`), { headers: { accept: "audio/*", range }, signal });
  }

  private async findPeaks(): Promise<void> {
    try {
      this.peaks = peaksOf(await ask<PeaksAnswer>(own(`${this.place}/peaks`), { signal: this.aborter.signal }));
    } catch {
      // Words are drawn in place of a waveform.
    }
  }
}

async function readAtLeast(reader: Bytes, count: number): Promise<Uint8Array<ArrayBuffer>> {
  let got = new Uint8Array();
  while (got.length < count) {
    const { done, value } = await reader.read();
    if (done) break;
    const longer = new Uint8Array(got.length + value.length);
    longer.set(got);
    longer.set(value, got.length);
    got = longer;
  }
  return got;
}

interface LiveAnswer {
  is_complete: boolean;
  blocks: BlockAnswer[];
}

const LOOK_MS = 800;
const LONGEST_LOOK_MS = 10_000;

/** A chapter from a block on, while it is being made. Times are those of the stream, which begins with that block. */
export class LiveSource implements Source {
  readonly isLive = true;
  readonly peaks = null;
  /** Nothing tells browsers to leave out what encoders put before a sound. */
  readonly delay_s = DELAY_S;
  timeline = $state.raw<Timeline | null>(null);
  /** Whether all of it has been made: the next one who asks gets a file. */
  isComplete = $state(false);
  private readonly aborter = new AbortController();
  private feed: Feed | undefined;
  private waiting: (() => void)[] = [];
  private failures = 0;

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
    const coming = new AbortController();
    this.aborter.signal.addEventListener("abort", () => coming.abort());
    const response = await askResponse(path, { headers: { accept: "audio/*" }, signal: coming.signal });
    this.feed = Feed.for(response.headers.get("content-type") ?? "", audio, this.onBroken);
    if (this.feed && response.body) {
      await this.feed.open();
      this.feed.read(response.body.getReader() as Bytes);
    } else {
      coming.abort();
      audio.src = address(path);
    }
    void this.follow();
  }

  close(): void {
    this.feed?.close();
    this.aborter.abort();
    this.tell();
  }

  go(audio: HTMLAudioElement, secs: number): boolean {
    if (secs > 0 && !this.feed?.holds(secs) && !this.feed?.awaits(secs)) return false;
    if (this.feed) audio.currentTime = secs > 0 ? secs + this.delay_s : 0;
    return true;
  }

  /** Wait until it is known when a block is heard, or that it never will be. */
  async untilTimed(blockId: string): Promise<void> {
    while (!this.aborter.signal.aborted && !this.isComplete && !this.timeline?.indexOf.has(blockId))
      await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private async follow(): Promise<void> {
    while (!this.aborter.signal.aborted && !this.isComplete) {
      const began = performance.now();
      await this.look();
      // A long chapter's answer is long: it isn't asked for more often than it can be read.
      const waitMs = Math.max(LOOK_MS * 2 ** this.failures, 10 * (performance.now() - began));
      await new Promise((resolve) => setTimeout(resolve, Math.min(LONGEST_LOOK_MS, waitMs)));
    }
  }

  private async look(): Promise<void> {
    try {
      const query = { from_block_id: this.fromBlockId };
      const answer = await ask<LiveAnswer>(own(`${this.chapter}/live-timeline`), { query, signal: this.aborter.signal });
      this.timeline = timelineOf(answer.blocks);
      this.isComplete = answer.is_complete;
      this.failures = 0;
    } catch (problem) {
      this.failures += 1;
      // The sound itself tells what is wrong with the network. Of a chapter that is gone nothing more will be said.
      if (problem instanceof ApiError && !problem.isAway) this.isComplete = true;
    }
    this.tell();
  }

  private tell(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
