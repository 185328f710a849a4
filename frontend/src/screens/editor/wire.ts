/** The content of a chapter as the server answers it. */
import type { Model } from "../../api/types";
import type { Block, Known, Status } from "./blocks.svelte";
import { contentOf } from "./content";

export type BlockView = Model<"ChapterBlock">;
export type ChapterContent = Model<"ChapterContent">;
export type ChapterEdited = Model<"ChapterEdited">;

export const chapterPath = (projectId: string, chapterId: string): string =>
  `/rhapsode/v1/studio/projects/${projectId}/chapters/${chapterId}`;

export function knownOf(view: BlockView): Known {
  const content = contentOf(view);
  return { wire: { sub_type: content.subType, nodes: view.nodes.map(nodeOf) }, content };
}

const nodeOf = ({ text, voice_id = null }: BlockView["nodes"][number]): { text: string; voice_id: string | null } => ({ text, voice_id });

export function statusOf(view: BlockView): Status {
  const { converted, locked, flaws, error } = view;
  return { converted, locked, flaws, error, theirs: null, problem: null };
}

/** Whether the server still has what it was known to have. */
export function isStill(view: BlockView, known: Known | null): boolean {
  if (!known) return false;
  const was = known.wire;
  return (
    view.sub_type === was.sub_type &&
    view.nodes.length === was.nodes.length &&
    view.nodes.every((node, index) => node.text === was.nodes[index]?.text && (node.voice_id ?? null) === was.nodes[index]?.voice_id)
  );
}

/** What the server says of a block whose text here is another by now, or the same. */
export function takeStatus(block: Block, view: BlockView, isSame: boolean): void {
  const { converted, locked, flaws, error } = statusOf(view);
  block.isKnownConverted = converted;
  setStatus(block, { converted: converted && isSame, locked, flaws, error });
}

export function setStatus(block: Block, status: Partial<Status>): void {
  const was = block.status;
  const now = { ...was, ...status };
  const isSame = (Object.keys(status) as (keyof Status)[]).every((key) => was[key] === now[key] || (key === "flaws" && String(was.flaws) === String(now.flaws)));
  if (!isSame) block.status = now;
}
