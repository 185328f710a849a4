/** A list of the server's, which is asked for again whenever something was done to it. */
import { ask, type Options } from "../api/client";
import { attempt } from "../state/notices.svelte";

export class Listing<T> {
  #round = $state(0);
  /** What the server answers, for `Loaded`. */
  readonly answer: Promise<T> = $derived.by(() => this.#read(this.#round));

  /** path: of the list; an entry is below it, by its id. query: what is asked with it, again when it changes. */
  constructor(
    readonly path: string,
    readonly query: () => Options["query"] = () => undefined,
  ) {}

  readonly load = (): void => void (this.#round += 1);

  /** Add an entry. Throws: ApiError. */
  async add<Made>(json: unknown): Promise<Made> {
    const made = await ask<Made>(this.path, { method: "POST", json });
    this.load();
    return made;
  }

  /** Change an entry, or tell why not; either way the list has what holds. */
  readonly change = (id: string, json: unknown): Promise<void> => this.#act(id, { method: "PATCH", json });

  /** The same for one that goes. */
  readonly remove = (id: string): Promise<void> => this.#act(id, { method: "DELETE" });

  async #act(id: string, options: Options): Promise<void> {
    await attempt(() => ask(`${this.path}/${encodeURIComponent(id)}`, options));
    this.load();
  }

  #read(_round: number): Promise<T> {
    return ask<T>(this.path, { query: this.query() });
  }
}
