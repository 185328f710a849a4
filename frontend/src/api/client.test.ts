import { afterEach, expect, it, vi } from "vitest";

import { address, ownAddress } from "./client";

afterEach(() => vi.unstubAllGlobals());

it("addresses are below the path at which the page is served, whether or not the server knows it", () => {
  vi.stubGlobal("document", { baseURI: "https://host/studio/#/history" });
  expect(address("/v1/history", { page_size: 2 })).toBe("https://host/studio/v1/history?page_size=2");
  for (const told of ["/rhapsode/v1/history/downloads/a?b=c", "/studio/rhapsode/v1/history/downloads/a?b=c", "http://inside:8000/rhapsode/v1/history/downloads/a?b=c"])
    expect(ownAddress(told)).toBe("https://host/studio/rhapsode/v1/history/downloads/a?b=c");
  expect(ownAddress("https://elsewhere/preview.mp3")).toBeNull();
});
