import { expect, test } from "vitest";

import type { Overview } from "../../api/types";
import { changed, isFound, sorted, stateOf, without } from "./shelf";

function project(id: string, said: Partial<Overview> = {}): Overview {
  return {
    project_id: id,
    name: id,
    title: null,
    author: null,
    language: "en",
    state: "default",
    progress: null,
    creation_progress: null,
    cover_url: null,
    chapter_count: 1,
    character_count: 10,
    duration_secs: null,
    created_at_unix: 1,
    last_conversion_date_unix: null,
    error: null,
    ...said,
  };
}

test("each word is looked for in the title, the name and the author, whatever its case and accents", () => {
  const emile = project("draft 2", { title: "Émile", author: "Jean-Jacques Rousseau" });
  expect(isFound(emile, "rousseau EMILE")).toBe(true);
  expect(isFound(emile, "emile zola")).toBe(false);
  expect(isFound(emile, "  ")).toBe(true);
});

test("titles are sorted as people count, and the list itself stays as it is", () => {
  const all = [project("Part 10"), project("Part 9"), project("a", { title: "Part 1" })];
  expect(sorted(all, "title").map((one) => one.title ?? one.name)).toEqual(["Part 1", "Part 9", "Part 10"]);
  expect(all[0]?.name).toBe("Part 10");
});

test("progress changes one project, and a change of its state has more read", () => {
  const all = [project("a"), project("b", { state: "converting", progress: 0.1 })];
  const going = changed(all, { project_id: "b", state: "converting", progress: 0.2, deleted: false });
  expect(going.projects[1]?.progress).toBe(0.2);
  expect(going.projects[0]).toBe(all[0]);
  expect(going.isIncomplete).toBe(false);
  expect(changed(all, { project_id: "b", state: "default", progress: null, deleted: false }).isIncomplete).toBe(true);
});

test("one that nobody knows has the list read again, and one that was deleted is gone", () => {
  const all = [project("a")];
  expect(changed(all, { project_id: "c", state: "default", progress: null, deleted: false }).isIncomplete).toBe(true);
  expect(changed(all, { project_id: "a", state: "default", progress: null, deleted: true }).projects).toEqual([]);
  expect(without(all, "c")).toEqual(all);
});

test("nearly done is not done", () => {
  expect(stateOf(project("a", { state: "converting", progress: 0.999 })).values).toEqual({ percent: 99 });
});
