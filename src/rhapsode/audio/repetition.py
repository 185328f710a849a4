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
"""Of n stretches of sound, one after the other: shape (3, n)."""

_HOP_S = 0.04
_EVERY = 4
"""Of four samples one is looked at: aliasing changes a colour, and the same for the same sound."""

_QUIET = 1e-4
"""Of the energy of the loudest stretch: what has less is a pause, which is like any other."""

_MIN_DEVIATION = 0.05
_DOUBT = 0.3
"""How much of a likeness must be told by sound rather than by its absence."""

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
        for start, lag in _find_likenesses(_against_mean(figures) * is_loud)
    )


def _figures(samples: NDArray[np.int16], hop: int) -> tuple[Figures, NDArray[np.bool_]]:
    """What each stretch of `hop` looked-at samples sounds like, and whether there is any sound in it."""
    count = samples.size // (_EVERY * hop)
    looked_at = samples[: count * hop * _EVERY : _EVERY].astype(np.float32).reshape(count, hop)
    energy = np.vecdot(looked_at, looked_at)
    floor = np.float32(energy.max() * _QUIET + 1)
    figures = np.empty((3, count), np.float32)
    np.log(energy + floor, out=figures[0])
    for lag in (1, 2):
        product = np.vecdot(looked_at[:, lag:], looked_at[:, :-lag])
        np.divide(product, energy + floor, out=figures[lag])
    return figures, energy > floor


def _is_held(figures: Figures, is_loud: NDArray[np.bool_], spoken_text: str) -> bool:
    change = np.abs(np.diff(figures)).max(axis=0)
    moves = np.flatnonzero((change > _HELD_CHANGE) | ~is_loud[1:])
    longest = np.diff(moves, prepend=-1, append=change.size).max() - 1
    return bool(longest >= _HELD_HOPS) and not repeats_itself(spoken_text, start=0.0, lag=0.0)


def _against_mean(figures: Figures) -> Figures:
    deviation = np.maximum(figures.std(axis=1, keepdims=True), _MIN_DEVIATION)
    return np.asarray((figures - figures.mean(axis=1, keepdims=True)) / deviation, np.float32)


def _find_likenesses(figures: Figures) -> Iterator[tuple[float, float]]:
    """Where what is heard begins to be heard again, and how much later, both as fractions of the whole."""
    even = figures[:, : figures.shape[1] // 2 * 2]
    # What is measured against its deviation may be a sum as well as a mean.
    coarse = _against_mean(even[:, 0::2] + even[:, 1::2])
    for scaled, scales in ((figures, _NEAR), (coarse, _FAR)):
        for scale in scales:
            found = _most_alike(scaled, scale)
            if found is not None:
                yield found


def _most_alike(figures: Figures, scale: _Scale) -> tuple[float, float] | None:
    count, last = figures.shape[1], min(scale.last, figures.shape[1] // 2)
    if last <= scale.first:
        return None
    window = scale.first
    padded = np.zeros((figures.shape[0], count + last + window - 2), np.float32)
    padded[:, :count] = figures
    alike = _windows(_products(padded, scale.first, last), window)
    energy = _windows(np.einsum("ij,ij->j", padded, padded), window)
    most = (energy + _DOUBT * window * figures.shape[0] / 2) / 2
    score = alike / (most[:count] + _shifted(most, scale.first, last))
    lag, start = divmod(int(score.argmax()), count)
    if score[lag, start] <= scale.limit:
        return None
    return start / count, (scale.first + lag) / count


def _products(figures: Figures, first: int, last: int) -> Figures:
    """How alike each stretch (columns) is to those `first` to `last` stretches later (rows)."""
    later = _shifted(figures, first, last)
    now = figures[:, : later.shape[-1]]
    products: Figures = now[0] * later[0]
    part = np.empty_like(products)
    for figure in (1, 2):
        products += np.multiply(now[figure], later[figure], out=part)
    return products


def _shifted(values: Figures, first: int, last: int) -> Figures:
    """What is `first` to `last` values later along the last axis: a row for each, as long as there is something."""
    *shape, size = values.shape
    *strides, step = values.strides
    rows = (last - first, size - last + 1)
    return as_strided(values[..., first:], (*shape, *rows), (*strides, step, step), writeable=False)


def _windows(values: Figures, window: int) -> Figures:
    """Sums over `window` values from each on, along the last axis."""
    if window == 1:
        return values
    half = window // 2
    halves = _windows(values, half)
    sums = halves[..., :-half] + halves[..., half:]
    return sums if window % 2 == 0 else sums[..., :-1] + values[..., window - 1 :]
