import { expect, it } from "vitest";

import { Keeper, type Store } from "../state/storage";
import { findPlace, keepPlace } from "./places";

function memory(): Keeper {
  const kept = new Map<string, string>();
  return new Keeper(() => ({ getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) }) as Store);
}
const DAY_MS = 24 * 3600 * 1000;

it("keeps a place for weeks and not for ever, and only the newest of very many", () => {
  const keeper = memory();
  keepPlace("old", { blockId: "b", unit: 7 }, keeper, 0);
  expect(findPlace("old", keeper, 20 * DAY_MS)).toEqual({ blockId: "b", unit: 7 });
  expect(findPlace("old", keeper, 60 * DAY_MS)).toBeNull();
  for (let chapter = 0; chapter < 400; chapter += 1) keepPlace(`c${chapter}`, { blockId: "b", unit: chapter }, keeper, DAY_MS);
  expect(findPlace("c0", keeper, DAY_MS)).toBeNull();
  expect(findPlace("c399", keeper, DAY_MS)?.unit).toBe(399);
  keepPlace("c399", null, keeper, DAY_MS);
  expect(findPlace("c399", keeper, DAY_MS)).toBeNull();
});

it("begins anew where what is kept can't be read", () => {
  const keeper = memory();
  keeper.keep("rhapsode.places", "{");
  expect(findPlace("a", keeper)).toBeNull();
});
