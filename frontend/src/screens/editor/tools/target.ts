/** What a tool is about: the text that is selected, or whole paragraphs. */
import type { Block } from "../blocks.svelte";
import type { Content, SubType } from "../content";
import type { Manuscript, Selection } from "../manuscript.svelte";

/** Without a selection, the paragraph with the caret; null where there is none. */
export function targetOf(manuscript: Manuscript): Selection | null {
  const { selection, active } = manuscript;
  if (selection?.kind === "text" && selection.start < selection.end) return selection;
  if (selection?.kind === "blocks") return selection;
  return active && manuscript.list.has(active) ? { kind: "blocks", blockIds: [active] } : null;
}

/** The voices of a stretch, each once; null is the default. */
export function voicesIn({ text, runs }: Content, from = 0, to = text.length): Set<string | null> {
  const voices = new Set<string | null>();
  let start = 0;
  for (const { end, voiceId } of runs) {
    if (start < to && end > from) voices.add(voiceId);
    start = end;
  }
  return voices;
}

/** What all of them have; undefined where they differ, or where there are none. */
export function common<T>(values: Iterable<T>): T | undefined {
  const all = new Set(values);
  return all.size === 1 ? [...all][0] : undefined;
}

export function voicesOf(target: Selection | null, blocks: readonly Block[]): Set<string | null> {
  if (target?.kind === "text") {
    const content = blocks.find(({ id }) => id === target.blockId)?.content;
    return content ? voicesIn(content, target.start, target.end) : new Set();
  }
  return new Set(blocks.flatMap(({ content }) => [...voicesIn(content)]));
}

export const subTypeOf = (blocks: readonly Block[]): SubType | undefined => common(blocks.map(({ content }) => content.subType));

/** Put the caret back where it was, with what was selected. */
export function returnTo(manuscript: Manuscript): void {
  const { selection, caret } = manuscript;
  if (caret && manuscript.list.has(caret.blockId)) manuscript.view?.place(caret);
  if (selection?.kind === "blocks") manuscript.selection = selection;
}
