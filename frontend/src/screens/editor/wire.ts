/** The content of a chapter as the server answers it. */
import type { Block, Known, Status } from "./blocks.svelte";
import { contentOf, type BlockText } from "./content";
import type { Edit } from "./edits";

export interface BlockView extends BlockText {
  block_id: string;
  kind: string;
  locked: boolean;
  converted: boolean;
  flaws: string[];
  error?: string | null;
}

export interface ChapterContent {
  chapter_id: string;
  name: string;
  revision: number;
  muted: boolean;
  blocks: BlockView[];
}

export interface ChapterEdited {
  revision: number;
  blocks: BlockView[];
  conflicts: { index: number; block_id: string; block: BlockView | null }[];
}

export interface ChapterEdits {
  edits: Edit[];
}

export const chapterPath = (projectId: string, chapterId: string): string =>
  `/rhapsode/v1/studio/projects/${projectId}/chapters/${chapterId}`;

export function knownOf(view: BlockView): Known {
  return { wire: { sub_type: view.sub_type, nodes: view.nodes }, content: contentOf(view) };
}

export function statusOf(view: BlockView): Status {
  const { converted, locked, flaws, error = null } = view;
  return { converted, locked, flaws, error, theirs: null, problem: null };
}

/** Whether the server still has what it was known to have. */
export function isStill(view: BlockView, known: Known | null): boolean {
  if (!known) return false;
  const was = known.wire;
  return (
    view.sub_type === was.sub_type &&
    view.nodes.length === was.nodes.length &&
    view.nodes.every((node, index) => node.text === was.nodes[index]?.text && node.voice_id === was.nodes[index]?.voice_id)
  );
}

export function setStatus(block: Block, status: Partial<Status>): void {
  const was = block.status;
  const now = { ...was, ...status };
  const isSame = (Object.keys(status) as (keyof Status)[]).every((key) => was[key] === now[key] || (key === "flaws" && String(was.flaws) === String(now.flaws)));
  if (!isSame) block.status = now;
}
