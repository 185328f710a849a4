/** What can be played, and where in it. */

/** A chapter as it is now; a snapshot of one, or of a project, as it was; or any file. */
export type Wish =
  | { kind: "chapter"; projectId: string; chapterId: string }
  | { kind: "snapshot"; projectId: string; chapterId?: string | undefined; snapshotId: string; title: string }
  | { kind: "file"; url: string; title: string; subtitle?: string | undefined };

/** What is being played. snapshotId: the one that was asked for; of a project's, the chapter is the one that is heard. */
export interface Sound {
  kind: Wish["kind"];
  title: string;
  subtitle?: string | undefined;
  url?: string | undefined;
  projectId?: string | undefined;
  chapterId?: string | undefined;
  snapshotId?: string | undefined;
}

/** A place: in a block, by the character or by the time since it began; or a time alone. */
export type Target = { blockId: string; unit?: number; offset_s?: number } | { secs: number };

/** What comes before and behind what is played. */
export interface Entry {
  chapterId: string;
  name: string;
  /** Of a project's snapshot: the chapter's own. */
  snapshotId?: string;
}

export const chapterPath = (projectId: string, chapterId: string): string =>
  `/studio/projects/${encodeURIComponent(projectId)}/chapters/${encodeURIComponent(chapterId)}`;

export const own = (path: string): string => `/rhapsode/v1${path}`;
export const contract = (path: string): string => `/v1${path}`;
