/** What can be done about a file that isn't as a standard asks. */
import type { ProjectReport } from "../../../api/types";
import { countOutside, figures, type FigureId, type Standard } from "./figures";

export type Counsel = "normalize" | "gain" | "bitrate" | "lossless" | "long" | "noise" | "room" | "unmeasured" | "broadcast";

/** Where a counsel is followed: in the settings of the project, or with the voices of the book. */
export type Way = "settings" | "voices";

const WAYS: Readonly<Partial<Record<Counsel, Way>>> = {
  normalize: "settings",
  gain: "voices",
  bitrate: "settings",
  lossless: "settings",
  unmeasured: "settings",
  broadcast: "voices",
};

/** Each once, in the order of the counsels. */
export const waysOf = (counsels: readonly Counsel[]): Way[] => [...new Set(counsels.flatMap((counsel) => WAYS[counsel] ?? []))];

const OF_FIGURE: Readonly<Partial<Record<FigureId, Counsel>>> = {
  rms: "normalize",
  peak: "normalize",
  noise: "noise",
  head: "room",
  tail: "room",
  lufs: "broadcast",
  truePeak: "normalize",
};
/** ACX takes no longer files. */
const ACX_FILE_S = 120 * 60;

/** quality: the project's quality_preset.    isNormalized: whether its chapters are made as loud as ACX asks already. */
export function counselsFor(report: ProjectReport, standard: Standard, { quality, isNormalized }: { quality: string; isNormalized: boolean }): Counsel[] {
  const found = new Set<Counsel>();
  const files = report.chapters;
  if (files.some((file) => file.unmeasured_secs > 0)) found.add("unmeasured");
  for (const figure of figures[standard]) {
    const counsel = OF_FIGURE[figure.id];
    if (counsel && countOutside(figure, files) > 0) found.add(counsel === "normalize" && isNormalized ? "gain" : counsel);
  }
  if (standard === "acx" && quality === "standard") found.add("bitrate");
  if (standard === "acx" && quality.includes("lossless")) found.add("lossless");
  if (standard === "acx" && files.some((file) => file.duration_secs > ACX_FILE_S)) found.add("long");
  return [...found];
}
