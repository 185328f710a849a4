import { expect, it } from "vitest";

import { Keeper, type Store } from "./storage";

it("does without a storage that is forbidden, however the browser forbids it", () => {
  const forbid = (): never => {
    throw new DOMException("", "SecurityError");
  };
  const deaf: Store = { getItem: forbid, setItem: forbid, removeItem: forbid, key: forbid, length: 1 };
  for (const keeper of [new Keeper(forbid), new Keeper(() => deaf)]) {
    expect([keeper.read("a"), keeper.readJson("a"), keeper.listKeys("")]).toEqual([null, null, []]);
    expect([keeper.keep("a", "text"), keeper.keep("a", null)]).toEqual([false, false]);
  }
});
