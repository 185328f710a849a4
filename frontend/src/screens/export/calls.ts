/** What the panel asks of the server, and where its files are. */
import { address, ask } from "../../api/client";
import type { ChapterSnapshot, Exports, Links, PartialBook, Plan, PlayerSettings, ProjectReport, ProjectSnapshot, RefreshAnswer, Timeline } from "../../api/types";

/** A snapshot of a project, or of one chapter. */
export interface SnapshotPlace {
  projectId: string;
  /** null: it is of the whole project. */
  chapterId: string | null;
  snapshotId: string;
}

const whole = (projectId: string): string => `/studio/projects/${encodeURIComponent(projectId)}`;
const scoped = (projectId: string, chapterId: string | null): string =>
  chapterId === null ? whole(projectId) : `${whole(projectId)}/chapters/${encodeURIComponent(chapterId)}`;
const placed = ({ projectId, chapterId, snapshotId }: SnapshotPlace): string =>
  `${scoped(projectId, chapterId)}/snapshots/${encodeURIComponent(snapshotId)}`;
const own = (path: string): string => `/rhapsode/v1${path}`;
const contract = (path: string): string => `/v1${path}`;

export const getPlan = (projectId: string, chapterId: string | null): Promise<Plan> => ask(own(`${scoped(projectId, chapterId)}/plan`));

export const convert = (projectId: string, chapterId: string | null): Promise<unknown> =>
  ask(contract(`${scoped(projectId, chapterId)}/convert`), { method: "POST" });

/** Convert, and speak again what an older version of its voice has spoken. */
export const refresh = (projectId: string, chapterId: string | null): Promise<RefreshAnswer> =>
  ask(own(`${whole(projectId)}/refresh`), { method: "POST", json: chapterId === null ? {} : { chapter_ids: [chapterId] } });

export const cancel = (projectId: string): Promise<unknown> => ask(own(`${whole(projectId)}/cancel`), { method: "POST" });

export const getPartial = (projectId: string): Promise<PartialBook> => ask(own(`${whole(projectId)}/partial`));
export const partialArchive = (projectId: string): string => address(own(`${whole(projectId)}/partial/archive`));

/** Newest first. */
export async function listProjectSnapshots(projectId: string): Promise<ProjectSnapshot[]> {
  return (await ask<{ snapshots: ProjectSnapshot[] }>(own(`${whole(projectId)}/snapshots`))).snapshots;
}

/** Newest first. */
export async function listChapterSnapshots(projectId: string, chapterId: string): Promise<ChapterSnapshot[]> {
  return (await ask<{ snapshots: ChapterSnapshot[] }>(own(`${scoped(projectId, chapterId)}/snapshots`))).snapshots;
}

export const listExports = (place: SnapshotPlace): Promise<Exports> => ask(own(`${placed(place)}/exports`));

/** The snapshot's own file. asMp3: also where that is WAV. */
export const audioAddress = (place: SnapshotPlace, asMp3 = false): string =>
  address(contract(`${placed(place)}/stream`), asMp3 ? { convert_to_mpeg: true } : {});

/** Paths, for what may have to be made before it can be had. */
export const exportPath = (place: SnapshotPlace): string => own(`${placed(place)}/export`);
export const archivePath = (place: SnapshotPlace): string => contract(`${placed(place)}/archive`);

export const getTimeline = (place: SnapshotPlace): Promise<Timeline> => ask(own(`${placed(place)}/timeline`));
export const getReport = (projectId: string, snapshotId: string): Promise<ProjectReport> =>
  ask(own(`${placed({ projectId, chapterId: null, snapshotId })}/report`), { query: { format: "json" } });
export const reportAddress = (projectId: string, snapshotId: string): string =>
  address(own(`${placed({ projectId, chapterId: null, snapshotId })}/report`), { format: "txt" });

export const getLinks = (projectId: string): Promise<Links> => ask(own(`${whole(projectId)}/links`));

/** What the paragraphs of a chapter say, for lists that lead to them. */
export interface Passage {
  position: number;
  text: string;
}

interface ContentAnswer {
  blocks: { block_id: string; nodes: { text: string }[] }[];
}

export async function getPassages(projectId: string, chapterId: string): Promise<Map<string, Passage>> {
  const { blocks } = await ask<ContentAnswer>(own(`${scoped(projectId, chapterId)}/content`));
  return new Map(
    blocks.map((block, at) => [block.block_id, { position: at + 1, text: block.nodes.map((node) => node.text).join("") }]),
  );
}

/** Give a book a player, if it has none, and let it play the newest snapshot. Returns: what a page is given to show it. */
export async function publishPlayer(projectId: string): Promise<string> {
  const form = new FormData();
  form.set("auto_publish", "true");
  const answer = await ask<{ html_snippet: string }>(contract(`/audio-native/${encodeURIComponent(projectId)}/content`), { method: "POST", form });
  return answer.html_snippet;
}

/** Which snapshot a player plays; null where there is no player, or nothing to play yet. */
export async function getPlayed(projectId: string): Promise<string | null> {
  const settings = await ask<PlayerSettings>(contract(`/audio-native/${encodeURIComponent(projectId)}/settings`));
  return settings.snapshot_id ?? null;
}
