/**
 * What the browser keeps for this page. A person may forbid that, and then even to name the storage throws: nothing is there
 * then, and nothing can be kept, which is no reason not to work.
 */

export type Store = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

export class Keeper {
  readonly #find: () => Store;

  /** find: asked each time, for what it does may throw. */
  constructor(find: () => Store = () => localStorage) {
    this.#find = find;
  }

  read(key: string): string | null {
    return this.#tried((store) => store.getItem(key), null);
  }

  /** The same as JSON; null for what isn't there or can't be read. */
  readJson<T>(key: string): T | null {
    try {
      return JSON.parse(this.read(key) ?? "null") as T | null;
    } catch {
      return null;
    }
  }

  /** Keep a text; null to forget it. Returns whether that could be done: storage may be full or forbidden. */
  keep(key: string, text: string | null): boolean {
    return this.#tried((store) => (text === null ? store.removeItem(key) : store.setItem(key, text), true), false);
  }

  /** The keys that begin so. */
  listKeys(prefix: string): string[] {
    const all = this.#tried((store) => Array.from({ length: store.length }, (_, index) => store.key(index) ?? ""), []);
    return all.filter((key) => key.startsWith(prefix));
  }

  #tried<T>(action: (store: Store) => T, otherwise: T): T {
    try {
      return action(this.#find());
    } catch {
      return otherwise;
    }
  }
}

export const kept = new Keeper();
