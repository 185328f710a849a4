import { describe, expect, it } from "vitest";

import { matches } from "./keys";

const press = (key: string, with_: Partial<Record<"ctrlKey" | "metaKey" | "altKey" | "shiftKey", boolean>> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...with_,
});

describe("matches", () => {
  it("takes a letter with the modifiers that are named, and no others", () => {
    expect(matches(press("j"), "J", false)).toBe(true);
    expect(matches(press("J", { shiftKey: true }), "J", false)).toBe(false);
    expect(matches(press("j", { ctrlKey: true }), "J", false)).toBe(false);
    expect(matches(press("ArrowLeft", { shiftKey: true }), "Shift+ArrowLeft", false)).toBe(true);
    expect(matches(press("ArrowLeft"), "Shift+ArrowLeft", false)).toBe(false);
  });
  it("takes a sign however it is written", () => {
    expect(matches(press("?", { shiftKey: true }), "?", false)).toBe(true);
    expect(matches(press("?"), "?", false)).toBe(true);
    expect(matches(press("+", { shiftKey: true }), "+", false)).toBe(true);
    expect(matches(press("1", { shiftKey: true }), "1", false)).toBe(false);
  });
  it("takes the key's place where Alt writes another sign there", () => {
    expect(matches({ ...press("√", { metaKey: true, altKey: true }), code: "KeyV" }, "Mod+Alt+V", true)).toBe(true);
    expect(matches({ ...press("¡", { metaKey: true, altKey: true }), code: "Digit1" }, "Mod+Alt+2", true)).toBe(false);
    expect(matches({ ...press("√"), code: "KeyV" }, "V", false)).toBe(false);
  });
  it("takes Mod for the key that the system has for it", () => {
    expect(matches(press("z", { ctrlKey: true }), "Mod+Z", false)).toBe(true);
    expect(matches(press("z", { metaKey: true }), "Mod+Z", true)).toBe(true);
    expect(matches(press("z", { ctrlKey: true }), "Mod+Z", true)).toBe(false);
    expect(matches(press(" "), "Space", true)).toBe(true);
  });
});
