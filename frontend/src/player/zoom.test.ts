import { expect, it } from "vitest";

import { turned, viewFrom, zoomed } from "./zoom";

it("goes from the whole to a sentence and back", () => {
  let span: number | null = null;
  const spans: (number | null)[] = [];
  for (let step = 0; step < 5; step += 1) spans.push((span = zoomed(span, 60, 1)));
  expect(spans).toEqual([30, 15, 7.5, 6, 6]);
  for (let step = 0; step < 4; step += 1) span = zoomed(span, 60, -1);
  expect(span).toBeNull();
});

it("shows nothing before the beginning and behind the end", () => {
  expect(viewFrom(-5, 10, 60)).toEqual({ from_s: 0, to_s: 10 });
  expect(viewFrom(58, 10, 60)).toEqual({ from_s: 50, to_s: 60 });
  expect(viewFrom(5, null, 60)).toEqual({ from_s: 0, to_s: 60 });
});

it("turns the page when what is heard leaves it, and stays otherwise", () => {
  const view = { from_s: 20, to_s: 30 };
  expect(turned(view, 25)).toBe(20);
  expect(turned(view, 29.8)).toBeCloseTo(28.8);
  expect(turned(view, 5)).toBe(4);
});
