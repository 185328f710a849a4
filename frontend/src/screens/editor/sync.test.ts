import { beforeEach, describe, expect, it } from "vitest";

import { Keeper, type Store } from "../../state/storage";
import { Block } from "./blocks.svelte";
import { Changes } from "./changes.svelte";
import { blockText, contentOf, isSame, plain, type BlockText } from "./content";
import { nextEdits, type Edit } from "./edits";
import { Journal } from "./journal";
import { Ledger } from "./ledger.svelte";
import { blockOf, takeAnswer, takeContent, takeEntries } from "./merge";
import { resolved } from "./resolving";
import type { BlockView, ChapterContent, ChapterEdited } from "./wire";
import { moved, split, typed } from "./writing";

function memory(): Store {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    key: (index) => [...kept.keys()][index] ?? null,
    get length() {
      return kept.size;
    },
  };
}

const view = (block_id: string, text: BlockText): BlockView => ({ ...text, block_id, kind: "paragraph", locked: false, converted: true, flaws: [], error: null });

/** What the server promises of edits, in its simplest form. */
class Server {
  blocks: BlockView[];
  revision = 1;

  constructor(...texts: string[]) {
    this.blocks = texts.map((text, index) => view(`b${index}`, blockText(plain(text))));
  }

  get content(): ChapterContent {
    return { chapter_id: "c", name: "", revision: this.revision, muted: false, blocks: structuredClone(this.blocks) };
  }

  get texts(): string[] {
    return this.blocks.map((block) => block.nodes.map((node) => node.text).join(""));
  }

  write(block_id: string, text: string): void {
    this.blocks = this.blocks.map((block) => (block.block_id === block_id ? view(block_id, blockText(plain(text))) : block));
  }

  patch(edits: Edit[]): ChapterEdited {
    this.revision += 1;
    const conflicts = edits.flatMap((edit, index) => (this.apply(edit) ? [] : [{ index, block_id: edit.block_id, block: this.find(edit.block_id) ?? null }]));
    const ids = new Set(edits.map((edit) => edit.block_id));
    return structuredClone({ revision: this.revision, blocks: this.blocks.filter((block) => ids.has(block.block_id)), conflicts });
  }

  private find(id: string): BlockView | undefined {
    return this.blocks.find((block) => block.block_id === id);
  }

  private apply(edit: Edit): boolean {
    const there = this.find(edit.block_id);
    const isThere = (text: BlockText): boolean => there !== undefined && isSame(contentOf(there), contentOf(text));
    if (edit.op === "set") {
      if (!there || (!isThere(edit.was) && !isThere(edit.to))) return false;
      this.blocks = this.blocks.map((block) => (block === there ? view(edit.block_id, edit.to) : block));
      return true;
    }
    if (edit.op === "delete") {
      if (there && !isThere(edit.was)) return false;
      this.blocks = this.blocks.filter((block) => block !== there);
      return true;
    }
    if (edit.op === "insert" && there) return isThere(edit.to);
    if (edit.op === "move" && !there) return false;
    this.blocks = this.blocks.filter((block) => block !== there);
    const put = edit.op === "insert" ? view(edit.block_id, edit.to) : (there as BlockView);
    const index = edit.after_block_id === null ? 0 : this.blocks.findIndex((block) => block.block_id === edit.after_block_id) + 1;
    this.blocks = this.blocks.toSpliced(index, 0, put);
    return true;
  }
}

const PLACE = { owner: "w", projectId: "p", chapterId: "c" };

class Tab {
  readonly ledger: Ledger;
  readonly changes: Changes;

  constructor(
    readonly server: Server,
    readonly store: Store = memory(),
    tab = "a tab that is gone",
  ) {
    this.ledger = new Ledger(new Journal(PLACE, new Keeper(() => store), tab));
    this.changes = new Changes(this.ledger, () => undefined);
    this.ledger.list.fill(server.content.blocks.map(blockOf));
  }

  get texts(): string[] {
    return [...this.ledger.list].map((block) => block.text);
  }

  block(id: string): Block {
    return this.ledger.list.get(id) as Block;
  }

  type(id: string, text: string): void {
    typed(this.changes, this.block(id), text, { blockId: id, start: 0, end: 0 }, text.length, false);
  }

  /** isLost: the server has done it, but its answer doesn't come. */
  send({ isLost = false } = {}): Edit[] {
    const edits = structuredClone(nextEdits(this.ledger));
    if (!edits.length) return edits;
    this.ledger.sending(edits);
    const answer = this.server.patch(edits);
    if (!isLost) takeAnswer(this.ledger, edits, answer);
    return edits;
  }

  async reopen(): Promise<Tab> {
    const after = new Tab(this.server, this.store, "a new tab");
    const left = await new Journal(PLACE, new Keeper(() => this.store), "a new tab").orphans();
    takeEntries(after.ledger, left.entries);
    left.forget();
    return after;
  }

  reread(): void {
    takeContent(this.ledger, this.server.content);
  }
}

describe("a chapter in two tabs", () => {
  let server: Server;
  let mine: Tab;
  let other: Tab;
  beforeEach(() => {
    server = new Server("one", "two", "three", "four");
    mine = new Tab(server);
    other = new Tab(server);
  });

  it("merges what was typed in one block into one edit, from what the server has", () => {
    mine.type("b1", "two!");
    mine.type("b1", "two!!");
    expect(mine.send()).toEqual([{ op: "set", block_id: "b1", was: blockText(plain("two")), to: blockText(plain("two!!")) }]);
    expect(server.texts).toEqual(["one", "two!!", "three", "four"]);
    expect(mine.ledger.hasUnsent).toBe(false);
  });

  it("sends what is typed while a request is on its way with the next one", () => {
    mine.type("b1", "A");
    const edits = structuredClone(nextEdits(mine.ledger));
    mine.ledger.sending(edits);
    mine.type("b1", "AB");
    takeAnswer(mine.ledger, edits, server.patch(edits));
    mine.send();
    expect(server.texts[1]).toBe("AB");
    expect(mine.send()).toEqual([]);
  });

  it("keeps the order of new, moved and deleted blocks", () => {
    split(mine.changes, mine.ledger.list, mine.block("b0"), 1, 1);
    moved(mine.changes, mine.ledger.list, [mine.block("b3")], "up", null);
    mine.changes.step(null, () => (mine.changes.remove(mine.block("b1")), null));
    mine.send();
    expect(server.texts).toEqual(["o", "ne", "four", "three"]);
    expect(mine.texts).toEqual(server.texts);
  });

  it("takes other paragraphs of others over, and new ones to where they are", () => {
    mine.type("b0", "mine");
    other.type("b2", "other");
    split(other.changes, other.ledger.list, other.block("b3"), 2, 2);
    moved(other.changes, other.ledger.list, [other.block("b0")], "down", null);
    other.send();
    mine.reread();
    expect(mine.texts).toEqual(["two", "mine", "other", "fo", "ur"]);
    mine.send();
    expect(server.texts).toEqual(mine.texts);
  });

  it("tells of a paragraph that both have changed, and loses neither version", () => {
    mine.type("b1", "mine");
    other.type("b1", "theirs");
    other.send();
    mine.send();
    expect(mine.block("b1").status.theirs?.content?.text).toBe("theirs");
    expect(mine.send()).toEqual([]);
    resolved(mine.ledger, mine.block("b1"), "both");
    mine.send();
    expect(server.texts).toEqual(["one", "theirs", "mine", "three", "four"]);
  });

  it("lets a person keep their own version, or what somebody else has deleted", () => {
    mine.type("b1", "mine");
    other.changes.step(null, () => (other.changes.remove(other.block("b1")), null));
    other.send();
    mine.reread();
    expect(mine.block("b1").status.theirs?.content).toBeNull();
    resolved(mine.ledger, mine.block("b1"), "mine");
    mine.send();
    expect(server.texts).toEqual(["one", "mine", "three", "four"]);
  });

  it("gives back a paragraph that was deleted here while somebody else changed it", () => {
    mine.changes.step(null, () => (mine.changes.remove(mine.block("b1")), null));
    other.type("b1", "two and more");
    other.send();
    mine.send();
    mine.reread();
    expect(mine.texts).toEqual(["one", "two and more", "three", "four"]);
  });

  it("undoes and redoes after everything was saved, but never over what others have done", () => {
    mine.type("b1", "mine");
    split(mine.changes, mine.ledger.list, mine.block("b0"), 1, 1);
    mine.send();
    mine.changes.undo();
    mine.changes.undo();
    mine.send();
    expect(server.texts).toEqual(["one", "two", "three", "four"]);
    mine.changes.redo();
    mine.send();
    server.write("b1", "theirs");
    mine.reread();
    expect(mine.changes.undo()?.isPartial).toBe(true);
    expect(mine.texts[1]).toBe("theirs");
  });
});

describe("a page that was closed", () => {
  it("has its edits again, in their places", async () => {
    const [server, store] = [new Server("one", "two"), memory()];
    const before = new Tab(server, store);
    before.type("b1", "two, unsent");
    split(before.changes, before.ledger.list, before.block("b0"), 2, 2);
    const after = await before.reopen();
    expect(after.texts).toEqual(["on", "e", "two, unsent"]);
    after.send();
    expect(server.texts).toEqual(after.texts);
    expect(store.length).toBe(0);
  });

  it("knows its own edits whose answer got lost", async () => {
    const [server, store] = [new Server("one", "two"), memory()];
    const before = new Tab(server, store);
    before.type("b1", "first");
    before.send({ isLost: true });
    before.type("b1", "first and second");
    const after = await before.reopen();
    expect(after.block("b1").status.theirs).toBeNull();
    after.send();
    expect(server.texts).toEqual(["one", "first and second"]);
  });

  it("asks a person where somebody else was there meanwhile, also after it is read again", async () => {
    const [server, store] = [new Server("one", "two"), memory()];
    const before = new Tab(server, store);
    before.type("b1", "mine");
    server.write("b1", "theirs");
    const after = await before.reopen();
    after.reread();
    expect(after.block("b1").status.theirs?.content?.text).toBe("theirs");
    expect(after.send()).toEqual([]);
  });

  it("has both texts that two tabs have left of one paragraph", async () => {
    const [server, store] = [new Server("one", "two"), memory()];
    new Tab(server, store, "gone first").type("b1", "two, offline");
    new Tab(server, store, "gone second").type("b1", "two, elsewhere");
    const after = await new Tab(server, store).reopen();
    expect([...after.texts].sort()).toEqual(["one", "two, elsewhere", "two, offline"]);
    after.send();
    expect(server.texts).toEqual(after.texts);
    expect(store.length).toBe(0);
  });

  it("has what this very tab had kept of it, as of a chapter that was deleted and came back", async () => {
    const [server, store] = [new Server("one", "two"), memory()];
    new Tab(server, store, "a new tab").type("b1", "two, unsent");
    const after = await new Tab(server, store).reopen();
    expect(after.texts).toEqual(["one", "two, unsent"]);
    after.send();
    expect(store.length).toBe(0);
  });

  it("forgets what has arrived after all, which would later be in the way of others", async () => {
    const [server, store] = [new Server("one", "two"), memory()];
    const before = new Tab(server, store, "a new tab");
    before.type("b1", "two!");
    server.write("b1", "two!");
    await before.reopen();
    expect(store.length).toBe(0);
  });
});

describe("a browser whose storage is full", () => {
  it("tells so until each text that it doesn't keep is saved", () => {
    const [server, store] = [new Server("one", "two"), memory()];
    const full: Store = {
      ...store,
      setItem: (key, value) => {
        if (value.includes("long")) throw new DOMException("", "QuotaExceededError");
        store.setItem(key, value);
      },
    };
    const tab = new Tab(server, full);
    tab.type("b0", "a long text");
    expect(tab.ledger.isDurable).toBe(false);
    tab.type("b1", "short");
    expect(tab.ledger.isDurable).toBe(false);
    tab.send();
    expect(tab.ledger.isDurable).toBe(true);
  });
});
