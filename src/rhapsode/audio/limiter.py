"""A look-ahead limiter: what is too loud is turned down smoothly, before it comes and until it is over."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from rhapsode.audio.encode import Samples
from rhapsode.audio.encoding import SAMPLE_RATE_HZ

Floats = NDArray[np.float32]

_REACH_SAMPLES = SAMPLE_RATE_HZ // 100
"""How far a peak reaches, 10 ms before and behind it: a period of a deep voice, whose wave so keeps its form."""


def limit(floats: Floats, ceiling: int) -> Samples:
    """Round samples of the scale of int16, shape (n,), to ones that are never beyond the ceiling, 0 to 32,767.

    What is further than 20 ms from every sample beyond it is only rounded.
    """
    magnitudes = np.abs(floats)
    limited = np.rint(floats)
    for stretch in _loud_stretches(magnitudes, ceiling):
        limited[stretch] = np.rint(floats[stretch] * _envelope(magnitudes[stretch], ceiling))
    # The rounding of a quotient may be beyond the ceiling by one step.
    return np.clip(limited, -ceiling, ceiling).astype(np.int16)


def _loud_stretches(magnitudes: Floats, ceiling: int) -> Iterator[slice]:
    """Where something is too loud, with all that it changes: apart, so that none has to know of another."""
    loud = np.flatnonzero(magnitudes > ceiling)
    if not loud.size:
        return
    changed_samples = 2 * _REACH_SAMPLES
    for run in np.split(loud, np.flatnonzero(np.diff(loud) > 2 * changed_samples) + 1):
        yield slice(max(0, int(run[0]) - changed_samples), int(run[-1]) + changed_samples + 1)


def _envelope(magnitudes: Floats, ceiling: int) -> Floats:
    """The share of each sample that is kept: the mean of what its neighbours in reach allow.

    Each of them has asked its own neighbours, this sample among them, so the mean is never more than it allows.
    """
    allowed = np.divide(ceiling, np.maximum(magnitudes, np.float32(ceiling)), dtype=np.float32)
    width = 2 * _REACH_SAMPLES + 1
    padded = np.pad(allowed, 2 * _REACH_SAMPLES, constant_values=1)
    return _moving_mean(_moving_minimum(padded, width), width)


def _moving_minimum(values: Floats, width: int) -> Floats:
    """The least of each `width` neighbours; shape (n - width + 1,)."""
    minima, reach = values, 1
    while 2 * reach <= width:
        minima, reach = np.minimum(minima[:-reach], minima[reach:]), 2 * reach
    rest = width - reach
    return np.minimum(minima[: minima.size - rest], minima[rest:])


def _moving_mean(values: Floats, width: int) -> Floats:
    """The mean of each `width` neighbours; shape (n - width + 1,). Added up in order, so the same everywhere."""
    sums = np.cumsum(values, dtype=np.float64)
    sums = np.concatenate([np.zeros(1), sums])
    return ((sums[width:] - sums[:-width]) / width).astype(np.float32)
