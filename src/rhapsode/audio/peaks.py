"""How far a waveform reaches, for who draws it: a byte for each third of a frame, so that segments join.

A segment's peaks are those of its frames, and a chapter's are its segments', one behind the other: no sound is read.
115 a second are enough to see the syllables of a sentence, and an hour of them is 413 kB.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

from rhapsode.audio.encode import Samples
from rhapsode.audio.encoding import FRAME_SAMPLES

PEAKS_PER_FRAME = 3
"""A multiple of three too, so that the base64 of several segments is that of each, one behind the other."""

PEAK_SAMPLES = FRAME_SAMPLES // PEAKS_PER_FRAME

Peaks = NDArray[np.uint8]
"""Of samples before they are encoded: 255 is full scale, 0 is nothing at all, and what lies between is rounded up."""

Magnitudes = NDArray[np.int32]

_LOUDEST_PEAK = 255
_FULL_SCALE = 32_768
_LEVEL = 6


def stretch_peaks(samples: Samples) -> Magnitudes:
    """The largest magnitude in each stretch of PEAK_SAMPLES of mono int16, shape (n,), which isn't empty."""
    starts = np.arange(0, samples.size, PEAK_SAMPLES)
    highest, lowest = np.maximum.reduceat(samples, starts), np.minimum.reduceat(samples, starts)
    return np.maximum(highest.astype(np.int32), -lowest.astype(np.int32))


def peaks_of(magnitudes: Magnitudes, frame_count: int) -> Peaks:
    """The peaks of so many frames. magnitudes: what `stretch_peaks` says of their sound; silence follows it."""
    peaks = silent_peaks(frame_count)
    peaks[: magnitudes.size] = (magnitudes * _LOUDEST_PEAK + _FULL_SCALE - 1) // _FULL_SCALE
    return peaks


def silent_peaks(frame_count: int) -> Peaks:
    """Those of a pause."""
    return np.zeros(frame_count * PEAKS_PER_FRAME, np.uint8)


def pack_peaks(peaks: Peaks) -> bytes:
    """Peaks as records have them (docs/storage.md)."""
    return zlib.compress(peaks.tobytes(), _LEVEL)


def unpack_peaks(content: bytes) -> Peaks:
    """The inverse of `pack_peaks`. Raises: ValueError, when it can't be one."""
    try:
        return np.frombuffer(zlib.decompress(content), np.uint8)
    except zlib.error as error:
        raise ValueError(str(error)) from error
