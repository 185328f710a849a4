import { describe, expect, it } from "vitest";

import { joined, plain } from "../content";
import { firstUnitOf, speakersOf } from "./speakers";

const voiceOf = ({ subType }: { subType: string }): string => (subType === "p" ? "narrator" : "crier");

describe("speakersOf", () => {
  it("counts what each says, also those who speak by default", () => {
    const contents = [plain("Title", "h1"), joined([plain("He said "), plain("never", "p", "pask"), plain(" again.")]), plain("Never.", "p", "pask")];
    expect(speakersOf(contents, voiceOf)).toEqual([
      { voiceId: "narrator", units: 15 },
      { voiceId: "pask", units: 11 },
      { voiceId: "crier", units: 5 },
    ]);
  });
  it("takes the default voice and the same voice by name as one", () => {
    expect(speakersOf([plain("One"), plain("two", "p", "narrator")], voiceOf)).toEqual([{ voiceId: "narrator", units: 6 }]);
  });
});

describe("firstUnitOf", () => {
  it("is where a voice begins", () => {
    const content = joined([plain("He said "), plain("never", "p", "pask")]);
    expect(firstUnitOf(content, "pask", "narrator")).toBe(8);
    expect(firstUnitOf(content, "narrator", "narrator")).toBe(0);
    expect(firstUnitOf(content, "ash", "narrator")).toBe(undefined);
  });
});
