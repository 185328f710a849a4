/** The figures of a mastering report, and what shops and broadcasters ask of each (audio/standards.py has them too). */
import type { Levels } from "../../../api/types";

export type Standard = "acx" | "ebu_r128";
export type FigureId = "rms" | "peak" | "noise" | "head" | "tail" | "lufs" | "truePeak" | "range";
export type Unit = "dB" | "LUFS" | "LU" | "s";

/** What is allowed, ends included; null for no limit. */
export interface Band {
  from: number | null;
  to: number | null;
}

export interface Figure {
  id: FigureId;
  unit: Unit;
  /** null: there is no standard for it. */
  band: Band | null;
  /** null where it isn't known. */
  valueOf: (levels: Levels) => number | null;
}

const RANGE: Figure = { id: "range", unit: "LU", band: null, valueOf: (levels) => levels.loudness_range_lu };

/** Sources: ACX Audio Submission Requirements; EBU R 128 (2023). */
export const figures: Readonly<Record<Standard, readonly Figure[]>> = {
  acx: [
    { id: "rms", unit: "dB", band: { from: -23, to: -18 }, valueOf: (levels) => levels.rms_db },
    { id: "peak", unit: "dB", band: { from: null, to: -3 }, valueOf: (levels) => levels.sample_peak_db },
    { id: "noise", unit: "dB", band: { from: null, to: -60 }, valueOf: (levels) => levels.noise_floor_db },
    { id: "head", unit: "s", band: { from: 0.5, to: 1 }, valueOf: (levels) => levels.leading_room_tone_secs },
    { id: "tail", unit: "s", band: { from: 1, to: 5 }, valueOf: (levels) => levels.trailing_room_tone_secs },
    RANGE,
  ],
  ebu_r128: [
    { id: "lufs", unit: "LUFS", band: { from: -23.5, to: -22.5 }, valueOf: (levels) => levels.integrated_lufs },
    { id: "truePeak", unit: "dB", band: { from: null, to: -1 }, valueOf: (levels) => levels.true_peak_db },
    RANGE,
  ],
};

/** Whether a value is as it is asked for; null where nothing is asked, or nothing is known. */
export function isWithin(value: number | null, band: Band | null): boolean | null {
  if (value === null || band === null) return null;
  return (band.from === null || value >= band.from) && (band.to === null || value <= band.to);
}

/** How many of several files aren't as they must be. */
export function countOutside(figure: Figure, files: readonly Levels[]): number {
  return files.filter((levels) => isWithin(figure.valueOf(levels), figure.band) === false).length;
}
