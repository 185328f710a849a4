/**
 * MP3 that comes to exist while it is heard, given to the browser piece by piece: so that what has been made can be
 * gone about in, and what hasn't is waited for. An address alone can't be gone about in, as it takes no ranges yet.
 * Source: Media Source Extensions, and the byte stream format "audio/mpeg".
 */
import { address, askResponse } from "../api/client";

interface Hooks {
  /** The connection broke off: the conversion has failed, or the network. */
  onBroken: (problem: unknown) => void;
}

interface Makers {
  ManagedMediaSource?: typeof MediaSource;
  MediaSource?: typeof MediaSource;
}

/** A browser keeps twelve minutes of MP3; the server makes what comes next a minute ahead. */
const AHEAD_S = 90;
const KEPT_BEHIND_S = 60;
const LOOK_MS = 500;

export class Feed {
  /** Whether one can go about in what has come; where not, the browser plays it as it comes. */
  isOpen = false;
  private readonly aborter = new AbortController();
  private buffer: SourceBuffer | undefined;
  private blobUrl: string | undefined;

  constructor(
    private readonly path: string,
    private readonly audio: HTMLAudioElement,
    private readonly hooks: Hooks,
  ) {}

  /** Begin. Returns: when the browser has been given something to play. Throws: ApiError. */
  async open(): Promise<void> {
    const response = await askResponse(this.path, { headers: { accept: "audio/*" }, signal: this.aborter.signal });
    const type = response.headers.get("content-type") ?? "";
    const { ManagedMediaSource: Managed, MediaSource: Plain } = globalThis as Makers;
    const Maker = Managed ?? Plain;
    if (!response.body || !Maker?.isTypeSupported(type)) {
      this.aborter.abort();
      this.audio.src = address(this.path);
      return;
    }
    const source = new Maker();
    if (Managed) this.audio.disableRemotePlayback = true;
    this.blobUrl = URL.createObjectURL(source);
    const opened = new Promise((resolve) => source.addEventListener("sourceopen", resolve, { once: true }));
    this.audio.src = this.blobUrl;
    await opened;
    this.buffer = source.addSourceBuffer(type);
    this.isOpen = true;
    void this.pump(response.body.getReader(), source, this.buffer);
  }

  close(): void {
    this.isOpen = false;
    this.aborter.abort();
    if (this.blobUrl) URL.revokeObjectURL(this.blobUrl);
  }

  /** Whether what is heard at a time is there, or will come by itself. */
  reaches(secs: number): boolean {
    const kept = this.isOpen ? this.buffer?.buffered : undefined;
    return kept !== undefined && (kept.length === 0 ? secs < 1 : secs >= kept.start(0));
  }

  private async pump(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>, source: MediaSource, buffer: SourceBuffer): Promise<void> {
    try {
      for (;;) {
        await this.untilWanted(buffer);
        const { done, value } = await reader.read();
        if (!this.isOpen) return;
        if (done) return source.endOfStream();
        await this.append(buffer, value);
      }
    } catch (problem) {
      if (this.isOpen) this.hooks.onBroken(problem);
    }
  }

  private async untilWanted(buffer: SourceBuffer): Promise<void> {
    const ahead = (): number => (buffer.buffered.length ? buffer.buffered.end(buffer.buffered.length - 1) : 0) - this.audio.currentTime;
    while (this.isOpen && ahead() > AHEAD_S) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
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
  }
}

function changed(buffer: SourceBuffer, change: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    buffer.onupdateend = () => resolve();
    buffer.onerror = () => reject(new Error("What came can't be played."));
    change();
  });
}
