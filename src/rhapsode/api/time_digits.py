"""Moments as the digits of JSON numbers, many at a time: a snapshot of a novel has a million of them.

One by one in Python they would hold the interpreter for most of a second; as columns of an array they take a tenth
of that, and other threads may run meanwhile.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rhapsode.audio.encoding import SAMPLE_RATE_HZ

_MICROS = 1_000_000
_POINT, _COMMA, _ZERO = b".,0"
_DECIMALS = 6
_POWERS = np.array([10**power for power in range(1, 10)], np.uint32)
_THREE_DIGITS = np.array([list(f"{number:03}".encode()) for number in range(1000)], np.uint8)
"""The digits of each number below 1,000, shape (1000, 3)."""


def decimal_seconds(samples: NDArray[np.int64]) -> bytes:
    """Each moment in seconds with 6 decimals, the nearest, and a comma behind each.

    samples: at 44.1 kHz, from 0 to 2**32 seconds, shape (n,).
    No whole sample lies halfway between two microseconds, so nothing is left to round to even.
    """
    micros = (samples * _MICROS + SAMPLE_RATE_HZ // 2) // SAMPLE_RATE_HZ
    whole = micros // _MICROS
    fraction = micros - whole * _MICROS
    return b"".join(_equally_wide(whole.astype(np.uint32), fraction.astype(np.uint32)))


def _equally_wide(whole: NDArray[np.uint32], fraction: NDArray[np.uint32]) -> Iterator[bytes]:
    """The numbers in stretches whose whole parts have equally many digits: times rise, so those are few."""
    widths = np.searchsorted(_POWERS, whole, side="right") + 1
    starts = [0, *(np.flatnonzero(np.diff(widths)) + 1).tolist(), whole.size]
    for start, end in pairwise(starts):
        if end > start:
            yield _rows(whole[start:end], fraction[start:end], int(widths[start])).tobytes()


def _rows(whole: NDArray[np.uint32], fraction: NDArray[np.uint32], width: int) -> NDArray[np.uint8]:
    """One number in each row. width: digits of its whole part."""
    rows = np.empty((whole.size, width + 1 + _DECIMALS + 1), np.uint8)
    for column in reversed(range(width)):
        rest = whole // 10
        rows[:, column] = whole - rest * 10 + _ZERO
        whole = rest
    rows[:, width] = _POINT
    thousands = fraction // 1000
    rows[:, width + 1 : width + 4] = _THREE_DIGITS[thousands]
    rows[:, width + 4 : width + 7] = _THREE_DIGITS[fraction - thousands * 1000]
    rows[:, width + 7] = _COMMA
    return rows
