import { describe, expect, it } from "vitest";

import { byteFor, firstFrame, frameBytes, mp3Of, tagBytes } from "./mp3";

// Frames of 128 kbit/s, mono, as an encoder makes them: every now and then one has no padding, so that the rate is kept.
const COUNT = 500;
const lengthOf = (frame: number): number => Math.floor(((frame + 1) * 144_000 * 128) / 44_100) - Math.floor((frame * 144_000 * 128) / 44_100);
function frame(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set([0xff, 0xfb, 0x90 | (length === 418 ? 2 : 0), 0xc0]);
  return bytes;
}
function file(): Uint8Array {
  const info = frame(417);
  info.set([..."Info"].map((letter) => letter.charCodeAt(0)), 21);
  new DataView(info.buffer).setUint32(25, 1);
  new DataView(info.buffer).setUint32(29, COUNT);
  const parts = [info, ...Array.from({ length: COUNT }, (_, at) => frame(lengthOf(at)))];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe("a file of MP3", () => {
  const bytes = file();
  const mp3 = mp3Of(bytes.subarray(0, 1045), 0, bytes.length);
  it("says how many frames it has, and where they begin", () => {
    expect(mp3).toEqual({ firstByte: 417, frameCount: COUNT, streamBytes: bytes.length - 417 });
    expect(mp3Of(frame(418), 0, 418)).toBeNull();
    expect(frameBytes(Uint8Array.of(0xff, 0xff, 0x90, 0), 0)).toBe(0);
    expect(tagBytes(Uint8Array.of(0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 2, 1))).toBe(10 + 257);
    expect(tagBytes(bytes)).toBe(0);
  });
  it("is gone on with at the right frame, wherever it is read from", () => {
    if (!mp3) throw new Error("no Info frame");
    let start = mp3.firstByte;
    for (let number = 0; number < COUNT - 2; start += lengthOf(number), number += 1) {
      const found = firstFrame(mp3, bytes.subarray(start), start);
      expect(found?.at).toBe(0);
      expect(found?.start_s).toBeCloseTo((number * 1152 - 1105) / 44_100, 9);
      expect(firstFrame(mp3, bytes.subarray(start + 1), start + 1)?.start_s).toBeCloseTo(((number + 1) * 1152 - 1105) / 44_100, 9);
    }
  });
  it("is read from before the time that is asked for, and never from behind its end", () => {
    if (!mp3) throw new Error("no Info frame");
    for (const secs of [0, 0.01, 3.3, 12.9, 99]) {
      const at = byteFor(mp3, secs);
      const found = firstFrame(mp3, bytes.subarray(at), at);
      expect(found?.start_s).toBeLessThanOrEqual(secs);
    }
  });
});
