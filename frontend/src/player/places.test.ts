import { expect, it } from "vitest";

import { findPlace, keepPlace } from "./places";

function memory() {
  const kept = new Map<string, string>();
  return { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
}
const DAY_MS = 24 * 3600 * 1000;

it("keeps a place for weeks and not for ever, and only the newest of very many", () => {
  const store = memory();
  keepPlace("old", { blockId: "b", unit: 7 }, store, 0);
  expect(findPlace("old", store, 20 * DAY_MS)).toEqual({ blockId: "b", unit: 7 });
  expect(findPlace("old", store, 60 * DAY_MS)).toBeNull();
  for (let chapter = 0; chapter < 400; chapter += 1) keepPlace(`c${chapter}`, { blockId: "b", unit: chapter }, store, DAY_MS);
  expect(findPlace("c0", store, DAY_MS)).toBeNull();
  expect(findPlace("c399", store, DAY_MS)?.unit).toBe(399);
  keepPlace("c399", null, store, DAY_MS);
  expect(findPlace("c399", store, DAY_MS)).toBeNull();
});

it("begins anew where what is kept can't be read", () => {
  const store = memory();
  store.setItem("rhapsode.places", "{");
  expect(findPlace("a", store)).toBeNull();
});
