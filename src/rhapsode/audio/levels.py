"""How loud a file is, by arithmetic on the measurements of its segments.

Sources: ITU-R BS.1770-4 (integrated loudness), EBU Tech 3342 (loudness range). dB are those of full scale: a square
wave as loud as can be has 0 dB RMS.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from rhapsode.audio.encoding import FRAME_SAMPLES, MP3_128, MP3_192, SAMPLE_RATE_HZ, Encoding
from rhapsode.audio.mastering import SILENT_DB
from rhapsode.audio.measurements import Measurements, Squares

ENCODER_SCALES = {MP3_128.name: 0.95, MP3_192.name: 0.97}
"""What LAME multiplies all samples by before it encodes them, at these rates: a half and a quarter of a decibel."""

QUIET_DB = -60.0
"""What is not louder is room tone: the most noise that ACX lets a room have."""

_NOISE_WINDOW_FRAMES = 19
"""Half a second."""

_BLOCK_SAMPLES = SAMPLE_RATE_HZ * 4 // 10
_SHORT_TERM_SAMPLES = SAMPLE_RATE_HZ * 3
_STEP_SAMPLES = SAMPLE_RATE_HZ // 10
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_RANGE_GATE_LU = -20.0
_RANGE_SHARES = (0.10, 0.95)


@dataclass(frozen=True, slots=True)
class Levels:
    """How loud a file is, as players hear it. dB are at least SILENT_DB.

    duration_samples: at 44.1 kHz; `unmeasured_samples` of them have a part in none of the levels.
    noise_floor_db: RMS of the quietest half second.
    integrated_lufs: None where nothing is above the absolute gate, or the file is shorter than 0.4 s.
    loudness_range_lu: None where that is, or the file is shorter than 3 s.
    leading_samples, trailing_samples: of room tone, to the frame; None where what ends it wasn't measured.
    """

    duration_samples: int
    unmeasured_samples: int
    rms_db: float
    sample_peak_db: float
    true_peak_db: float
    noise_floor_db: float
    integrated_lufs: float | None
    loudness_range_lu: float | None
    clipped_samples: int
    leading_samples: int | None
    trailing_samples: int | None


def levels_of(measured: Measurements, encoding: Encoding) -> Levels:
    """The levels of a file whose segments, joined, were measured before they were encoded."""
    gain_db = 20 * math.log10(ENCODER_SCALES.get(encoding.name, 1.0))
    # Of the last frame nothing is heard (audio.grid).
    squares = measured.squares[:-1] * 10 ** (gain_db / 10)
    known = ~np.isnan(squares)
    weighted = measured.weighted[:-1][known] * 10 ** (gain_db / 10)
    heard = squares[known]
    return Levels(
        duration_samples=squares.size * FRAME_SAMPLES,
        unmeasured_samples=int(np.count_nonzero(~known)) * FRAME_SAMPLES,
        rms_db=_decibels(float(heard.mean()) if heard.size else 0.0),
        sample_peak_db=_peak_db(measured.peak, gain_db),
        true_peak_db=_peak_db(measured.true_peak, gain_db),
        noise_floor_db=_decibels(_quietest(heard)),
        integrated_lufs=integrated_lufs(weighted),
        loudness_range_lu=loudness_range_lu(weighted),
        clipped_samples=measured.clipped_samples,
        leading_samples=_quiet_samples(squares),
        trailing_samples=_quiet_samples(squares[::-1]),
    )


def _decibels(square: float) -> float:
    return max(SILENT_DB, 10 * math.log10(square)) if square else SILENT_DB


def _peak_db(peak: float, gain_db: float) -> float:
    return max(SILENT_DB, _decibels(peak**2) + gain_db)


def _quietest(squares: Squares) -> float:
    """The least mean of half a second; of what is shorter, the mean."""
    if not squares.size:
        return 0.0
    windows = sliding_window_view(squares, min(_NOISE_WINDOW_FRAMES, squares.size))
    return float(windows.mean(axis=1).min())


def _quiet_samples(squares: Squares) -> int | None:
    """How long it is quiet at the beginning."""
    # Neither is what isn't known quiet.
    ends = np.flatnonzero(~(squares <= 10 ** (QUIET_DB / 10)))
    if not ends.size:
        return squares.size * FRAME_SAMPLES
    return None if np.isnan(squares[ends[0]]) else int(ends[0]) * FRAME_SAMPLES


def integrated_lufs(weighted: Squares) -> float | None:
    """The integrated loudness of K-weighted frames, gated twice; None where nothing is above the absolute gate."""
    heard = _heard(_blocks(weighted, _BLOCK_SAMPLES))
    if not heard.size:
        return None
    loud = heard[_lufs(heard) > _lufs(heard.mean()) + _RELATIVE_GATE_LU]
    return float(_lufs(loud.mean()))


def loudness_range_lu(weighted: Squares) -> float | None:
    """How far what is quiet is from what is loud; None where nothing is above the absolute gate."""
    heard = _heard(_blocks(weighted, _SHORT_TERM_SAMPLES))
    if not heard.size:
        return None
    levels = _lufs(heard)
    quiet, loud = np.quantile(levels[levels > _lufs(heard.mean()) + _RANGE_GATE_LU], _RANGE_SHARES)
    return float(loud - quiet)


def _blocks(weighted: Squares, size_samples: int) -> NDArray[np.float64]:
    """Mean squares of blocks that begin every 100 ms, the last being whole. A frame is even throughout."""
    energies = np.concatenate([np.zeros(1), np.cumsum(weighted)])
    places = np.arange(energies.size) * FRAME_SAMPLES
    starts = np.arange(0, places[-1] - size_samples + 1, _STEP_SAMPLES)
    between = np.interp(starts + size_samples, places, energies) - np.interp(starts, places, energies)
    means: NDArray[np.float64] = between * FRAME_SAMPLES / size_samples
    return means


def _heard(blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    return blocks[_lufs(blocks) > _ABSOLUTE_GATE_LUFS]


def _lufs(squares: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        # The differences of sums may be a little less than nothing where it is silent.
        return np.asarray(-0.691 + 10 * np.log10(np.maximum(squares, 0)))
