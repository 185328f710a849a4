"""Which block of a document each spoken block came from. Pure: texts in, positions out.

Blocks that are there once on either side, in one order, hold the two together (a "patience" comparison). What stands
between two of them is compared from behind: a heading that the contents list too belongs to the text that follows it.
What was edited since is met with what is most like it in the same gap.
"""

import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise

_ALIKE = 0.4  # of what two paragraphs share: then one is the other, edited
_STRETCH_LETTERS = 4
_MOST_COMPARED = 64  # blocks of one gap that are searched for edited ones
_MOST_PAIRS = (
    1_000_000  # of blocks of one gap; in longer ones, what is there all the time holds nothing together
)

Pairs = dict[int, int]
"""Position of a spoken block -> that of the block it came from."""


def match_blocks(spoken: Sequence[Sequence[str]], written: Sequence[str]) -> list[Pairs]:
    """For each chapter's spoken texts, where they stand among the written ones; each of these is met once at most.

    A chapter that stands elsewhere than in the document is looked for once more by itself.
    """
    chapters = [[skeleton(text) for text in texts] for texts in spoken]
    there = [skeleton(text) for text in written]
    starts, everything = [0], []
    for texts in chapters:
        everything += texts
        starts.append(len(everything))
    together = _matched(everything, there)
    found = [
        {i - start: j for i, j in together.items() if start <= i < stop} for start, stop in pairwise(starts)
    ]
    for number, texts in enumerate(chapters):
        if len(found[number]) * 2 <= len(texts):
            others = {j for other in (*found[:number], *found[number + 1 :]) for j in other.values()}
            alone = _by_itself(texts, there, others)
            found[number] = max(found[number], alone, key=len)
    return found


def skeleton(text: str) -> str:
    """The letters and digits of a text, whatever case, accents, spaces and signs it has."""
    return "".join(letter for letter, _ in letters(text))


def letters(text: str) -> Iterator[tuple[str, int]]:
    """Each letter or digit of a text's skeleton, and which code point it comes from."""
    for index, character in enumerate(text):
        if character.isascii():
            if character.isalnum():
                yield character.lower(), index
            continue
        for letter in unicodedata.normalize("NFKD", character.casefold()):
            if letter.isalnum():
                yield letter, index


def _by_itself(texts: Sequence[str], there: Sequence[str], taken: set[int]) -> Pairs:
    free = [j for j in range(len(there)) if j not in taken]
    return {i: free[j] for i, j in _matched(texts, [there[j] for j in free]).items()}


def _matched(spoken: Sequence[str], written: Sequence[str]) -> Pairs:
    anchors = _anchors(spoken, written)
    bounds = [(-1, -1), *anchors, (len(spoken), len(written))]
    pairs = dict(anchors)
    for (i, j), (next_i, next_j) in pairwise(bounds):
        pairs |= _in_gap(spoken, written, range(i + 1, next_i), range(j + 1, next_j))
    return pairs


def _anchors(spoken: Sequence[str], written: Sequence[str]) -> list[tuple[int, int]]:
    """The longest run, rising on both sides, of texts that are there once on both."""
    counts, there = Counter(spoken), Counter(written)
    position = {text: j for j, text in enumerate(written) if there[text] == 1}
    once = [
        (i, position[text])
        for i, text in enumerate(spoken)
        if text and counts[text] == 1 and text in position
    ]
    return _rising(once)


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence of pairs, in the order of the first, whose second rises too."""
    ends: list[int] = []
    end_at: list[int] = []
    before: list[int] = []
    for index, (_, j) in enumerate(pairs):
        length = bisect_left(ends, j)
        before.append(end_at[length - 1] if length else -1)
        ends[length : length + 1] = [j]
        end_at[length : length + 1] = [index]
    run: list[tuple[int, int]] = []
    index = end_at[-1] if end_at else -1
    while index >= 0:
        run.append(pairs[index])
        index = before[index]
    return run[::-1]


def _in_gap(spoken: Sequence[str], written: Sequence[str], here: range, there: range) -> Pairs:
    if not here or not there:
        return {}
    a, b = [spoken[i] for i in reversed(here)], [written[j] for j in reversed(there)]
    is_long = len(a) * len(b) > _MOST_PAIRS
    equal = SequenceMatcher(None, a, b, autojunk=is_long).get_matching_blocks()
    found = {
        here[-1 - match.a - n]: there[-1 - match.b - n]
        for match in equal
        for n in range(match.size)
        if a[match.a + n]
    }
    return found | _edited(spoken, written, here, there, found)


def _edited(spoken: Sequence[str], written: Sequence[str], here: range, there: range, found: Pairs) -> Pairs:
    """What was edited: each with the first text behind the one before it that is like it."""
    if len(here) > _MOST_COMPARED or len(there) > _MOST_COMPARED:
        return {}
    pairs: Pairs = {}
    floor = there.start
    for i in here:
        if i in found:
            floor = found[i] + 1
            continue
        ceiling = min((j for k, j in found.items() if k > i), default=there.stop)
        alike = (j for j in range(floor, ceiling) if are_alike(spoken[i], written[j]))
        place = next(alike, None)
        if place is not None:
            pairs[i] = place
            floor = place + 1
    return pairs


def are_alike(one: str, other: str) -> bool:
    """Whether one skeleton seems to be an edit of another: by how many stretches of four letters they share."""
    here, there = _stretches(one), _stretches(other)
    return bool(here) and 2 * len(here & there) >= _ALIKE * (len(here) + len(there))


@lru_cache(maxsize=4 * _MOST_COMPARED)
def _stretches(text: str) -> frozenset[str]:
    if len(text) < _STRETCH_LETTERS:
        return frozenset({text} if text else ())
    return frozenset(text[n : n + _STRETCH_LETTERS] for n in range(len(text) - _STRETCH_LETTERS + 1))
