/** What the server says of projects, as this screen shows them. */
import type { Model } from "../../api/types";

export type State = Model<"ProjectModel">["state"];
export type Quality = "standard" | "high" | "ultra" | "ultra_lossless";
export type CreatedProject = Model<"CreatedProject">;
export type Links = Model<"LinksModel">;

/** A project as it is listed. */
export type Overview = Model<"ProjectOverviewModel">;
export type OverviewPage = Model<"ProjectOverviews">;

/** The event `project` of `/rhapsode/v1/events`. */
export interface ProjectChange {
  project_id: string;
  state: State;
  progress: number | null;
  deleted: boolean;
}

export type DeletedProject = Model<"DeletedProjectModel">;

/** What a document would become. */
export type Preview = Model<"DocumentPreview">;
