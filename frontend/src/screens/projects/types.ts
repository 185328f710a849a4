/** What the server says of projects, as this screen shows them. */
import type { Model } from "../../api/types";

export type State = Model<"ProjectModel">["state"];
export type Quality = "standard" | "high" | "ultra" | "ultra_lossless";
export type CreatedProject = Model<"CreatedProject">;
export type Links = Model<"LinksModel">;

/** A project as it is listed. Of `/rhapsode/v1/studio/projects`. */
export interface Overview {
  project_id: string;
  name: string;
  title: string | null;
  author: string | null;
  language: string;
  state: State;
  /** 0 to 1 while it is converted or waits for that. */
  progress: number | null;
  creation_progress: number | null;
  cover_url: string | null;
  chapter_count: number;
  character_count: number;
  duration_secs: number | null;
  created_at_unix: number;
  last_conversion_date_unix: number | null;
  error: string | null;
}

export interface OverviewPage {
  projects: Overview[];
  next: string | null;
}

/** The event `project` of `/rhapsode/v1/events`. */
export interface ProjectChange {
  project_id: string;
  state: State;
  progress: number | null;
  deleted: boolean;
}

export interface DeletedProject {
  project_id: string;
  name: string;
  deleted_at_unix: number;
  purged_at_unix: number;
}

export interface PreviewChapter {
  name: string;
  role: string;
  narrated: boolean;
  block_count: number;
  character_count: number;
  beginning: string;
}

/** What a document would become. Of `/rhapsode/v1/documents/preview`. */
export interface Preview {
  title: string | null;
  author: string | null;
  language: string | null;
  has_cover: boolean;
  character_count: number;
  /** null as long as too little was heard of the voices. */
  estimated_secs: number | null;
  warnings: string[];
  chapters: PreviewChapter[];
}

/** A dictionary of pronunciations, as `/v1/pronunciation-dictionaries` lists it. */
export interface Dictionary {
  id: string;
  name: string;
  latest_version_rules_num: number;
  archived_time_unix: number | null;
}

export interface DictionaryPage {
  pronunciation_dictionaries: Dictionary[];
  next_cursor: string | null;
}
