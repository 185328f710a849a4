/** What the server answers of conversions and what they leave, by short names. */
import type { Model } from "../../api/types";

export type Plan = Model<"PlanModel">;
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
