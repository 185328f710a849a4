/** Where in a sound one is, by the picture: the time, and the word that is heard. */
import type { Source } from "./sources.svelte";
import { placeOf, wordAt, type WordPlace } from "./timeline";

export class Heard {
  position_s = $state(0);
  word = $state.raw<WordPlace | null>(null);
  /** How long it is, as far as the browser has found out; 0 until then, and for what has no end yet. */
  found_s = $state(0);
  private index = -1;
  private source: Source | null = null;
  private audio: HTMLAudioElement | null = null;
  private isFollowed = false;

  begin(source: Source, audio: HTMLAudioElement): void {
    [this.source, this.audio, this.index] = [source, audio, -1];
    [this.position_s, this.found_s, this.word] = [0, 0, null];
  }

  end(): void {
    [this.source, this.position_s, this.found_s, this.word] = [null, 0, 0, null];
  }

  /** Look at every picture, as long as something is played. */
  follow(): void {
    if (this.isFollowed) return;
    this.isFollowed = true;
    const next = (): void => {
      this.look();
      this.isFollowed = this.audio !== null && !this.audio.paused;
      if (this.isFollowed) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  }

  /**
   * Look now. An element's time is that of what leaves the loudspeakers: browsers take what lies in buffers and in the device
   * off before they say it, so there is nothing more to correct than the source's own delay.
   */
  look(): void {
    const { source, audio } = this;
    if (!source || !audio) return;
    this.position_s = Math.max(0, audio.currentTime - source.delay_s);
    this.found_s = Number.isFinite(audio.duration) ? audio.duration : 0;
    const index = source.timeline ? wordAt(source.timeline, this.position_s) : -1;
    const place = source.timeline ? placeOf(source.timeline, index) : null;
    if (index === this.index && place?.blockId === this.word?.blockId) return;
    [this.index, this.word] = [index, place];
  }
}
