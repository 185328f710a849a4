"""The cheapest way through two rows of frames, in both at once (dynamic time warping; Sakoe and Chiba 1978).

A row of costs is one step of numpy, because moves along it are a running minimum: what it costs to come to column j
from column k of the same row is the sum of the costs between them. The band that is looked at is found coarsely first
and then finer, so that time grows with the length and not with its square. Of the moves the last millions are kept:
what comes before them is settled by then, as all ways that are still open have begun alike.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rhapsode.engines.products import product

Floats = NDArray[np.float32]
Features = NDArray[np.float16] | NDArray[np.float32]
Places = NDArray[np.int32]
Moves = NDArray[np.int8]
Totals = NDArray[np.float64]

_DIAGONAL, _DOWN, _ALONG = 0, 1, 2
_MAX_WHOLE_CELLS = 2**22
_MAX_KEPT_MOVES = 2**25
_FINER = 4
_RADIUS_FRAMES = 40  # of the coarser level, on both sides of its path
_BLOCK_ROWS = 128


@dataclass(frozen=True, slots=True)
class Path:
    """Pairs of frames that are the same sound, in order. costs: between the two frames of each pair."""

    rows: Places
    columns: Places
    costs: Floats


@dataclass(frozen=True, slots=True)
class _Band:
    """The columns [starts[i], ends[i]) that are looked at in row i; neither ever decreases."""

    starts: Places
    ends: Places


def find_path(one: Features, other: Features) -> Path:
    """Align two arrays of features, shape (frames, n), at least one frame each: from the first pair to the last."""
    band = _band(one, other)
    way = _Way(band)
    for totals, moves in _rows(one, other, band):
        way.add(totals, moves)
    rows, columns = way.end()
    return Path(rows, columns, pair_costs(one, other, rows, columns))


def coarser(features: Features) -> NDArray[np.float16]:
    """Each four frames as their mean; the last may be of fewer."""
    starts = np.arange(0, len(features), _FINER)
    counts = np.diff(np.append(starts, len(features)))[:, None]
    sums = np.add.reduceat(features, starts, axis=0, dtype=np.float32)
    return (sums / counts).astype(np.float16)


def _band(one: Features, other: Features) -> _Band:
    if len(one) * len(other) <= _MAX_WHOLE_CELLS or min(len(one), len(other)) < _FINER:
        full = np.full(len(one), len(other), np.int32)
        return _Band(np.zeros_like(full), full)
    coarse = find_path(coarser(one), coarser(other))
    return _around(coarse, row_count=len(one), column_count=len(other))


def _around(coarse: Path, *, row_count: int, column_count: int) -> _Band:
    coarse_count = int(coarse.rows[-1]) + 1
    changes = np.searchsorted(coarse.rows, np.arange(coarse_count))
    firsts = coarse.columns[changes] - _RADIUS_FRAMES
    lasts = coarse.columns[np.append(changes[1:], len(coarse.rows)) - 1] + _RADIUS_FRAMES + 1
    rows = np.arange(row_count) // _FINER
    starts = np.clip(firsts[rows] * _FINER, 0, column_count - 1)
    ends = np.clip(lasts[rows] * _FINER, 1, column_count)
    return _Band(starts.astype(np.int32), ends.astype(np.int32))


class _Way:
    """The moves of the rows so far; the older half is settled when there are too many."""

    def __init__(self, band: _Band) -> None:
        self._starts = band.starts
        self._last_column = int(band.ends[-1]) - 1
        self._settled: list[Places] = []
        self._moves: list[Moves] = []
        self._kept = 0
        self._first_row = 0
        self._totals: Totals = np.zeros(0)

    def add(self, totals: Totals, moves: Moves) -> None:
        """The next row: the least cost of coming to each cell of it, and the move by which."""
        if self._kept > _MAX_KEPT_MOVES and len(self._moves) > 1:
            self._settle()
        self._totals = totals
        self._moves.append(moves)
        self._kept += len(moves)

    def end(self) -> tuple[Places, Places]:
        """All pairs from the first to the last."""
        pairs = np.concatenate([*self._settled, self._back(self._last_column)])
        # Ways that hadn't begun alike would go back here.
        return pairs[:, 0].copy(), np.maximum.accumulate(pairs[:, 1])

    def _settle(self) -> None:
        pairs = self._back(int(self._starts[self._last_row]) + int(np.argmin(self._totals)))
        half = len(self._moves) // 2
        self._settled.append(pairs[pairs[:, 0] < self._first_row + half])
        self._kept -= sum(map(len, self._moves[:half]))
        del self._moves[:half]
        self._first_row += half

    @property
    def _last_row(self) -> int:
        return self._first_row + len(self._moves) - 1

    def _back(self, column: int) -> Places:
        """The pairs up to that of the last row and a column, from the first row that is kept on, shape (n, 2)."""
        row, first, moves = self._last_row, self._first_row, self._moves
        starts = self._starts[first : row + 1].tolist()
        pairs = array("i", (row, column))
        while row or column:
            move = moves[row - first][column - starts[row - first]]
            row -= bool(move != _ALONG)
            column -= bool(move != _DOWN)
            if row < first:
                break
            pairs.extend((row, column))
        return np.frombuffer(pairs, np.int32).reshape(-1, 2)[::-1]


def pair_costs(one: Features, other: Features, rows: Places, columns: Places) -> Floats:
    """The distance of the two frames of each pair, about 1 where they have nothing to do with each other."""
    costs = np.empty(len(rows), np.float32)
    step = 2**16  # at once
    for first in range(0, len(rows), step):
        here = slice(first, first + step)
        apart = one[rows[here]].astype(np.float32) - other[columns[here]]
        costs[here] = np.sqrt((apart**2).sum(axis=1) / (2 * one.shape[1]))
    return costs


def _rows(one: Features, other: Features, band: _Band) -> Iterator[tuple[Totals, Moves]]:
    """For each cell of the band, row after row, the least cost of coming to it, and the move by which."""
    totals, before = np.zeros(0), 0
    for first in range(0, len(one), _BLOCK_ROWS):
        block = slice(first, first + _BLOCK_ROWS)
        starts, ends = band.starts[block].tolist(), band.ends[block].tolist()
        costs = _costs(one[block], other[starts[0] : ends[-1]])
        for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
            here = costs[number, start - starts[0] : end - starts[0]]
            totals, moves = _row(here, totals, start - before, is_first=first + number == 0)
            before = start
            yield totals, moves


def _costs(one: Features, other: Features) -> Floats:
    """The distances of all frames of one from all of the other."""
    these, those = one.astype(np.float32), other.astype(np.float32)
    squares = (these**2).sum(axis=1)[:, None] + (those**2).sum(axis=1) - 2 * product(these, those.T)
    distances: Floats = np.sqrt(np.maximum(squares, 0) / np.float32(2 * one.shape[1]))
    return distances


def _row(costs: Floats, above: Totals, shift: int, *, is_first: bool) -> tuple[Totals, Moves]:
    """The least cost of coming to each cell of a row, and the move by which.

    above: of the row before, whose first column is `shift` columns before this one's.
    """
    width = len(costs)
    sums = np.cumsum(costs, dtype=np.float64)
    if is_first:
        moves = np.full(width, _ALONG, np.int8)
        return sums, moves
    down = np.full(width, np.inf)
    diagonal = np.full(width, np.inf)
    straight = above[shift : shift + width]
    down[: len(straight)] = straight
    first = 1 if shift == 0 else 0
    slanted = above[shift - 1 + first : shift - 1 + width]
    diagonal[first : first + len(slanted)] = slanted
    entering = np.minimum(down, diagonal)
    moves = (diagonal > down).astype(np.int8)  # _DOWN or _DIAGONAL
    # From `entering` at k along the row to j: entering[k] + sums[j] - sums[k - 1].
    bases = entering - (sums - costs)
    least = np.minimum.accumulate(bases)
    moves[least < bases] = _ALONG
    return least + sums, moves
