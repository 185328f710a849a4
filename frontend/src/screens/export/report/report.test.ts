import { expect, test } from "vitest";

import type { Levels } from "../../../api/types";
import { countOutside, figures, isWithin } from "./figures";
import { depthOf, scaleOf } from "./scale";

const levels = (changes: Partial<Levels>): Levels => ({
  duration_secs: 60,
  unmeasured_secs: 0,
  rms_db: -20,
  sample_peak_db: -4,
  true_peak_db: -3.9,
  noise_floor_db: -96,
  integrated_lufs: -23,
  loudness_range_lu: 4,
  clipped_samples: 0,
  leading_room_tone_secs: 0.6,
  trailing_room_tone_secs: 1.5,
  ...changes,
});

test("a limit itself is allowed, and what is beyond it isn't", () => {
  expect([-23, -18, -23.01, -17.99].map((value) => isWithin(value, { from: -23, to: -18 }))).toEqual([true, true, false, false]);
  expect([isWithin(-2.9, { from: null, to: -3 }), isWithin(null, { from: null, to: -3 }), isWithin(4, null)]).toEqual([false, null, null]);
});

test("each figure is judged by its own value", () => {
  const bad = levels({ rms_db: -25, sample_peak_db: -1, noise_floor_db: -50, leading_room_tone_secs: 0, trailing_room_tone_secs: 9, integrated_lufs: -20, true_peak_db: 0 });
  const outside = [...figures.acx, ...figures.ebu_r128].filter((figure) => countOutside(figure, [levels({}), bad]) === 1).map((figure) => figure.id);
  expect(outside).toEqual(["rms", "peak", "noise", "head", "tail", "lufs", "truePeak"]);
});

test("a scale has every value and what is allowed inside it, at round numbers", () => {
  for (const values of [[-96, -96, -41.3], [-20.79], [], [0.6, 0.61], [-23.4, -17.2, -19]]) {
    const band = { from: -23, to: -18 };
    const scale = scaleOf(values, band);
    for (const value of [...values, -23, -18]) {
      expect(depthOf(value, scale)).toBeGreaterThanOrEqual(0);
      expect(depthOf(value, scale)).toBeLessThanOrEqual(1);
    }
    expect(scale.ticks.length).toBeGreaterThanOrEqual(2);
    expect(scale.ticks.length).toBeLessThanOrEqual(8);
  }
});
