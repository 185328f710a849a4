/** Which tool is open beside the manuscript. It stays open while one goes from chapter to chapter. */
class Bench {
  toolId = $state<string | null>(null);
  /** How often somebody asked for a tool, so that one that is open already takes the focus again. */
  #asked = $state(0);
  #taken = 0;

  show(id: string): void {
    this.toolId = id;
    this.#asked += 1;
  }

  toggle(id: string): void {
    if (this.toolId === id) this.close();
    else this.show(id);
  }

  close(): void {
    this.toolId = null;
  }

  /** For the control of a tool that takes the focus when that tool was asked for: `{@attach bench.first("find")}`. */
  first(id: string): (element: HTMLElement) => void {
    return (element) => {
      // The tool that was open before is there until the other one is loaded.
      if (this.#asked === this.#taken || this.toolId !== id) return;
      this.#taken = this.#asked;
      element.focus();
      if (element instanceof HTMLInputElement) element.select();
    };
  }
}

export const bench = new Bench();
