/**
 * MP3 that is given to the browser piece by piece. Of what comes to exist while it is heard, what has been made can be gone
 * about in, and what hasn't is waited for; of a file, a jump is exact.
 * Source: Media Source Extensions, and the byte stream format "audio/mpeg".
 */

export type Bytes = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

interface Makers {
  ManagedMediaSource?: typeof MediaSource;
  MediaSource?: typeof MediaSource;
}

/** A browser keeps twelve minutes of MP3; the server makes what comes next a minute ahead. */
const AHEAD_S = 90;
const KEPT_BEHIND_S = 60;
const LOOK_MS = 500;
/** Two stretches that are so near are heard as one. */
const NEAR_S = 0.1;

export class Feed {
  private readonly source: MediaSource;
  private readonly blobUrl: string;
  private buffer: SourceBuffer | undefined;
  /** What is being read; another one takes its place. */
  private reader: Bytes | undefined;
  private end_s = 0;

  /** Returns: undefined where the browser has to be given an address. */
  static for(type: string, audio: HTMLAudioElement, onBroken: (problem: unknown) => void): Feed | undefined {
    const { ManagedMediaSource: Managed, MediaSource: Plain } = globalThis as Makers;
    const Maker = Managed ?? Plain;
    return Maker?.isTypeSupported(type) ? new Feed(Maker, type, audio, onBroken) : undefined;
  }

  private constructor(
    Maker: typeof MediaSource,
    private readonly type: string,
    private readonly audio: HTMLAudioElement,
    private readonly onBroken: (problem: unknown) => void,
  ) {
    this.source = new Maker();
    this.blobUrl = URL.createObjectURL(this.source);
    // Without it some browsers take no such source.
    if ("ManagedMediaSource" in globalThis) audio.disableRemotePlayback = true;
  }

  async open(duration_s?: number): Promise<void> {
    const opened = new Promise((resolve) => this.source.addEventListener("sourceopen", resolve, { once: true }));
    this.audio.src = this.blobUrl;
    await opened;
    this.buffer = this.source.addSourceBuffer(this.type);
    if (duration_s !== undefined) this.source.duration = duration_s;
  }

  /** Read no more of what is being read: that it breaks off is no news. */
  leave(): void {
    this.reader = undefined;
  }

  close(): void {
    this.leave();
    URL.revokeObjectURL(this.blobUrl);
  }

  /** Whether what is heard at a time is there, or comes next. */
  holds(secs: number): boolean {
    const kept = this.buffer?.buffered;
    if (!kept) return false;
    for (let range = 0; range < kept.length; range += 1) if (secs >= kept.start(range) - NEAR_S && secs < kept.end(range)) return true;
    return false;
  }

  /** Whether a time is behind what has come of what is being read, so that it will come by itself. */
  awaits(secs: number): boolean {
    return this.reader !== undefined && secs >= this.end_s - NEAR_S;
  }

  /** Take what a reader brings, in place of what was being read. start_s: when it is heard.    first: what was read of it before. */
  read(reader: Bytes, start_s = 0, first?: Uint8Array<ArrayBuffer>): void {
    this.reader = reader;
    this.end_s = start_s;
    void this.pump(reader, start_s, first);
  }

  private async pump(reader: Bytes, start_s: number, first?: Uint8Array<ArrayBuffer>): Promise<void> {
    const { buffer } = this;
    const isOver = (): boolean => this.reader !== reader;
    if (!buffer) return;
    try {
      if (buffer.updating) await changed(buffer);
      if (isOver()) return;
      if (this.source.readyState === "open") buffer.abort();
      buffer.timestampOffset = start_s;
      if (first) await this.append(buffer, first);
      for (;;) {
        while (!isOver() && this.end_s - this.audio.currentTime > AHEAD_S) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        if (isOver()) return;
        const { done, value } = await reader.read();
        if (isOver()) return;
        if (done) break;
        await this.append(buffer, value);
      }
      this.reader = undefined;
      this.source.endOfStream();
    } catch (problem) {
      if (isOver()) return;
      this.reader = undefined;
      this.onBroken(problem);
    }
  }

  private async append(buffer: SourceBuffer, piece: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await changed(buffer, () => buffer.appendBuffer(piece));
    } catch (problem) {
      const behind = this.audio.currentTime - KEPT_BEHIND_S;
      if (!(problem instanceof DOMException && problem.name === "QuotaExceededError") || behind <= 0) throw problem;
      await changed(buffer, () => buffer.remove(0, behind));
      await changed(buffer, () => buffer.appendBuffer(piece));
    }
    // Each piece is put behind the one before.
    this.end_s = buffer.timestampOffset;
  }
}

function changed(buffer: SourceBuffer, change: () => void = () => undefined): Promise<void> {
  // A book is thousands of pieces: none leaves a listener behind.
  const over = new AbortController();
  const { signal } = over;
  return new Promise<void>((resolve, reject) => {
    buffer.addEventListener("updateend", () => resolve(), { signal });
    buffer.addEventListener("error", () => reject(new Error("What came can't be played.")), { signal });
    change();
  }).finally(() => over.abort());
}
