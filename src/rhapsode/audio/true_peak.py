"""The loudest that a signal is between its samples too, by four times as many of them.

Source: ITU-R BS.1770-4, annex 2.
"""

import numpy as np
from numpy.typing import NDArray

from rhapsode.audio.encode import Samples

Floats = NDArray[np.float32]

_TIMES = 4
_REACH = 12
"""Samples on either side of a place between two that have a part in what is there."""

_LOUD_SHARE = 0.7
"""What is between two samples can be 3 dB above them, at a quarter of the sample rate. So no louder value is missed
where one of its neighbours is at least so loud, beside the loudest sample of all."""

_MOST_PLACES = 1_024
"""Of a sound that is as loud throughout, the loudest places are looked at: so many have seen every phase."""


def find_true_peak(samples: Samples, peak: int) -> float:
    """The largest magnitude of mono int16, shape (n,), and between them. peak: that of the samples alone."""
    loud = _loud_places(samples, peak)
    padded = np.pad(samples[loud[0] - min(_REACH, loud[0]) : loud[-1] + _REACH + 1], _REACH)
    places = loud - loud[0] + min(_REACH, loud[0])
    around = padded[places[:, None] + np.arange(2 * _REACH + 1)].astype(np.float32)
    return max(float(peak), float(np.abs(around @ _KERNELS).max()))


def _loud_places(samples: Samples, peak: int) -> NDArray[np.intp]:
    """Where samples are nearly as loud as the loudest, in order: at least one."""
    least = int(_LOUD_SHARE * peak)
    loud = np.flatnonzero((samples >= least) | (samples <= -least))
    if loud.size <= _MOST_PLACES:
        return loud
    magnitudes = np.abs(samples[loud].astype(np.int32))
    return loud[np.sort(np.argpartition(magnitudes, -_MOST_PLACES)[-_MOST_PLACES:])]


def _kernels() -> Floats:
    """For each quarter from half a sample before a sample to half a sample behind it, what its neighbours weigh.

    A sine cardinal under a Kaiser window: shape (2 * _REACH + 1, _TIMES).
    """
    places = np.arange(1 - _TIMES // 2, _TIMES // 2 + 1) / _TIMES
    distances = places[None, :] - np.arange(-_REACH, _REACH + 1)[:, None]
    window = np.i0(8.0 * np.sqrt(np.maximum(0, 1 - (distances / (_REACH + 1)) ** 2))) / np.i0(8.0)
    return (np.sinc(distances) * window).astype(np.float32)


_KERNELS = _kernels()
