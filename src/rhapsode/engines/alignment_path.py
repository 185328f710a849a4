"""The cheapest way through two rows of frames, in both at once (dynamic time warping; Sakoe and Chiba 1978).

A row of costs is one step of numpy, because moves along it are a running minimum: what it costs to come to column j
from column k of the same row is the sum of the costs between them. The band that is looked at is found coarsely first
and then finer, so that time and memory grow with the length and not with its square.
"""

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.int32]
Moves = NDArray[np.int8]
Totals = NDArray[np.float64]

_DIAGONAL, _DOWN, _ALONG = 0, 1, 2
_MAX_WHOLE_CELLS = 2**25
_FINER = 4
_RADIUS_FRAMES = 40  # of the coarser level, on both sides of its path


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


def find_path(one: Floats, other: Floats) -> Path:
    """Align two arrays of features, shape (frames, n), at least one frame each: from the first pair to the last."""
    return _path(one, other, _band(one, other))


def _band(one: Floats, other: Floats) -> _Band:
    if len(one) * len(other) <= _MAX_WHOLE_CELLS or min(len(one), len(other)) < _FINER:
        full = np.full(len(one), len(other), np.int32)
        return _Band(np.zeros_like(full), full)
    coarse = find_path(_coarser(one), _coarser(other))
    return _around(coarse, row_count=len(one), column_count=len(other))


def _coarser(features: Floats) -> Floats:
    """Each _FINER frames as their mean; the last may be of fewer."""
    starts = np.arange(0, len(features), _FINER)
    counts = np.diff(np.append(starts, len(features)))[:, None]
    return (np.add.reduceat(features, starts, axis=0) / counts).astype(np.float32)


def _around(coarse: Path, *, row_count: int, column_count: int) -> _Band:
    coarse_count = int(coarse.rows[-1]) + 1
    changes = np.searchsorted(coarse.rows, np.arange(coarse_count))
    firsts = coarse.columns[changes] - _RADIUS_FRAMES
    lasts = coarse.columns[np.append(changes[1:], len(coarse.rows)) - 1] + _RADIUS_FRAMES + 1
    rows = np.arange(row_count) // _FINER
    starts = np.clip(firsts[rows] * _FINER, 0, column_count - 1)
    ends = np.clip(lasts[rows] * _FINER, 1, column_count)
    return _Band(starts.astype(np.int32), ends.astype(np.int32))


def _path(one: Floats, other: Floats, band: _Band) -> Path:
    rows, columns = _backwards(*_moves(one, other, band), band, len(other) - 1)
    return Path(rows, columns, _costs(one[rows], other[columns]))


def _backwards(
    moves: Moves, offsets: NDArray[np.int64], band: _Band, last_column: int
) -> tuple[Places, Places]:
    """Go back from the last pair to the first."""
    row, column = len(band.starts) - 1, last_column
    pairs = array("i", (row, column))
    while row or column:
        move = moves[offsets[row] + column - band.starts[row]]
        row -= bool(move != _ALONG)
        column -= bool(move != _DOWN)
        pairs.extend((row, column))
    places = np.frombuffer(pairs, np.int32).reshape(-1, 2)[::-1]
    return places[:, 0].copy(), places[:, 1].copy()


def _costs(one: Floats, other: Floats) -> Floats:
    """The distance of any two frames, about 1 where they have nothing to do with each other."""
    width = one.shape[-1]
    distances: Floats = np.sqrt(((one - other) ** 2).sum(axis=-1) / (2 * width)).astype(np.float32)
    return distances


def _moves(one: Floats, other: Floats, band: _Band) -> tuple[Moves, NDArray[np.int64]]:
    """For each cell of the band, row after row, by which move the cheapest path comes to it."""
    widths = (band.ends - band.starts).astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(widths)])
    moves = np.empty(offsets[-1], np.int8)
    lengths = (other**2).sum(axis=1)
    totals, before = np.zeros(0), 0
    scale = np.float32(1 / (2 * one.shape[1]))
    for row, (start, end) in enumerate(zip(band.starts.tolist(), band.ends.tolist(), strict=True)):
        squares = lengths[start:end] - 2 * (other[start:end] @ one[row]) + one[row] @ one[row]
        costs = np.sqrt(np.maximum(squares, 0) * scale)
        totals, found = _row(costs, totals, start - before, is_first=row == 0)
        moves[offsets[row] : offsets[row + 1]] = found
        before = start
    return moves, offsets


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
    moves = np.where(diagonal <= down, _DIAGONAL, _DOWN).astype(np.int8)
    # From `entering` at k along the row to j: entering[k] + sums[j] - sums[k - 1].
    bases = entering - (sums - costs)
    least = np.minimum.accumulate(bases)
    moves[least < bases] = _ALONG
    return least + sums, moves
