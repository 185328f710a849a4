import { expect, test } from "vitest";

import type { BlockPlan, Plan, Reason } from "../../../api/types";
import { milestone } from "./milestones";
import { countEncoded, countOutdated, countReasons } from "./reasons";

const block = (reasons: Reason[], { speak = 0, encode = 1, locked = false } = {}): BlockPlan => ({
  block_id: "b",
  locked,
  is_stale: speak > 0,
  reasons,
  nodes: [],
  segments_to_speak: speak,
  characters_to_speak: 10 * speak,
  segments_to_encode: encode,
});
const planOf = (...blocks: BlockPlan[]): Plan => {
  const sums = { segments_to_speak: 0, characters_to_speak: 0, segments_to_encode: 0, is_up_to_date: false, blocks_to_speak: 0, existing_audio_secs: 0, coming_audio_secs: null };
  return { ...sums, project_id: "p", chapters: [{ ...sums, chapter_id: "c", name: "One", blocks }] };
};

test("reasons to speak come before those that cost nothing, the most frequent first", () => {
  const plan = planOf(block(["quality"]), block(["quality"]), block(["quality"]), block(["new"], { speak: 1 }), block(["text", "voice"], { speak: 1 }), block(["text"], { speak: 1 }));
  expect(countReasons(plan.chapters)).toEqual([
    { reason: "text", count: 2 },
    { reason: "new", count: 1 },
    { reason: "voice", count: 1 },
    { reason: "quality", count: 3 },
  ]);
  expect(countEncoded(plan)).toBe(3);
});

test("a refresh speaks what an older version has spoken, and nothing that is locked", () => {
  expect(countOutdated(planOf(block(["engine_upgraded"], { encode: 0 }), block(["engine_upgraded"], { encode: 0, locked: true }), block(["text"])))).toBe(1);
});

test("a conversion is told of at its beginning and at each quarter, once", () => {
  const told: (string | null)[] = [];
  let before = { isRunning: false, progress: null as number | null };
  for (const progress of [null, 0.01, 0.1, 0.26, 0.3, 0.49, 0.8, 0.99, 1]) {
    const now = { isRunning: true, progress };
    told.push(milestone(before, now));
    before = now;
  }
  expect(told.filter(Boolean)).toEqual(["begun", "quarter", "threeQuarters"]);
  expect(milestone(before, { isRunning: false, progress: null })).toBeNull();
});
