/** What was done and how it is taken back, in steps as a person thinks of them: a stretch of typing is one. */
import type { Block } from "./blocks.svelte";
import type { Content } from "./content";

/** after: the id of the block behind which it is; null for the beginning. */
export type Deed =
  | { op: "set"; block: Block; was: Content; to: Content }
  | { op: "insert"; block: Block; after: string | null }
  | { op: "remove"; block: Block; after: string | null }
  | { op: "move"; block: Block; was: string | null; to: string | null };

export interface Caret {
  blockId: string;
  start: number;
  end: number;
}

export interface Step {
  deeds: Deed[];
  before: Caret | null;
  after: Caret | null;
  /** Of typing: what it does, so that the next key can join it. */
  typing: "insert" | "delete" | null;
  at: number;
}

const PAUSE_MS = 1_000;
const LONGEST_UNITS = 30;
const MOST_STEPS = 2_000;

export class UndoStack {
  #done: Step[] = [];
  #undone: Step[] = [];

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  add(step: Step): void {
    this.#undone = [];
    const last = this.#done.at(-1);
    if (last && continues(last, step)) join(last, step);
    else this.#done.push(step);
    if (this.#done.length > MOST_STEPS) this.#done.shift();
  }

  /** Take something into the last step that follows from it, such as a paragraph that goes because it was emptied. */
  amend(deeds: Deed[], block: Block): boolean {
    const last = this.#done.at(-1);
    if (!last?.deeds.some((deed) => deed.block === block)) return false;
    last.deeds.push(...deeds);
    last.typing = null;
    return true;
  }

  takeUndo(): Step | undefined {
    const step = this.#done.pop();
    if (step) this.#undone.push(step);
    return step;
  }

  takeRedo(): Step | undefined {
    const step = this.#undone.pop();
    if (step) this.#done.push({ ...step, typing: null });
    return step;
  }
}

/** Whether a key belongs to the stretch before it: soon, in the same place, and not a new word after many. */
function continues(last: Step, next: Step): boolean {
  const [one, other] = [last.deeds.at(-1), next.deeds[0]];
  if (!last.typing || last.typing !== next.typing || next.at - last.at > PAUSE_MS) return false;
  if (one?.op !== "set" || other?.op !== "set" || one.block !== other.block || one.to !== other.was) return false;
  if (last.after?.start !== next.before?.start || last.after?.start !== last.after?.end) return false;
  const begun = last.deeds[0];
  const units = begun?.op === "set" ? Math.abs(one.to.text.length - begun.was.text.length) : 0;
  return units < LONGEST_UNITS || !/\s$/.test(one.to.text.slice(0, last.after?.start ?? 0));
}

function join(last: Step, next: Step): void {
  const [one, other] = [last.deeds.at(-1), next.deeds[0]];
  if (one?.op === "set" && other?.op === "set") one.to = other.to;
  last.after = next.after;
  last.at = next.at;
}
