/** Lists of projects as values: what is shown of them, and what becomes of them by events and pages. */
import type { Overview, ProjectChange } from "../../api/types";
import type { Key, Values } from "../../messages";

export const SORTS = ["newest", "title", "converted", "longest"] as const;
export type Sort = (typeof SORTS)[number];

/** The words that a person looks for, each anywhere in the name, the title or the author, whatever their case. */
export function isFound(project: Overview, search: string): boolean {
  const said = fold([project.name, project.title, project.author].filter(Boolean).join(" "));
  return fold(search)
    .split(/\s+/)
    .every((word) => said.includes(word));
}

export function sorted(projects: readonly Overview[], by: Sort): Overview[] {
  const orders: Record<Sort, (one: Overview, other: Overview) => number> = {
    newest: () => 0,
    title: (one, other) => titleOf(one).localeCompare(titleOf(other), undefined, { numeric: true }),
    converted: (one, other) => (other.last_conversion_date_unix ?? 0) - (one.last_conversion_date_unix ?? 0),
    longest: (one, other) => other.character_count - one.character_count,
  };
  return projects.toSorted(orders[by]);
}

export const titleOf = (project: Pick<Overview, "title" | "name">): string => project.title ?? project.name;

/** The projects after an event, and whether more has to be read to know all of it. */
export function changed(projects: readonly Overview[], change: ProjectChange): { projects: readonly Overview[]; isIncomplete: boolean } {
  const before = projects.find((project) => project.project_id === change.project_id);
  if (change.deleted) return { projects: without(projects, change.project_id), isIncomplete: false };
  if (!before) return { projects, isIncomplete: true };
  const { state, progress } = change;
  if (before.state === state && before.progress === progress) return { projects, isIncomplete: false };
  const now = { ...before, state, progress };
  return { projects: projects.map((project) => (project === before ? now : project)), isIncomplete: before.state !== state };
}

export const without = (projects: readonly Overview[], id: string): Overview[] => projects.filter((project) => project.project_id !== id);

/** What a project is doing, in words. */
export function stateOf(project: Overview): { key: Key; values: Values; share: number | null; tone: "busy" | "good" | "quiet" } {
  const percent = (share: number | null): number => Math.floor((share ?? 0) * 100);
  if (project.state === "creating")
    return { key: "projects.creating", values: { percent: percent(project.creation_progress) }, share: project.creation_progress, tone: "busy" };
  if (project.state === "converting")
    return { key: "projects.converting", values: { percent: percent(project.progress) }, share: project.progress ?? 0, tone: "busy" };
  if (project.state === "in_queue") return { key: "projects.waiting", values: {}, share: project.progress ?? 0, tone: "busy" };
  const isConverted = project.last_conversion_date_unix !== null;
  return { key: isConverted ? "projects.converted" : "projects.unconverted", values: {}, share: null, tone: isConverted ? "good" : "quiet" };
}

const fold = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase().trim();
