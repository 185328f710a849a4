/** Which items are chosen: by their ids, so that it outlasts what is shown. */
import { SvelteSet } from "svelte/reactivity";

export class Selection {
  readonly ids = new SvelteSet<string>();
  private anchor: string | null = null;

  /** Choose one, or leave it; with Shift, all from the one before to this one. shown: ids in their order. */
  choose(id: string, chosen: boolean, shown: readonly string[], withRange: boolean): void {
    const range = withRange && this.anchor !== null ? between(shown, this.anchor, id) : [id];
    this.set(range, chosen);
    this.anchor = id;
  }

  set(ids: Iterable<string>, chosen: boolean): void {
    for (const id of ids) {
      if (chosen) this.ids.add(id);
      else this.ids.delete(id);
    }
  }

  clear(): void {
    this.ids.clear();
    this.anchor = null;
  }
}

/** All from one to another, both included, whichever is first; the second alone where the first isn't there. */
export function between(shown: readonly string[], first: string, second: string): string[] {
  const [from, to] = [shown.indexOf(first), shown.indexOf(second)];
  return from < 0 || to < 0 ? [second] : shown.slice(Math.min(from, to), Math.max(from, to) + 1);
}
