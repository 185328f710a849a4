"""How loud audio is, frame by frame: taken once, when it is made, so that no report ever reads it again.

Frames are kept in steps of 3/8 dB, and the mean of all as it is: so what is asked for is exact, and only what is
shorter than a segment isn't quite. An hour is 220 kB. What a waveform is drawn of (audio.peaks) is kept behind it.
"""

import struct
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rhapsode.audio.encode import Samples
from rhapsode.audio.encoding import FRAME_SAMPLES
from rhapsode.audio.grid import segment_frames
from rhapsode.audio.k_weighting import frame_squares
from rhapsode.audio.peaks import (
    Magnitudes,
    Peaks,
    pack_peaks,
    peaks_of,
    silent_peaks,
    stretch_peaks,
    unpack_peaks,
)
from rhapsode.audio.true_peak import find_true_peak

Squares = NDArray[np.float64]

_FULL_SCALE = 32_768
_LOUDEST_CODE = 255
_LOUDEST_DB = 3.0
"""The level of code 255: what is as loud as can be, and high, is this much above it when it is weighted."""
_STEP_DB = 0.375

_ROUND_FRAMES = 128
"""So many are looked at together: their 600 kB stay in the processor's cache, and their tables of sums are too small
for OpenBLAS to share them among cores."""

# Version, then: loudest sample, loudest value between samples in steps of 2^-15, samples at either end of the scale,
# and the means over all frames.
_HEAD = struct.Struct("<BIIIff")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Measurements:
    """How loud a segment is. The scale is such that 1 is full scale.

    squares, weighted: the mean square of each of its frames, and that of the same K-weighted (BS.1770-4); not a
      number where nobody has measured.
    peak: of its samples.    true_peak: of what is between them too.
    clipped_samples: those that are as far up or down as there is.
    """

    squares: Squares
    weighted: Squares
    peak: float
    true_peak: float
    clipped_samples: int

    @property
    def frame_count(self) -> int:
        """Frames of 1,152 samples."""
        return self.squares.size


def silence(frame_count: int) -> Measurements:
    """What a pause is."""
    return Measurements(np.zeros(frame_count), np.zeros(frame_count), 0.0, 0.0, 0)


def unmeasured(frame_count: int) -> Measurements:
    """Audio of which nothing is known but its length."""
    unknown = np.full(frame_count, np.nan)
    return Measurements(unknown, unknown, 0.0, 0.0, 0)


def join_measurements(parts: Sequence[Measurements]) -> Measurements:
    """What parts are that follow each other, 1 or more."""
    return Measurements(
        squares=np.concatenate([part.squares for part in parts]),
        weighted=np.concatenate([part.weighted for part in parts]),
        peak=max(part.peak for part in parts),
        true_peak=max(part.true_peak for part in parts),
        clipped_samples=sum(part.clipped_samples for part in parts),
    )


def measure(samples_44100: Samples) -> Measurements:
    """Measure mono int16 at 44.1 kHz, shape (n,), as the `segment_frames(n)` frames that it is stored in."""
    if not samples_44100.size:
        return silence(segment_frames(0))
    return _measured(samples_44100, stretch_peaks(samples_44100))


def measured_bytes(samples_44100: Samples) -> bytes:
    """All that is kept of how the same sounds: its measurements and, for who draws it, its peaks."""
    frame_count = segment_frames(samples_44100.size)
    if not samples_44100.size:
        return pack_measurements(silence(frame_count), silent_peaks(frame_count))
    magnitudes = stretch_peaks(samples_44100)
    return pack_measurements(_measured(samples_44100, magnitudes), peaks_of(magnitudes, frame_count))


def _measured(samples: Samples, magnitudes: Magnitudes) -> Measurements:
    """The measurements of what isn't empty."""
    peak = int(magnitudes.max())
    squares, weighted = _measure_frames(samples, segment_frames(samples.size))
    return Measurements(
        squares=squares,
        weighted=weighted,
        peak=peak / _FULL_SCALE,
        true_peak=find_true_peak(samples, magnitudes) / _FULL_SCALE,
        clipped_samples=_count_clipped(samples, peak),
    )


class _Room(threading.local):
    """Memory to work in, for each thread: to ask for it again and again costs a tenth of all measuring."""

    def __init__(self) -> None:
        self.floats = np.empty((_ROUND_FRAMES + 1) * FRAME_SAMPLES, np.float32)
        self.pairs = np.empty(self.floats.size // 2, np.float32)


_room = _Room()


def _measure_frames(samples: Samples, frame_count: int) -> tuple[Squares, Squares]:
    """The mean squares of all frames, and those of the same K-weighted."""
    squares, weighted = np.zeros(frame_count), np.zeros(frame_count)
    for first in range(0, frame_count, _ROUND_FRAMES):
        end = min(first + _ROUND_FRAMES, frame_count)
        floats = _room.floats[: (end - first + 1) * FRAME_SAMPLES]
        given = samples[first * FRAME_SAMPLES :][: floats.size]
        floats[: given.size] = given
        floats[given.size :] = 0
        squares[first:end], weighted[first:end] = frame_squares(floats, _room.pairs[: floats.size // 2])
    return squares / _FULL_SCALE**2, weighted / _FULL_SCALE**2


def _count_clipped(samples: Samples, peak: int) -> int:
    if peak < _FULL_SCALE - 1:
        return 0
    return int(np.count_nonzero((samples == _FULL_SCALE - 1) | (samples == -_FULL_SCALE)))


def pack_measurements(measured: Measurements, segment_peaks: Peaks | None = None) -> bytes:
    """Measurements as records and packs have them (docs/storage.md).

    segment_peaks: of the same segment. They stand behind everything else, where versions that know none read nothing.
    """
    peaks = (round(peak * _FULL_SCALE) for peak in (measured.peak, measured.true_peak))
    means = (float(measured.squares.mean()), float(measured.weighted.mean()))
    head = _HEAD.pack(_VERSION, *peaks, measured.clipped_samples, *means)
    levels = _codes(measured.squares).tobytes() + _codes(measured.weighted).tobytes()
    tail = b"" if segment_peaks is None else pack_peaks(segment_peaks)
    return head + zlib.compress(levels, 6) + tail


def unpack_measurements(content: bytes) -> Measurements:
    """The inverse of `pack_measurements`, but for what the steps take. Raises: ValueError, when it can't be one."""
    try:
        version, peak, true_peak, clipped_samples, *means = _HEAD.unpack_from(content)
    except struct.error as error:
        raise ValueError(str(error)) from error
    levels = np.frombuffer(_levels_and_rest(content)[0], np.uint8)
    if version != _VERSION or not levels.size or levels.size % 2:
        msg = f"measurements of version {version} can't be read"
        raise ValueError(msg)
    coarse = _SQUARES[levels].reshape(2, -1)
    squares, weighted = (_with_mean(*each) for each in zip(coarse, means, strict=True))
    return Measurements(squares, weighted, peak / _FULL_SCALE, true_peak / _FULL_SCALE, clipped_samples)


def find_segment_peaks(content: bytes) -> Peaks | None:
    """The peaks that `pack_measurements` was given; None for what was measured before there were any.

    Raises: ValueError, when it can't be measurements.
    """
    rest = _levels_and_rest(content)[1]
    return unpack_peaks(rest) if rest else None


def _levels_and_rest(content: bytes) -> tuple[bytes, bytes]:
    stream = zlib.decompressobj()
    try:
        levels = stream.decompress(content[_HEAD.size :])
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not stream.eof:
        msg = "measurements end before their levels do"
        raise ValueError(msg)
    return levels, stream.unused_data


def _codes(squares: Squares) -> NDArray[np.uint8]:
    with np.errstate(divide="ignore"):
        levels_db = 10 * np.log10(squares)
    steps = np.rint((levels_db - _LOUDEST_DB) / _STEP_DB)
    codes: NDArray[np.uint8] = np.clip(steps + _LOUDEST_CODE, 0, _LOUDEST_CODE).astype(np.uint8)
    return codes


def _with_mean(squares: Squares, mean: float) -> Squares:
    coarse = squares.mean()
    return squares * (mean / coarse) if coarse else squares


def _squares_by_code() -> Squares:
    """Code 0 is silence, and so is what is quieter than the last bit of a sample."""
    levels_db = _LOUDEST_DB - _STEP_DB * (_LOUDEST_CODE - np.arange(_LOUDEST_CODE + 1))
    squares = 10 ** (levels_db / 10)
    squares[0] = 0
    return squares


_SQUARES = _squares_by_code()
