import { describe, expect, it } from "vitest";

import { joined, plain } from "../content";
import { differences, type Take } from "./differences";

const take = (text: string | null, voice_id: string | null): Take => ({
  take_id: "t",
  node_id: "n",
  is_current: true,
  is_available: true,
  created_at_unix: 0,
  duration_secs: 1,
  text,
  voice_id,
  settings: null,
  language: null,
  engine: null,
  engine_version: null,
});

describe("differences", () => {
  const content = joined([plain("He said "), plain("never.", "p", "pask")]);
  it("finds the stretch that a take says", () => {
    expect(differences(take("He said", "narrator"), content, "narrator")).toEqual([]);
    expect(differences(take("never.", "pask"), content, "narrator")).toEqual([]);
  });
  it("tells another text and another voice", () => {
    expect(differences(take("He says", "narrator"), content, "narrator")).toEqual(["text"]);
    expect(differences(take("never.", "narrator"), content, "narrator")).toEqual(["voice"]);
  });
  it("says nothing of what nobody knows", () => {
    expect(differences(take(null, null), content, "narrator")).toEqual([]);
  });
});
