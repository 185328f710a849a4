/** A form on its way to the server: whether it is, and what was said against it. */
import { wordsOf } from "./words";

export class Sending {
  problem = $state("");
  isBusy = $state(false);

  /** action: sends it, and does what follows where that worked. */
  constructor(readonly action: () => Promise<unknown>) {}

  /** For `onsubmit`. What is on its way isn't sent a second time. */
  readonly submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!this.isBusy) void this.#send();
  };

  async #send(): Promise<void> {
    [this.isBusy, this.problem] = [true, ""];
    try {
      await this.action();
    } catch (error) {
      this.problem = wordsOf(error);
    }
    this.isBusy = false;
  }
}
