/**
 * Edits that the server doesn't have yet, kept in the browser from the key that made them on.
 *
 * One small entry for each block, in local storage: it is written before the next key is read, which no database that
 * answers later can promise when the tab is closed. Each tab writes its own; those of a tab that is gone are taken over
 * by the next one that opens the chapter. To send them twice does no harm, for edits are done once.
 */
import { kept, type Keeper } from "../../state/storage";
import type { BlockText } from "./content";
import { newId } from "./ids";

/** was: as the server had it; null for nothing.    to: as it is to be; null for deleted.    sent: what may have arrived. */
export interface Entry {
  blockId: string;
  was: BlockText | null;
  to: BlockText | null;
  sent?: BlockText | null;
  /** Behind which block it is, and how many blocks are before it. */
  after: string | null;
  index: number;
  moved: boolean;
}

export interface Place {
  owner: string;
  projectId: string;
  chapterId: string;
}

const ROOT = "rhapsode.unsent";
const TAB = newId();

/** Held as long as this tab lives, where the browser has locks (not on plain http from another machine). */
function holdTab(): void {
  const forever = new Promise<void>(() => undefined);
  void globalThis.navigator?.locks?.request(`${ROOT}/${TAB}`, () => forever).catch(() => undefined);
}
holdTab();

async function livingTabs(): Promise<Set<string>> {
  const held = (await globalThis.navigator?.locks?.query())?.held ?? [];
  return new Set(held.map((lock) => lock.name?.slice(ROOT.length + 1) ?? ""));
}

export class Journal {
  readonly #prefix: string;

  constructor(
    place: Place,
    readonly keeper: Keeper = kept,
    readonly tab = TAB,
  ) {
    this.#prefix = [ROOT, place.owner, place.projectId, place.chapterId].join("/");
  }

  /** Whether it could be kept: storage may be full or forbidden. */
  write(entry: Entry): boolean {
    return this.keeper.keep(`${this.#prefix}/${this.tab}/${entry.blockId}`, JSON.stringify(entry));
  }

  drop(blockId: string): void {
    this.keeper.keep(`${this.#prefix}/${this.tab}/${blockId}`, null);
  }

  /**
   * What tabs that are gone have left, and this one when it had the chapter open before, in the order of the chapter. That of
   * others stays there until `forget` is called.
   */
  async orphans(): Promise<{ entries: Entry[]; forget: () => void }> {
    const isOwn = (key: string): boolean => key.includes(`/${this.tab}/`);
    const living = await livingTabs().catch(() => new Set<string>());
    const keys = this.keeper.listKeys(`${this.#prefix}/`).filter((key) => isOwn(key) || !living.has(key.split("/").at(-2) ?? ""));
    const entries = keys.map((key) => this.keeper.readJson<Entry>(key)).filter((entry) => entry !== null);
    const forget = (): void => keys.filter((key) => !isOwn(key)).forEach((key) => this.keeper.keep(key, null));
    return { entries: entries.sort((one, other) => one.index - other.index), forget };
  }
}

/** The chapters of a project in which something was left. */
export function chaptersLeft({ owner, projectId }: Omit<Place, "chapterId">, keeper: Keeper = kept): string[] {
  const prefix = [ROOT, owner, projectId, ""].join("/");
  return [...new Set(keeper.listKeys(prefix).map((key) => key.slice(prefix.length).split("/")[0] ?? ""))];
}
