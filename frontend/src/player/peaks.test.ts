import { describe, expect, it } from "vitest";

import { columnsOf, peaksOf } from "./peaks";

const made = (values: number[]) =>
  peaksOf({ samples_per_peak: 441, sample_rate_hz: 44100, peak_count: values.length, peaks: btoa(String.fromCharCode(...values)) });

describe("peaks", () => {
  it("are as high as the largest of them allows", () => {
    expect([...columnsOf(made([0, 50, 100, 0]), 0, 0.04, 4)]).toEqual([0, 0.5, 1, 0]);
  });
  it("miss no peak however far away they are looked at", () => {
    const values = Array.from({ length: 100_000 }, () => 10);
    values[77_777] = 200;
    const columns = [...columnsOf(made(values), 0, 1000, 500)];
    expect(Math.max(...columns)).toBe(1);
    expect(columns.indexOf(1)).toBeGreaterThanOrEqual(387);
    expect(columns.lastIndexOf(1)).toBeLessThanOrEqual(389);
  });
  it("are drawn broad where there are fewer than columns, and are nothing behind the end", () => {
    expect([...columnsOf(made([100, 50]), 0, 0.04, 8)]).toEqual([1, 1, 0.5, 0.5, 0, 0, 0, 0]);
  });
});
