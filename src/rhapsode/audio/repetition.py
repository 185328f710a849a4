"""Speech that says a stretch twice, or holds one sound: found by its likeness to itself some seconds later.

Every 40 ms of sound become three figures, its energy and two that tell its colour, each against its own mean. Where
what is heard goes on like what was heard a while ago, for about as long, the engine has said something twice; unless
the text does too. Chance is rarely as alike as this asks for, and a book says such things over and over by itself:
benchmarks/flaws.py counts both.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from rhapsode.audio.echo_text import repeats_itself

Figures = NDArray[np.float32]
"""Of stretches of sound, one after the other: shape (n, 3)."""

_HOP_S = 0.04
_EVERY = 4
"""Of four samples one is looked at: aliasing changes a colour, and the same for the same sound."""

_QUIET = 1e-4
"""Of the energy of the loudest stretch: what has less is a pause, which is like any other."""

_MIN_DEVIATION = 0.05
_DOUBT = 0.3
"""How much of a likeness must be told by sound rather than by its absence."""

_ROWS = 256
"""So many stretches are compared at once: the longest text's table of all pairs would be 50 MB.

And no more, for numpy's OpenBLAS takes all cores for larger tables, whose waiting costs ten times what is computed.
"""

_HELD_HOPS = 38
_HELD_CHANGE = 0.15
"""A sound that changes less from hop to hop for one and a half seconds is none of any language."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """Likenesses of `first` to `last` stretches later. A score above `limit` isn't chance."""

    first: int
    last: int
    limit: float


_NEAR = (_Scale(30, 60, 0.68),)
"""From 1.2 to 2.4 seconds later, hop by hop."""

_FAR = (_Scale(30, 60, 0.6), _Scale(60, 120, 0.6))
"""Up to 9.6 seconds later, in pairs of hops. What takes longer to say twice is long for its text."""


def is_repeated(samples: NDArray[np.int16], sample_rate_hz: int, spoken_text: str) -> bool:
    """Whether speech says something twice that its text says once, or holds a sound. samples: mono, shape (n,)."""
    hop = round(sample_rate_hz * _HOP_S / _EVERY)
    if samples.size < hop * _EVERY * _HELD_HOPS:
        return False
    figures, is_loud = _figures(samples, hop)
    return _is_held(figures, is_loud, spoken_text) or any(
        not repeats_itself(spoken_text, start=start, lag=lag)
        for start, lag in _find_likenesses(_against_mean(figures) * is_loud[:, None])
    )


def _figures(samples: NDArray[np.int16], hop: int) -> tuple[Figures, NDArray[np.bool_]]:
    """What each stretch of `hop` looked-at samples sounds like, and whether there is any sound in it."""
    count = samples.size // (_EVERY * hop)
    looked_at = samples[: count * hop * _EVERY : _EVERY].astype(np.float32).reshape(count, hop)
    energy = np.einsum("ij,ij->i", looked_at, looked_at)
    floor = np.float32(energy.max() * _QUIET + 1)
    figures = np.empty((count, 3), np.float32)
    np.log(energy + floor, out=figures[:, 0])
    for lag in (1, 2):
        product = np.einsum("ij,ij->i", looked_at[:, lag:], looked_at[:, :-lag])
        np.divide(product, energy + floor, out=figures[:, lag])
    return figures, energy > floor


def _is_held(figures: Figures, is_loud: NDArray[np.bool_], spoken_text: str) -> bool:
    change = np.abs(np.diff(figures, axis=0)).max(axis=1)
    moves = np.flatnonzero((change > _HELD_CHANGE) | ~is_loud[1:])
    longest = np.diff(moves, prepend=-1, append=change.size).max() - 1
    return bool(longest >= _HELD_HOPS) and not repeats_itself(spoken_text, start=0.0, lag=0.0)


def _against_mean(figures: Figures) -> Figures:
    deviation = np.maximum(figures.std(axis=0), _MIN_DEVIATION)
    return np.asarray((figures - figures.mean(axis=0)) / deviation, np.float32)


def _find_likenesses(figures: Figures) -> Iterator[tuple[float, float]]:
    """Where what is heard begins to be heard again, and how much later, both as fractions of the whole."""
    pairs = figures[: figures.shape[0] // 2 * 2].reshape(-1, 2, figures.shape[1])
    # What is measured against its deviation may be a sum as well as a mean.
    coarse = _against_mean(pairs[:, 0] + pairs[:, 1])
    for scaled, scales in ((figures, _NEAR), (coarse, _FAR)):
        for scale in scales:
            found = _most_alike(scaled, scale)
            if found is not None:
                yield found


def _most_alike(figures: Figures, scale: _Scale) -> tuple[float, float] | None:
    count, last = figures.shape[0], min(scale.last, figures.shape[0] // 2)
    if last <= scale.first:
        return None
    window = scale.first
    alike = _windows(_products(figures, scale.first, last), window)
    energy = _windows(np.einsum("ij,ij->i", figures, figures)[None, :], window)[0]
    later = np.pad(energy, (0, last))[scale.first :]
    energy_later = as_strided(later, alike.shape, (later.strides[0], later.strides[0]), writeable=False)
    score = 2 * alike / (energy + energy_later + _DOUBT * window * figures.shape[1])
    lag, start = divmod(int(score.argmax()), score.shape[1])
    if score[lag, start] <= scale.limit:
        return None
    return start / count, (scale.first + lag) / count


def _products(figures: Figures, first: int, last: int) -> Figures:
    """How alike each stretch (columns) is to those `first` to `last` stretches later (rows)."""
    count, lags = figures.shape[0], last - first
    padded = np.pad(figures, ((0, last + _ROWS), (0, 0)))
    products = np.empty((lags, count), np.float32)
    for start in range(0, count, _ROWS):
        rows = min(_ROWS, count - start)
        table = figures[start : start + rows] @ padded[start + first : start + last + rows].T
        # Row i of the table begins with the pair (i, i + first): its diagonals are the lags.
        step = table.strides[1]
        products[:, start : start + rows] = as_strided(
            table, (lags, rows), (step, table.strides[0] + step), writeable=False
        )
    return products


def _windows(rows: Figures, window: int) -> Figures:
    """Sums over `window` columns from each on."""
    sums = np.cumsum(np.pad(rows, ((0, 0), (1, window))), axis=1)
    return np.asarray(sums[:, window:-1] - sums[:, : -window - 1], np.float32)
