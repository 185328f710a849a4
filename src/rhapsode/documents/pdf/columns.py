"""Columns: which fragments of a page are read before which.

A gutter is a height of white with text on both sides. Where a page has one, what crosses it (a title, a wide
picture's caption) parts the page into bands, and in each band the left column comes before the right one.
"""

from collections.abc import Sequence
from itertools import accumulate, groupby

from rhapsode.documents.pdf.fragments import Fragment

_STEP_POINTS = 3.0
_FEWEST_LINES = 4  # on each side of a gutter; fewer are a table or a picture's labels
_FEWEST_CHARACTERS = 14  # on average in each; the cells of a table are shorter
_MOST_CROSSING = 0.5  # of the fragments may cross a gutter
_MOST_COLUMNS = 4


def columns_of(fragments: Sequence[Fragment], *, right_to_left: bool) -> list[list[Fragment]]:
    """The fragments in stretches that are read one after the other."""
    return _parted(list(fragments), right_to_left=right_to_left, columns=_MOST_COLUMNS)


def _parted(fragments: list[Fragment], *, right_to_left: bool, columns: int) -> list[list[Fragment]]:
    gutter = _find_gutter(fragments) if columns > 1 else None
    if gutter is None:
        return [fragments] if fragments else []
    parts: list[list[Fragment]] = []
    whole: list[Fragment] = []  # what is read across the whole width
    for band in _bands(fragments, gutter):
        sides = [[f for f in band if f.right <= gutter], [f for f in band if f.left >= gutter]]
        if not _is_parted(band, gutter):
            whole += band
            continue
        parts += [whole] if whole else []
        whole = []
        for side in reversed(sides) if right_to_left else sides:
            parts += _parted(side, right_to_left=right_to_left, columns=columns - 1)
    return [*parts, whole] if whole else parts


def _bands(fragments: Sequence[Fragment], gutter: float) -> list[list[Fragment]]:
    """From top to bottom: stretches that cross the gutter, and stretches that don't."""
    in_order = sorted(fragments, key=lambda fragment: -fragment.baseline)
    return [list(group) for _, group in groupby(in_order, key=lambda f: f.left < gutter < f.right)]


def _is_parted(band: Sequence[Fragment], gutter: float) -> bool:
    left = [fragment for fragment in band if fragment.right <= gutter]
    right = [fragment for fragment in band if fragment.left >= gutter]
    return all(_is_column(side) for side in (left, right))


def _is_column(side: Sequence[Fragment]) -> bool:
    characters = sum(fragment.characters for fragment in side)
    return len(side) >= _FEWEST_LINES and characters >= _FEWEST_CHARACTERS * len(side)


def _find_gutter(fragments: Sequence[Fragment]) -> float | None:
    """The place that parts most fragments into two columns; None on a page of one."""
    if len(fragments) < 2 * _FEWEST_LINES:
        return None
    left = min(fragment.left for fragment in fragments)
    steps = int((max(fragment.right for fragment in fragments) - left) / _STEP_POINTS) + 2
    crossing = _crossing(fragments, left, steps)
    lowest = [
        left + (run[0] + run[-1]) / 2 * _STEP_POINTS
        for run in _valleys(crossing)
        if crossing[run[0]] <= _MOST_CROSSING * len(fragments)
    ]
    scored = [(_gain(fragments, gutter), gutter) for gutter in lowest]
    gain, gutter = max(scored, default=(0, 0.0))
    return gutter if gain > 0 else None


def _crossing(fragments: Sequence[Fragment], left: float, steps: int) -> list[int]:
    """How many fragments lie across each step of the page's width."""
    changes = [0] * (steps + 1)
    for fragment in fragments:
        changes[int((fragment.left - left) / _STEP_POINTS) + 1] += 1
        changes[int((fragment.right - left) / _STEP_POINTS)] -= 1
    return list(accumulate(changes))[:steps]


def _valleys(crossing: Sequence[int]) -> list[list[int]]:
    """Runs of steps that fewer fragments cross than the steps on both sides of them."""
    runs = [
        [index for index, _ in group] for _, group in groupby(enumerate(crossing), key=lambda pair: pair[1])
    ]
    return [
        run
        for before, run, after in zip(runs, runs[1:], runs[2:], strict=False)
        if crossing[before[0]] > crossing[run[0]] < crossing[after[0]]
    ]


def _gain(fragments: Sequence[Fragment], gutter: float) -> int:
    return sum(len(band) for band in _bands(fragments, gutter) if _is_parted(band, gutter))
