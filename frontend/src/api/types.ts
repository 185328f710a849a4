/** The server's models by short names. `schema.d.ts` is made of its OpenAPI document by `just page-types`. */
import type { components } from "./schema";

/** A model by the name that the document has. */
export type Model<Name extends keyof components["schemas"]> = components["schemas"][Name];

export type WhoAmI = Model<"WhoAmI">;
export type Project = Model<"ProjectExtendedModel">;
export type Chapter = Model<"ChapterModel">;
export type Voice = Model<"VoiceModel">;
export type Plan = Model<"PlanModel">;
/** All five are always told. */
export type VoiceSettings = Required<Model<"VoiceSettingsModel">>;
export type Engine = Model<"EngineModel">;
export type LeftOutEngine = Model<"LeftOutEngine">;
export type SpeechModel = Model<"ModelModel">;
export type HistoryItem = Model<"HistoryItemModel">;
export type Dictionary = Model<"DictionaryModel">;
export type DictionaryWithRules = Model<"DictionaryWithRules">;
export type Rule = DictionaryWithRules["rules"][number];

/** Of a shelf of projects, and of projects that are being made. */
export type Quality = "standard" | "high" | "ultra" | "ultra_lossless";
export type CreatedProject = Model<"CreatedProject">;
export type DeletedProject = Model<"DeletedProjectModel">;
/** A project as it is listed. */
export type Overview = Model<"ProjectOverviewModel">;
export type OverviewPage = Model<"ProjectOverviews">;
/** What a document would become. */
export type Preview = Model<"DocumentPreview">;
/** The event `project` of `/rhapsode/v1/events`. */
export interface ProjectChange {
  project_id: string;
  state: Model<"ProjectModel">["state"];
  progress: number | null;
  deleted: boolean;
}

/** Of conversions and what they leave. */
export type ChapterPlan = Model<"ChapterPlanModel">;
export type BlockPlan = Model<"BlockPlanModel">;
export type Reason = BlockPlan["reasons"][number];
export type RefreshAnswer = Model<"RefreshAnswer">;
export type PartialBook = Model<"PartialBookModel">;
export type ProjectSnapshot = Model<"SizedProjectSnapshotModel">;
export type SnapshotChapter = Model<"SnapshotChapterModel">;
export type ChapterSnapshot = Model<"SizedChapterSnapshotModel">;
export type Export = Model<"ExportModel">;
export type Exports = Model<"SnapshotExports">;
export type Timeline = Model<"TimelineModel">;
export type TimelineBlock = Model<"TimelineBlockModel">;
export type Verdict = Model<"VerdictModel">;
export type ChapterReport = Model<"ChapterReportModel">;
export type ProjectReport = Model<"ProjectReportModel">;
/** What is measured of a file: of a chapter's, or of that of the whole book. */
export type Levels = Omit<ChapterReport, "chapter_id" | "chapter_snapshot_id" | "name" | "acx" | "ebu_r128" | "flawed_passages">;
export type Links = Model<"LinksModel">;
export type PlayerSettings = Model<"ProjectSettings">;
