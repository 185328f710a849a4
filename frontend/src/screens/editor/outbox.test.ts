import { beforeEach, expect, it, vi } from "vitest";

import { ApiError, ask } from "../../api/client";
import { Keeper } from "../../state/storage";
import { blockText, plain } from "./content";
import { Journal } from "./journal";
import { Ledger } from "./ledger.svelte";
import { blockOf } from "./merge";
import { Outbox } from "./outbox.svelte";

vi.mock("../../api/client", async (original) => ({ ...(await original<object>()), ask: vi.fn() }));

const view = (text: string) => ({ ...blockText(plain(text)), block_id: "b", kind: "paragraph", locked: false, converted: true, flaws: [], error: null });
const store = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined, key: () => null, length: 0 };

let ledger: Ledger;
beforeEach(() => {
  vi.mocked(ask).mockReset();
  ledger = new Ledger(new Journal({ owner: "w.anna", projectId: "p", chapterId: "c" }, new Keeper(() => store), "tab"));
  ledger.list.fill([blockOf(view("one"))]);
  const block = ledger.list.get("b");
  if (block) {
    block.content = plain("two");
    ledger.touch(block);
  }
});

it("sends nothing while somebody else is signed in, and keeps it until who has written it is back", async () => {
  vi.mocked(ask).mockResolvedValue({ revision: 1, blocks: [view("two")], conflicts: [] });
  let owner = "w.bert";
  const outbox = new Outbox(ledger, "p", "c", () => owner === "w.anna");
  await expect(outbox.flush()).rejects.toThrow();
  expect(ask).not.toHaveBeenCalled();
  expect(outbox.state).toBe("kept");
  owner = "w.anna";
  await outbox.flush();
  expect(ask).toHaveBeenCalledTimes(1);
  expect(ledger.hasUnsent).toBe(false);
});

it("tells at the paragraph that whoever writes may not, and doesn't ask again and again", async () => {
  vi.mocked(ask).mockRejectedValue(new ApiError(401, "missing_permissions", "This key may not write."));
  const outbox = new Outbox(ledger, "p", "c");
  await expect(outbox.flush()).rejects.toThrow();
  expect(outbox.state).toBe("held");
  expect(ledger.list.get("b")?.status.problem).toBe("This key may not write.");
  expect(ask).toHaveBeenCalledTimes(1);
});
