"""The loudest that a signal is between its samples too, by four times as many of them.

Source: ITU-R BS.1770-4, annex 2.
"""

import numpy as np
from numpy.typing import NDArray

from rhapsode.audio.encode import Samples
from rhapsode.audio.peaks import PEAK_SAMPLES

Floats = NDArray[np.float32]

_TIMES = 4
_REACH = 12
"""Samples on either side of a place between two that have a part in what is there."""

_LOUD_SHARE = 0.7
"""What is between two samples can be 3 dB above them, at a quarter of the sample rate. So no louder value is missed
where one of its neighbours is at least so loud, beside the loudest sample of all."""

_MOST_PLACES = 1_024
"""Of a sound that is as loud throughout, the loudest places are looked at: so many have seen every phase."""


def find_true_peak(samples: Samples, peaks: NDArray[np.int32]) -> float:
    """The largest magnitude of mono int16, shape (n,), and between them. peaks: its `stretch_peaks`."""
    peak = int(peaks.max())
    loud = _loud_places(samples, peaks, int(_LOUD_SHARE * peak))
    places = loud[:, None] + np.arange(-_REACH, _REACH + 1)
    around = samples.take(places, mode="clip").astype(np.float32)
    # Before the first sample and behind the last is silence.
    around[(places < 0) | (places >= samples.size)] = 0
    return max(float(peak), float(np.abs(around @ _KERNELS).max()))


def _loud_places(samples: Samples, peaks: NDArray[np.int32], least: int) -> NDArray[np.intp]:
    """Where samples are at least so loud, in order: at least one."""
    loud = np.flatnonzero(peaks >= least)
    loud = loud[_loudest(peaks[loud])]
    whole = samples.size // PEAK_SAMPLES
    stretches = samples[: whole * PEAK_SAMPLES].reshape(-1, PEAK_SAMPLES)[loud[loud < whole]]
    # The last stretch may be shorter than the others.
    rest = samples[whole * PEAK_SAMPLES :] if loud[-1] == whole else samples[:0]
    magnitudes = np.abs(np.concatenate([stretches.ravel(), rest]).astype(np.int32))
    found = np.flatnonzero(magnitudes >= least)
    found = found[_loudest(magnitudes[found])]
    places: NDArray[np.intp] = loud[found // PEAK_SAMPLES] * PEAK_SAMPLES + found % PEAK_SAMPLES
    return places


def _loudest(magnitudes: NDArray[np.int32]) -> NDArray[np.intp]:
    """Where the largest are, in order: _MOST_PLACES, or all."""
    if magnitudes.size <= _MOST_PLACES:
        return np.arange(magnitudes.size)
    return np.sort(np.argpartition(magnitudes, -_MOST_PLACES)[-_MOST_PLACES:])


def _kernels() -> Floats:
    """For each quarter from half a sample before a sample to half a sample behind it, what its neighbours weigh.

    A sine cardinal under a Kaiser window: shape (2 * _REACH + 1, _TIMES).
    """
    places = np.arange(1 - _TIMES // 2, _TIMES // 2 + 1) / _TIMES
    distances = places[None, :] - np.arange(-_REACH, _REACH + 1)[:, None]
    window = np.i0(8.0 * np.sqrt(np.maximum(0, 1 - (distances / (_REACH + 1)) ** 2))) / np.i0(8.0)
    return (np.sinc(distances) * window).astype(np.float32)


_KERNELS = _kernels()
