/** Which sound there is for a wish. */
import { ApiError, address, ask } from "../api/client";
import type { Chapter, Model, Project } from "../api/types";
import { t } from "../messages";
import { chapterPath, contract, own, type Entry, type Sound, type Wish } from "./sound";
import { FileSource, LiveSource, StoredSource, type Source } from "./sources.svelte";
import { timelineOf, type BlockAnswer, type Timeline } from "./timeline";

type ChapterContent = Model<"ChapterWithContent">;

export interface Book {
  projectId: string;
  name: string;
  author: string | null;
  coverUrl: string | null;
  chapters: readonly Entry[];
}

export interface Found {
  sound: Sound;
  source: Source;
  /** What is before and behind; of a chapter as it is now, the book has that. */
  entries: readonly Entry[] | null;
  /** Of a chapter as it is now: its blocks in order. */
  blockIds: readonly string[];
}

interface Ways {
  signal: AbortSignal;
  /** The source that is there: the same snapshot isn't loaded twice. */
  present: Source | null;
  fromBlockId: string | undefined;
  /** Whether a conversion that has failed is begun again, as when somebody presses play. */
  mayConvert: boolean;
  onBroken: (problem: unknown) => void;
}

export async function findBook(projectId: string): Promise<Book> {
  const project = await ask<Project>(contract(`/studio/projects/${encodeURIComponent(projectId)}`));
  return {
    projectId,
    name: project.title ?? project.name,
    author: project.author ?? null,
    coverUrl: project.cover_image_url ? address(own(`/studio/projects/${encodeURIComponent(projectId)}/cover`)) : null,
    chapters: project.chapters.map((chapter: Chapter) => ({ chapterId: chapter.chapter_id, name: chapter.name })),
  };
}

/** Throws: ApiError; Error, whose message is for people. */
export async function find(wish: Wish, ways: Ways): Promise<Found> {
  if (wish.kind === "chapter") return findChapter(wish, ways);
  if (wish.kind === "snapshot") return findSnapshot(wish, ways);
  const { title, subtitle, url } = wish;
  return { sound: { kind: "file", title, subtitle, url }, source: new FileSource(url), entries: null, blockIds: [] };
}

async function findChapter(wish: Wish & { kind: "chapter" }, ways: Ways): Promise<Found> {
  const path = chapterPath(wish.projectId, wish.chapterId);
  const chapter = await ask<ChapterContent>(contract(path), { signal: ways.signal });
  const blocks = chapter.content.blocks;
  const found = { sound: { ...wish, title: chapter.name }, entries: null, blockIds: blocks.map((block) => block.block_id) };
  const stored = await findUpToDate(path, chapter, ways);
  if (stored) return { ...found, source: stored };
  const from = blocks.find((block) => block.block_id === ways.fromBlockId) ?? blocks.find((block) => textOf(block).trim());
  if (!from) throw new Error(t("player.nothing"));
  if (ways.mayConvert) await haveMade(path, chapter, from, ways.signal);
  else if (chapter.state !== "converting") throw new Error(endOfConversion(chapter));
  return { ...found, source: new LiveSource(path, from.block_id, ways.onBroken) };
}

const endOfConversion = ({ last_conversion_error: message }: ChapterContent): string =>
  message ? t("player.conversionFailed", { message }) : t("player.cancelled");

/** Have the chapter converted as it is now, unless that is being done. */
async function haveMade(path: string, chapter: ChapterContent, from: Block, signal: AbortSignal): Promise<void> {
  if (chapter.state === "converting" && (await isBeingMade(path, from, signal))) return;
  await ask(contract(`${path}/convert`), { method: "POST", signal });
}

/** Whether what is being made of a chapter has this block as it is now; one of which nothing is made yet is taken to be so. */
async function isBeingMade(path: string, block: Block, signal: AbortSignal): Promise<boolean> {
  try {
    const { blocks } = await ask<{ blocks: BlockAnswer[] }>(own(`${path}/live-timeline`), { query: { from_block_id: block.block_id }, signal });
    const made = blocks.find((each) => each.block_id === block.block_id);
    return made === undefined || made.text.trim() === textOf(block).trim();
  } catch (problem) {
    if (problem instanceof ApiError && problem.status === 404) return false;
    throw problem;
  }
}

/** The newest snapshot, where it says what the chapter says now. */
async function findUpToDate(path: string, chapter: ChapterContent, ways: Ways): Promise<StoredSource | null> {
  if (chapter.state === "converting" || !chapter.can_be_downloaded || chapter.statistics.characters_unconverted) return null;
  const { snapshots } = await ask<{ snapshots: { chapter_snapshot_id: string }[] }>(contract(`${path}/snapshots`), { signal: ways.signal });
  const newest = snapshots[0]?.chapter_snapshot_id;
  if (!newest) return null;
  const stored = await findStored(path, newest, ways);
  return saysTheSame(stored.timeline, chapter) ? stored : null;
}

type Block = ChapterContent["content"]["blocks"][number];
const textOf = (block: Block): string => block.nodes.map((node) => ("text" in node ? node.text : "")).join("");

/** Blocks that were moved, taken away or put together leave no block that isn't converted. */
function saysTheSame(timeline: Timeline, chapter: ChapterContent): boolean {
  const texts = chapter.content.blocks.map((block) => [block.block_id, textOf(block).trim()]);
  const now = texts.filter(([, text]) => text);
  // What no engine can say, such as a line of stars, is a pause, and may have no time of its own.
  const then = new Map(timeline.blocks.map((block) => [block.id, block.text.trim()]));
  const spoken = now.filter(([id, text]) => then.has(id ?? "") || /[\p{L}\p{N}]/u.test(text ?? ""));
  return spoken.length === then.size && spoken.every(([id, text], at) => timeline.blocks[at]?.id === id && then.get(id ?? "") === text);
}

async function findStored(path: string, snapshotId: string, ways: Ways): Promise<StoredSource> {
  if (ways.present instanceof StoredSource && ways.present.snapshotId === snapshotId) return ways.present;
  const place = `${path}/snapshots/${encodeURIComponent(snapshotId)}`;
  const answer = await ask<{ duration_secs: number; blocks: BlockAnswer[] }>(own(`${place}/timeline`), { signal: ways.signal });
  return new StoredSource(place, snapshotId, timelineOf(answer.blocks), answer.duration_secs, ways.onBroken);
}

interface ProjectSnapshots {
  snapshots: { project_snapshot_id: string; chapters: { chapter_id: string; chapter_snapshot_id: string; name: string }[] }[];
}

/** A chapter's snapshot, or those of a project's chapters one behind the other: what its single file has, with each chapter's words. */
async function findSnapshot(wish: Wish & { kind: "snapshot" }, ways: Ways): Promise<Found> {
  const entries = await findEntries(wish, ways);
  const entry = entries.find((each) => each.chapterId === wish.chapterId) ?? entries[0];
  if (!entry?.snapshotId) throw new Error(t("player.nothing"));
  const source = await findStored(chapterPath(wish.projectId, entry.chapterId), entry.snapshotId, ways);
  const isWhole = entries.length > 1;
  const sound = { ...wish, chapterId: entry.chapterId, title: isWhole ? entry.name : wish.title, subtitle: isWhole ? wish.title : undefined };
  return { sound, source, entries, blockIds: [] };
}

async function findEntries(wish: Wish & { kind: "snapshot" }, ways: Ways): Promise<Entry[]> {
  const path = own(`/studio/projects/${encodeURIComponent(wish.projectId)}/snapshots`);
  const { snapshots } = await ask<ProjectSnapshots>(path, { signal: ways.signal });
  const whole = snapshots.find((snapshot) => snapshot.project_snapshot_id === wish.snapshotId);
  if (whole) return whole.chapters.map((each) => ({ chapterId: each.chapter_id, snapshotId: each.chapter_snapshot_id, name: each.name }));
  if (!wish.chapterId) throw new Error(t("player.gone"));
  return [{ chapterId: wish.chapterId, snapshotId: wish.snapshotId, name: wish.title }];
}
