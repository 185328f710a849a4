/** A dictionary while it is edited: what is saved, what isn't yet, and the way back. */
import { ask } from "../../api/client";
import type { Dictionary, DictionaryWithRules, Model } from "../../api/types";
import { changesOf, edited, isFine, misfitOf, sent, type Changes, type EditedRule, type Entry } from "./rules";

type RulesChanged = Model<"RulesChanged">;

const PATH = "/v1/pronunciation-dictionaries";
const MOST_STEPS = 200;
let last = 0;

const entryOf = (rule: EditedRule): Entry => ({ id: (last += 1), rule });

export interface Misfit {
  id: number;
  field: "text" | "said";
  message: string;
}

export class Draft {
  about = $state.raw<Dictionary>() as Dictionary;
  entries = $state.raw<readonly Entry[]>([]);
  saved = $state.raw<readonly Entry[]>([]);
  isSaving = $state(false);
  /** What the server has refused, where it has said of which rule. */
  misfit = $state.raw<Misfit | null>(null);
  private before = $state.raw<readonly (readonly Entry[])[]>([]);
  private after = $state.raw<readonly (readonly Entry[])[]>([]);
  private step = "";

  readonly changes = $derived<Changes>(changesOf(this.saved, this.entries));
  readonly isDirty = $derived(this.changes.kind !== "none");
  readonly isFine = $derived(this.entries.every((entry) => isFine(entry.rule)));
  readonly canUndo = $derived(this.before.length > 0);
  readonly canRedo = $derived(this.after.length > 0);

  constructor(dictionary: DictionaryWithRules) {
    this.read(dictionary);
  }

  private read({ rules, ...about }: DictionaryWithRules): void {
    this.about = about;
    this.saved = this.entries = rules.map((rule) => entryOf(edited(rule)));
    this.before = this.after = [];
    this.step = "";
    this.misfit = null;
  }

  /** Add a rule on top, or in place of the one of the same text. Returns: whether it took another one's place. */
  add(rule: EditedRule): boolean {
    const same = this.entries.find((entry) => entry.rule.text === rule.text);
    this.put(same ? this.entries.map((entry) => (entry === same ? { ...entry, rule } : entry)) : [entryOf(rule), ...this.entries]);
    return same !== undefined;
  }

  /** Letters that are typed into one field are taken back together. */
  change(id: number, changed: Partial<EditedRule>): void {
    const step = `${id} ${Object.keys(changed).join()}`;
    this.put(
      this.entries.map((entry) => (entry.id === id ? { ...entry, rule: { ...entry.rule, ...changed } } : entry)),
      step,
    );
  }

  remove(id: number): void {
    this.put(this.entries.filter((entry) => entry.id !== id));
  }

  undo(): void {
    const [to, ...rest] = this.before;
    if (!to) return;
    this.after = [this.entries, ...this.after];
    this.before = rest;
    this.entries = to;
    this.step = "";
  }

  redo(): void {
    const [to, ...rest] = this.after;
    if (!to) return;
    this.before = [this.entries, ...this.before];
    this.after = rest;
    this.entries = to;
    this.step = "";
  }

  /** Back to what is saved; that can be undone. */
  discard(): void {
    this.put(this.saved);
  }

  /** Save what differs. Throws: ApiError; what it says of a rule is in `misfit` too. */
  async save(): Promise<void> {
    const [changes, entries] = [this.changes, this.entries];
    if (changes.kind === "none" || this.isSaving) return;
    this.isSaving = true;
    this.misfit = null;
    try {
      const changed = await this.tell(changes);
      this.about = { ...this.about, latest_version_id: changed.version_id, latest_version_rules_num: changed.version_rules_num };
      this.saved = entries;
      this.step = "";
      // Somebody else has changed it meanwhile.
      if (changed.version_rules_num !== entries.length && this.entries === entries) await this.readAnew();
    } catch (problem) {
      const told = changes.kind === "set" ? changes.entries : changes.added;
      const message = problem instanceof Error ? problem.message : "";
      const place = misfitOf(message, told);
      this.misfit = place && { ...place, message };
      throw problem;
    } finally {
      this.isSaving = false;
    }
  }

  async update(changed: { name?: string; archived?: boolean }): Promise<void> {
    this.about = await updateDictionary(this.about.id, changed);
  }

  private async tell(changes: Exclude<Changes, { kind: "none" }>): Promise<RulesChanged> {
    const at = `${PATH}/${encodeURIComponent(this.about.id)}`;
    const rules = (entries: readonly Entry[]) => ({ rules: entries.map((entry) => sent(entry.rule)) });
    if (changes.kind === "set") return ask<RulesChanged>(`${at}/set-rules`, { method: "POST", json: rules(changes.entries) });
    // What is added comes first: where that is refused, nothing is removed either.
    const added = changes.added.length ? await ask<RulesChanged>(`${at}/add-rules`, { method: "POST", json: rules(changes.added) }) : null;
    if (added && !changes.removed.length) return added;
    return ask<RulesChanged>(`${at}/remove-rules`, { method: "POST", json: { rule_strings: changes.removed } });
  }

  private async readAnew(): Promise<void> {
    this.read(await ask<DictionaryWithRules>(`${PATH}/${encodeURIComponent(this.about.id)}`));
  }

  private put(entries: readonly Entry[], step = ""): void {
    if (!step || step !== this.step) this.before = [this.entries, ...this.before].slice(0, MOST_STEPS);
    this.after = [];
    this.step = step;
    this.entries = entries;
    this.misfit = null;
  }
}

const drafts = new Map<string, Draft>();

/** A dictionary to edit. What was changed and isn't saved is there again when one comes back. Throws: ApiError. */
export async function openDraft(id: string): Promise<Draft> {
  const kept = drafts.get(id);
  if (kept?.isDirty) return kept;
  const draft = new Draft(await ask<DictionaryWithRules>(`${PATH}/${encodeURIComponent(id)}`));
  drafts.set(id, draft);
  return draft;
}

// Also while another screen is shown: nothing but this page has them.
globalThis.addEventListener?.("beforeunload", (event) => {
  if ([...drafts.values()].some((draft) => draft.isDirty)) event.preventDefault();
});

export function updateDictionary(id: string, changed: { name?: string; archived?: boolean }): Promise<Dictionary> {
  return ask<Dictionary>(`${PATH}/${encodeURIComponent(id)}`, { method: "PATCH", json: changed });
}
