/** Of questions whose answers may come in another order, the newest one counts. */
export class Newest {
  #count = 0;

  /** Ask, and use the answer unless something else was asked meanwhile. Throws: what the question does. */
  async ask<T>(question: () => Promise<T>, use: (answer: T) => void): Promise<void> {
    const mine = (this.#count += 1);
    const answer = await question();
    if (mine === this.#count) use(answer);
  }
}
