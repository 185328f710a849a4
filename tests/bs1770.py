"""Loudness as ITU-R BS.1770-4 writes it down, sample by sample and block by block: slow, and for comparison alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 44_100

Samples = NDArray[np.float64]


@dataclass(frozen=True)
class Biquad:
    """A stage of the filter: weights of the last three samples in, and of the last two out."""

    given: tuple[float, float, float]
    made: tuple[float, float]

    def power_at(self, frequencies_hz: Samples) -> Samples:
        """What it does to the power of a tone."""
        delay = np.exp(-2j * np.pi * frequencies_hz / RATE_HZ)
        above = sum(weight * delay**count for count, weight in enumerate(self.given))
        below = sum(weight * delay**count for count, weight in enumerate((1.0, *self.made)))
        return np.asarray(np.abs(above / below) ** 2)

    def filter(self, samples: Sequence[float]) -> list[float]:
        """Every sample, after those before it."""
        (b0, b1, b2), (a1, a2) = self.given, self.made
        x1 = x2 = y1 = y2 = 0.0
        filtered = []
        for x in samples:
            y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
            x1, x2, y1, y2 = x, x1, y, y1
            filtered.append(y)
        return filtered


def _shelf() -> Biquad:
    """Stage 1, whose coefficients the standard has for 48 kHz, at 44.1 kHz: the same curve of an analogue filter."""
    k = math.tan(math.pi * 1_681.974450955533 / RATE_HZ)
    q = 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    middle = high**0.4996667741545416
    a0 = 1 + k / q + k * k
    given = (high + middle * k / q + k * k, 2 * (k * k - high), high - middle * k / q + k * k)
    made = (2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0)
    return Biquad((given[0] / a0, given[1] / a0, given[2] / a0), made)


def _high_pass() -> Biquad:
    """Stage 2."""
    k = math.tan(math.pi * 38.13547087602444 / RATE_HZ)
    q = 0.5003270373238773
    a0 = 1 + k / q + k * k
    return Biquad((1.0, -2.0, 1.0), (2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0))


STAGES = (_shelf(), _high_pass())


def integrated_lufs(samples: Samples) -> float:
    """The integrated loudness of mono samples at 44.1 kHz, -1 to 1."""
    filtered = samples.tolist()
    for stage in STAGES:
        filtered = stage.filter(filtered)
    squares = np.square(filtered)
    size, step = RATE_HZ * 4 // 10, RATE_HZ // 10
    blocks = np.array([squares[i : i + size].mean() for i in range(0, squares.size - size + 1, step)])
    levels = -0.691 + 10 * np.log10(np.maximum(blocks, 1e-12))
    heard = blocks[levels > -70]
    gate = -0.691 + 10 * math.log10(heard.mean()) - 10
    return -0.691 + 10 * math.log10(blocks[(levels > -70) & (levels > gate)].mean())
