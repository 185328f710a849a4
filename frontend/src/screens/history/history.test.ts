import { describe, expect, it } from "vitest";

import { addressOf, countOf, filtersOf, NO_FILTERS, queryOf } from "./filters";
import { formatName, isPlayable } from "./formats";
import { between } from "./selection.svelte";

describe("filters", () => {
  it("come back from the address as they were", () => {
    const filters = { ...NO_FILTERS, search: "a & b", from: "2026-03-01", order: "asc" };
    expect(filtersOf(new URLSearchParams(addressOf(filters)))).toEqual(filters);
    expect(addressOf(NO_FILTERS)).toBe("");
    expect(countOf(filters)).toBe(2);
  });

  it("take in the whole of the last day", () => {
    const query = queryOf({ ...NO_FILTERS, from: "2026-03-28", to: "2026-03-28" });
    expect(query["date_after_unix"]).toBe(new Date(2026, 2, 28).getTime() / 1000);
    expect(query["date_before_unix"]).toBe(new Date(2026, 2, 29).getTime() / 1000);
  });

  it("ask for nothing where a date is half typed, and take no year for another", () => {
    expect(queryOf({ ...NO_FILTERS, from: "2026-03" })["date_after_unix"]).toBeNull();
    expect(queryOf({ ...NO_FILTERS, from: "0026-03-01" })["date_after_unix"]).toBe(0);
  });
});

describe("a range", () => {
  const shown = ["a", "b", "c", "d"];

  it("goes both ways", () => {
    expect(between(shown, "b", "d")).toEqual(["b", "c", "d"]);
    expect(between(shown, "d", "b")).toEqual(["b", "c", "d"]);
  });

  it("is one item where the other is no longer shown", () => {
    expect(between(shown, "gone", "c")).toEqual(["c"]);
  });
});

describe("formats", () => {
  it("are called as people call them", () => {
    expect(formatName("mp3_44100_128")).toBe("MP3, 44.1 kHz, 128 kbit/s");
    expect(formatName("ulaw_8000")).toBe("µ-law, 8 kHz");
  });

  it("of bare samples can't be played", () => {
    expect(["mp3_44100_128", "wav_8000", "pcm_44100", "alaw_8000"].map(isPlayable)).toEqual([true, true, false, false]);
  });
});
