/** When the words of a chapter are heard, laid out to be searched sixty times a second. */

/** A block as the server tells of it. words: four numbers each: first and last code point (behind it), begin and end. */
export interface BlockAnswer {
  block_id: string;
  text: string;
  start_secs: number;
  end_secs: number;
  words: number[];
}

export interface TimedBlock {
  id: string;
  text: string;
  start_s: number;
  end_s: number;
  /** Of the timeline's words: the first of this block, and the first behind it. */
  firstWord: number;
  endWord: number;
}

/** Blocks and words in the order in which they are heard. starts_s, ends_s: of each word. from, to: its UTF-16 units. */
export interface Timeline {
  blocks: readonly TimedBlock[];
  starts_s: Float64Array;
  ends_s: Float64Array;
  from: Int32Array;
  to: Int32Array;
  /** The block of each word. */
  blockOf: Int32Array;
  indexOf: ReadonlyMap<string, number>;
}

export interface WordPlace {
  blockId: string;
  start: number;
  end: number;
}

export function timelineOf(answers: readonly BlockAnswer[]): Timeline {
  const count = answers.reduce((sum, block) => sum + block.words.length / 4, 0);
  const [starts_s, ends_s] = [new Float64Array(count), new Float64Array(count)];
  const [from, to, blockOf] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)];
  let word = 0;
  const blocks = answers.map((answer, index) => {
    const firstWord = word;
    const unitAt = units(answer.text);
    for (let at = 0; at < answer.words.length; at += 4, word += 1) {
      from[word] = unitAt(answer.words[at] ?? 0);
      to[word] = unitAt(answer.words[at + 1] ?? 0);
      starts_s[word] = answer.words[at + 2] ?? 0;
      ends_s[word] = answer.words[at + 3] ?? 0;
      blockOf[word] = index;
    }
    return { id: answer.block_id, text: answer.text, start_s: answer.start_secs, end_s: answer.end_secs, firstWord, endWord: word };
  });
  return { blocks, starts_s, ends_s, from, to, blockOf, indexOf: new Map(blocks.map((block, index) => [block.id, index])) };
}

/** The unit of each code point that is asked for; they are asked for in rising order, so the text is walked once. */
function units(text: string): (point: number) => number {
  if (!/[\ud800-\udbff]/.test(text)) return (point) => point;
  let [unit, passed] = [0, 0];
  return (point) => {
    if (point < passed) [unit, passed] = [0, 0];
    for (; passed < point && unit < text.length; passed += 1) unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
    return unit;
  };
}

/** How many of the numbers, which rise, are at most this one. */
function countUpTo(length: number, valueAt: (index: number) => number, value: number): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (valueAt(middle) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The word that is heard, or was heard last in its block; -1 before the first and in the pause behind a block. */
export function wordAt(timeline: Timeline, secs: number): number {
  const word = countUpTo(timeline.starts_s.length, (index) => timeline.starts_s[index] ?? 0, secs) - 1;
  const block = timeline.blocks[timeline.blockOf[word] ?? -1];
  return block && secs < block.end_s ? word : -1;
}

/** The block that is heard, or was heard last; 0 before the first, -1 where there are none. */
export function blockAt(timeline: Timeline, secs: number): number {
  const count = countUpTo(timeline.blocks.length, (index) => timeline.blocks[index]?.start_s ?? 0, secs);
  return timeline.blocks.length ? Math.max(0, count - 1) : -1;
}

export function placeOf(timeline: Timeline, word: number): WordPlace | null {
  const block = timeline.blocks[timeline.blockOf[word] ?? -1];
  return block ? { blockId: block.id, start: timeline.from[word] ?? 0, end: timeline.to[word] ?? 0 } : null;
}

/** When a place in a block is heard: the word there, else the next one; undefined for a block that isn't there. */
export function timeOf(timeline: Timeline, blockId: string, unit = 0): number | undefined {
  const block = timeline.blocks[timeline.indexOf.get(blockId) ?? -1];
  if (!block) return undefined;
  for (let word = block.firstWord; word < block.endWord; word += 1)
    if ((timeline.to[word] ?? 0) > unit) return word === block.firstWord ? block.start_s : timeline.starts_s[word];
  return unit > 0 && block.endWord > block.firstWord ? timeline.starts_s[block.endWord - 1] : block.start_s;
}

/** When the words end of what is known. */
export const endOf = (timeline: Timeline): number => timeline.blocks.at(-1)?.end_s ?? 0;

/** Where the paragraph before or behind begins; back: this one, where it has been heard for a while. */
export function paragraphFrom(timeline: Timeline, secs: number, step: 1 | -1): number | undefined {
  const here = blockAt(timeline, secs);
  const block = timeline.blocks[here];
  const isWithin = block !== undefined && secs - block.start_s > HEARD_S;
  const target = timeline.blocks[step === -1 && isWithin ? here : here + step];
  return target?.start_s;
}

/** Where the word before or behind begins. */
export function wordFrom(timeline: Timeline, secs: number, step: 1 | -1): number | undefined {
  const heard = countUpTo(timeline.starts_s.length, (index) => timeline.starts_s[index] ?? 0, secs + NEAR_S) - 1;
  return timeline.starts_s[heard + step];
}

const HEARD_S = 1.5;
const NEAR_S = 0.02;
