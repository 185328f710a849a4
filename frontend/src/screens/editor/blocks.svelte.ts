/** The blocks of a chapter in order, in chunks: a change costs as much as one chunk has, not the chapter. */
import type { BlockText, Content } from "./content";
import { plain } from "./content";

const CHUNK = 50;

/** What the server is known to have: as it said it, and as we compare it. */
export interface Known {
  readonly wire: BlockText;
  readonly content: Content;
}

/** Another version of a block, of somebody else: null where they deleted it.    locked: whether they have locked it. */
export interface Theirs {
  readonly content: Content | null;
  readonly wire: BlockText | null;
  readonly locked: boolean;
}

/** What has become of a block. problem: why the server doesn't take its text.    error: why it couldn't be converted. */
export interface Status {
  readonly converted: boolean;
  readonly locked: boolean;
  readonly flaws: readonly string[];
  readonly error: string | null;
  readonly theirs: Theirs | null;
  readonly problem: string | null;
}

export const NEW: Status = { converted: false, locked: false, flaws: [], error: null, theirs: null, problem: null };

/** A paragraph. One signal for what it says and one for what has become of it. */
export class Block {
  content = $state.raw<Content>(plain(""));
  status = $state.raw<Status>(NEW);
  known: Known | null = null;
  /** Whether what the server is known to have can be heard. */
  isKnownConverted = false;
  /** Where it is; null while it isn't in the chapter. */
  chunk: Chunk | null = null;

  constructor(
    readonly id: string,
    content: Content,
    readonly kind = "paragraph",
  ) {
    this.content = content;
  }

  get text(): string {
    return this.content.text;
  }
}

let lastChunk = 0;

/** Neighbouring blocks that are shown or not at once. */
export class Chunk {
  readonly id = (lastChunk += 1);
  blocks = $state.raw<readonly Block[]>([]);
  /** How many blocks are before it. */
  start = $state(0);
  isShown = $state(false);
  /** As it was measured last; null while it is unknown. In CSS pixels. */
  heightPx: number | null = null;

  constructor(blocks: readonly Block[]) {
    this.blocks = blocks;
    for (const block of blocks) block.chunk = this;
  }
}

export class BlockList {
  chunks = $state.raw<readonly Chunk[]>([]);
  count = $state(0);
  #byId = new Map<string, Block>();

  fill(blocks: readonly Block[]): void {
    const chunks: Chunk[] = [];
    for (let start = 0; start < blocks.length; start += CHUNK) chunks.push(new Chunk(blocks.slice(start, start + CHUNK)));
    this.#byId = new Map(blocks.map((block) => [block.id, block]));
    this.chunks = chunks;
    this.#number();
  }

  *[Symbol.iterator](): Generator<Block> {
    for (const chunk of this.chunks) yield* chunk.blocks;
  }

  get(id: string): Block | undefined {
    return this.#byId.get(id);
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  at(index: number): Block | undefined {
    const chunk = this.chunks.findLast((each) => each.start <= index);
    return chunk?.blocks[index - chunk.start];
  }

  indexOf(block: Block): number {
    return block.chunk ? block.chunk.start + block.chunk.blocks.indexOf(block) : -1;
  }

  before(block: Block): Block | undefined {
    const index = this.indexOf(block);
    return index > 0 ? this.at(index - 1) : undefined;
  }

  after(block: Block): Block | undefined {
    return this.at(this.indexOf(block) + 1);
  }

  get first(): Block | undefined {
    return this.chunks[0]?.blocks[0];
  }

  get last(): Block | undefined {
    return this.chunks.at(-1)?.blocks.at(-1);
  }

  /** Put a block behind another, at the beginning for undefined. */
  insert(block: Block, after: Block | undefined): void {
    const chunk = after?.chunk ?? this.chunks[0];
    this.#byId.set(block.id, block);
    if (!chunk) {
      const only = new Chunk([block]);
      only.isShown = true;
      this.chunks = [only];
    } else {
      const index = after ? chunk.blocks.indexOf(after) + 1 : 0;
      chunk.blocks = chunk.blocks.toSpliced(index, 0, block);
      block.chunk = chunk;
      if (chunk.blocks.length > CHUNK * 2) this.#split(chunk);
    }
    this.#number();
  }

  remove(block: Block): void {
    const chunk = block.chunk;
    if (!chunk) return;
    this.#byId.delete(block.id);
    block.chunk = null;
    chunk.blocks = chunk.blocks.filter((each) => each !== block);
    if (!chunk.blocks.length) this.chunks = this.chunks.filter((each) => each !== chunk);
    this.#number();
  }

  #split(chunk: Chunk): void {
    const second = new Chunk(chunk.blocks.slice(CHUNK));
    second.isShown = chunk.isShown;
    chunk.blocks = chunk.blocks.slice(0, CHUNK);
    chunk.heightPx = null;
    this.chunks = this.chunks.toSpliced(this.chunks.indexOf(chunk) + 1, 0, second);
  }

  #number(): void {
    let start = 0;
    for (const chunk of this.chunks) {
      if (chunk.start !== start) chunk.start = start;
      start += chunk.blocks.length;
    }
    this.count = start;
  }
}
