"""What two readings of the same text have in common, whoever reads: cepstra of a hundred frames a second.

Mel-frequency cepstral coefficients with their slopes (Davis and Mermelstein 1980; Furui 1986), made comparable: both
readings are brought to the same level, the noise of the recording is added to the reading it is compared with, and
each coefficient has mean 0 and variance 1 over what is speech.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

FRAMES_PER_S = 100

Samples = NDArray[np.int16]
Floats = NDArray[np.float32]

_BAND_COUNT = 26
_COEFFICIENT_COUNT = 13
_LOWEST_HZ, _HIGHEST_HZ = 80.0, 7_000.0
_WINDOW_S = 0.025
_BLOCK_FRAMES = 1_024
_SLOPE_FRAMES = 2
_FLOOR = 1e-5  # 50 dB under speech: quieter than that is silence, whoever records
_NOISE_PERCENTILE = 5
_SPEECH_SHARE = 0.02  # of the level of speech, in power: 17 dB under it
_SLOPE_WEIGHT = 0.6


def band_powers(samples: Samples, sample_rate_hz: int) -> Floats:
    """The power in each band of mel, shape (frames, bands); frame k is centred at k / FRAMES_PER_S seconds."""
    window_samples = round(_WINDOW_S * sample_rate_hz)
    bands = _bands(sample_rate_hz, window_samples)
    window = np.hanning(window_samples).astype(np.float32)
    blocks = [
        (np.abs(np.fft.rfft(frames * window, axis=1)) ** 2).astype(np.float32) @ bands
        for frames in _frames(samples, sample_rate_hz, window_samples)
    ]
    return np.concatenate(blocks) if blocks else np.zeros((0, _BAND_COUNT), np.float32)


def frame_count(sample_count: int, sample_rate_hz: int) -> int:
    """Frames of so many samples: one for each hundredth of a second that begins in them."""
    return -(-sample_count * FRAMES_PER_S // sample_rate_hz)


def _frames(samples: Samples, sample_rate_hz: int, window_samples: int) -> Iterator[Floats]:
    count = frame_count(samples.size, sample_rate_hz)
    within = np.arange(window_samples) - window_samples // 2
    for first in range(0, count, _BLOCK_FRAMES):
        numbers = np.arange(first, min(first + _BLOCK_FRAMES, count))
        places = (numbers * sample_rate_hz // FRAMES_PER_S)[:, None] + within
        inside = (places >= 0) & (places < samples.size)
        found = np.where(inside, samples[np.clip(places, 0, samples.size - 1)], 0)
        yield found.astype(np.float32) / np.float32(2**15)


def _bands(sample_rate_hz: int, window_samples: int) -> Floats:
    """Triangles that are as wide as mel is, shape (frequencies, bands), each of the same sum at any rate."""
    frequencies = np.fft.rfftfreq(window_samples, 1 / sample_rate_hz)
    mels = np.linspace(_mel(_LOWEST_HZ), _mel(_HIGHEST_HZ), _BAND_COUNT + 2)
    edges = 700 * (10 ** (mels / 2595) - 1)
    rising = (frequencies[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies[:, None]) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(np.minimum(rising, falling), 0)
    bands: Floats = (triangles / np.maximum(triangles.sum(axis=0), 1e-9) / window_samples).astype(np.float32)
    return bands


def _mel(frequency_hz: float) -> float:
    return float(2595 * np.log10(1 + frequency_hz / 700))


def comparable(reading: Floats, recording: Floats, *, silence_frames: int) -> tuple[Floats, Floats]:
    """The features of two readings, shape (frames, 26) each, from the powers of their bands.

    recording: the one whose noise and channel are unknown.
    silence_frames: put before and behind both, at least one, so that they begin and end alike.
    """
    reading, recording = reading / _level(reading), recording / _level(recording)
    noise = np.percentile(recording, _NOISE_PERCENTILE, axis=0, keepdims=True).astype(np.float32)
    silence = np.repeat(noise, silence_frames, axis=0)
    noisy = [silence, reading + noise, silence], [silence, recording, silence]
    one, other = (_features(np.concatenate(pieces)) for pieces in noisy)
    return one, other


def _level(powers: Floats) -> np.float32:
    """The mean power of what is loud, which is speech; 1 for silence."""
    total = powers.mean(axis=1)
    loud = total[total > total.mean() / 2] if total.size else total
    return np.float32(loud.mean() if loud.size and loud.mean() > 0 else 1)


def _features(powers: Floats) -> Floats:
    total = powers.mean(axis=1) + np.float32(_FLOOR)
    cepstra = np.log(powers + np.float32(_FLOOR)) @ _cosines()
    speech = cepstra[total > _SPEECH_SHARE * total[total > total.mean() / 2].mean()]
    scaled = (cepstra - speech.mean(axis=0)) / (speech.std(axis=0) + np.float32(1e-3))
    features = np.concatenate([scaled, _SLOPE_WEIGHT * _slopes(scaled)], axis=1)
    return np.ascontiguousarray(features, np.float32)


def _cosines() -> Floats:
    bands = (np.arange(_BAND_COUNT) + 0.5) / _BAND_COUNT
    cosines = np.cos(np.pi * bands[:, None] * np.arange(_COEFFICIENT_COUNT))
    scaled: Floats = (cosines * np.sqrt(2 / _BAND_COUNT)).astype(np.float32)
    return scaled


def _slopes(cepstra: Floats) -> Floats:
    padded = np.pad(cepstra, ((_SLOPE_FRAMES, _SLOPE_FRAMES), (0, 0)), mode="edge")
    count = len(cepstra)
    steps = range(1, _SLOPE_FRAMES + 1)
    rises = [
        step * (padded[_SLOPE_FRAMES + step :][:count] - padded[_SLOPE_FRAMES - step :][:count])
        for step in steps
    ]
    slopes: Floats = np.sum(rises, axis=0, dtype=np.float32)
    return slopes / np.float32(2)
