/** Samples of voices: one at a time. */
import { notices } from "../../state/notices.svelte";

class Sampler {
  /** The address of what is heard now. */
  playing = $state<string | null>(null);
  readonly #audio = new Audio();

  constructor() {
    this.#audio.onended = this.#audio.onpause = () => (this.playing = null);
  }

  toggle(url: string, _title: string): void {
    if (this.playing === url) {
      this.#audio.pause();
      return;
    }
    this.#audio.src = url;
    this.playing = url;
    this.#audio.play().catch((problem: unknown) => {
      this.playing = null;
      notices.fail(problem);
    });
  }
}

export const sampler = new Sampler();
