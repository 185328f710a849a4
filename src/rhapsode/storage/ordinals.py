"""Ordinals: whole numbers in the order of what has them, with room in between, so that one more moves no others.

Pure: numbers in, numbers out. Ordinals that older versions gave have no room; where some is needed, it is made.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

_SPACING = 1024
"""Between neighbours: thirty paragraphs are typed one behind the other, or ten at one place, until it is used up."""
_STEP = 32
"""Behind its neighbour at most, so that what follows it in turn has room too."""
_FARTHEST = 2**30
"""From zero; columns hold twice that. Only after a million additions at one end of a chapter."""


def evenly_placed(count: int) -> range:
    """Ordinals for so many."""
    return range(0, count * _SPACING, _SPACING)


def fitted(known: Sequence[int | None]) -> list[int]:
    """Ordinals in rising order: those that are known, and some for what has none (None), between its neighbours.

    Where there is no room for that, all are new.    known: rising.
    """
    found = list(_fitted(known))
    rises = all(before < after for before, after in pairwise(found))
    if rises and all(abs(ordinal) < _FARTHEST for ordinal in (*found[:1], *found[-1:])):
        return found
    return list(evenly_placed(len(known)))


def _fitted(known: Sequence[int | None]) -> Iterator[int]:
    """The same; where there is no room, they don't rise."""
    index, before = 0, None
    for is_new, group in groupby(known, key=lambda ordinal: ordinal is None):
        count = len(list(group))
        run = known[index : index + count]
        index += count
        after = known[index] if is_new and index < len(known) else None
        numbers = (
            _between(before, after, count) if is_new else [number for number in run if number is not None]
        )
        yield from numbers
        before = numbers[-1]


def _between(before: int | None, after: int | None, count: int) -> list[int]:
    """So many between two; before None: in front of the first; after None: behind the last."""
    if after is None:
        first = 0 if before is None else before + _SPACING
        return list(range(first, first + count * _SPACING, _SPACING))
    if before is None:
        return list(range(after - count * _SPACING, after, _SPACING))
    step = min(_STEP, (after - before) // (count + 1))
    return [before + step * (index + 1) for index in range(count)]
