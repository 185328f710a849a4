"""How loud samples are, and making them as loud as they are to be."""

import math

import numpy as np

from rhapsode.audio.encode import Samples
from rhapsode.audio.limiter import limit
from rhapsode.audio.mastering import SILENT_DB, Level, Mastering

_FULL_SCALE = 32_768
_GAIN_STEPS = 2**16


def measure_level(samples: Samples) -> Level:
    """The level of mono int16, shape (n,), at any rate."""
    if not samples.size:
        return Level(SILENT_DB, SILENT_DB)
    # Whole numbers: the same sum in any order.
    wide = samples.astype(np.int64)
    power = int(np.sum(wide * wide)) / samples.size
    return Level(rms_db=_decibels(math.sqrt(power)), peak_db=_decibels(int(np.abs(wide).max())))


def _decibels(amplitude: float) -> float:
    if not amplitude:
        return SILENT_DB
    return max(SILENT_DB, 20 * math.log10(amplitude / _FULL_SCALE))


def master(samples_44100: Samples, mastering: Mastering) -> Samples:
    """Mono int16 at 44.1 kHz, shape (n,), as loud as it is to be: as many samples, each where it was."""
    # On a grid, as the last bit of a power isn't the same on every machine.
    factor = round(_factor(mastering.gain_db) * _GAIN_STEPS) / _GAIN_STEPS
    floats = samples_44100.astype(np.float32) * np.float32(factor)
    return limit(floats, math.floor(_factor(mastering.ceiling_db) * _FULL_SCALE))


def _factor(level_db: float) -> float:
    return float(10 ** (level_db / 20))
