"""What two readings of the same text have in common, whoever reads: cepstra of a hundred frames a second.

Mel-frequency cepstral coefficients with their slopes (Davis and Mermelstein 1980; Furui 1986), made comparable: both
readings are brought to the same level, the noise of the recording is added to the reading it is compared with, and
each coefficient has mean 0 and variance 1 over what is speech. The reading can be given a longer or shorter vocal
tract, which moves all its resonances (Lee and Rose, "A frequency warping approach to speaker normalization", 1998).

What is kept of each frame is in half precision and made block by block, so that ten hours are some hundred megabytes.
"""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from rhapsode.engines.products import product

FRAMES_PER_S = 100

Samples = NDArray[np.int16]
Floats = NDArray[np.float32]
Halves = NDArray[np.float16]

_BAND_COUNT = 26
_COEFFICIENT_COUNT = 13
_LOWEST_HZ, _HIGHEST_HZ = 80.0, 7_000.0
_WINDOW_S = 0.025
_BLOCK_FRAMES = 1_024
_SLOPE_FRAMES = 2
_LEAST_POWER = np.float32(1e-12)  # of full scale; under the last bit of 16
_FLOOR = np.float32(1e-5)  # 50 dB under speech: quieter than that is silence, whoever records
_NOISE_PERCENTILE = 5
_NOISE_FRAMES = 20_000  # are enough to know it
_SPEECH_SHARE = 0.02  # of the level of speech, in power: 17 dB under it
_QUIET_SHARE = 0.003  # 25 dB under it
_SLOPE_WEIGHT = np.float32(0.6)


def band_logs(samples: Samples, sample_rate_hz: int) -> Halves:
    """The logarithm of the power in each band of mel, shape (frames, bands).

    Frame k is centred at k / FRAMES_PER_S seconds.
    samples: mono, of any length; a memory-mapped file is read block by block.
    """
    window_samples = round(_WINDOW_S * sample_rate_hz)
    size = 2 ** int(np.ceil(np.log2(window_samples)))
    bands = _bands(sample_rate_hz, window_samples, size)
    window = np.hanning(window_samples).astype(np.float32) / np.float32(2**15)
    logs = np.empty((frame_count(samples.size, sample_rate_hz), _BAND_COUNT), np.float16)
    for first in range(0, len(logs), _BLOCK_FRAMES):
        numbers = np.arange(first, min(first + _BLOCK_FRAMES, len(logs)))
        places = numbers * sample_rate_hz // FRAMES_PER_S - window_samples // 2
        spectra = np.fft.rfft(_frames(samples, places, window_samples) * window, size, axis=1)
        powers = product((spectra.real**2 + spectra.imag**2).astype(np.float32, copy=False), bands)
        logs[first : first + len(numbers)] = np.log(powers + _LEAST_POWER)
    return logs


def find_loud(samples: Samples, sample_rate_hz: int) -> NDArray[np.bool_]:
    """Which frames are speech, shape (frames,); none of silence."""
    total = _totals(band_logs(samples, sample_rate_hz))
    loud: NDArray[np.bool_] = total > _QUIET_SHARE * _loudness(total)
    return loud


def frame_count(sample_count: int, sample_rate_hz: int) -> int:
    """Frames of so many samples: one for each hundredth of a second that begins in them."""
    return -(-sample_count * FRAMES_PER_S // sample_rate_hz)


def _frames(samples: Samples, places: NDArray[np.int64], window_samples: int) -> Samples:
    """What stands at each of some places, which increase; silence beyond the ends."""
    start, end = int(places[0]), int(places[-1]) + window_samples
    inside = samples[max(start, 0) : max(end, 0)]
    padded = np.zeros(end - start, np.int16)
    padded[max(-start, 0) : max(-start, 0) + len(inside)] = inside
    frames: Samples = sliding_window_view(padded, window_samples)[places - start]
    return frames


def _bands(sample_rate_hz: int, window_samples: int, size: int) -> Floats:
    """Triangles that are as wide as mel is, shape (frequencies, bands), each of the same sum at any rate."""
    frequencies = np.fft.rfftfreq(size, 1 / sample_rate_hz)
    mels = np.linspace(_mel(_LOWEST_HZ), _mel(_HIGHEST_HZ), _BAND_COUNT + 2)
    edges = _hertz(mels)
    rising = (frequencies[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies[:, None]) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(np.minimum(rising, falling), 0)
    bands: Floats = (triangles / np.maximum(triangles.sum(axis=0), 1e-9) / window_samples).astype(np.float32)
    return bands


def _mel(frequency_hz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    mels: NDArray[np.float64] = 2595 * np.log10(1 + np.asarray(frequency_hz) / 700)
    return mels


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    frequencies: NDArray[np.float64] = 700 * (10 ** (mels / 2595) - 1)
    return frequencies


def comparable(
    reading: Halves, recording: Halves, *, silence_frames: int, stretch: float = 1.0
) -> tuple[Halves, Halves]:
    """The features of two readings, shape (frames, 26) each, from the logarithms of their bands.

    recording: the one whose noise and channel are unknown.    stretch: of the reader's vocal tract.
    silence_frames: put before and behind both, at least one, so that they begin and end alike.
    """
    noise = _noise(recording) / _level(recording)
    silence = np.repeat(noise[None], silence_frames, axis=0)
    none = np.zeros_like(noise)
    return (
        _features(reading, silence, noise=noise, bands=_stretched(stretch) / _level(reading)),
        _features(recording, silence, noise=none, bands=_stretched(1.0) / _level(recording)),
    )


def _stretched(stretch: float) -> Floats:
    """What each band of somebody's is made of, shape (bands, bands), when their vocal tract is so much longer."""
    spacing = (_mel(_HIGHEST_HZ) - _mel(_LOWEST_HZ)) / (_BAND_COUNT + 1)
    numbers = np.arange(_BAND_COUNT)
    centres = _hertz(_mel(_LOWEST_HZ) + (numbers + 1) * spacing)
    places = np.clip((_mel(centres * stretch) - _mel(_LOWEST_HZ)) / spacing - 1, 0, _BAND_COUNT - 1)
    weights: Floats = np.maximum(0, 1 - np.abs(numbers[:, None] - places)).astype(np.float32)
    return weights


def _level(logs: Halves) -> np.float32:
    """The mean power of what is loud, which is speech; 1 for silence."""
    return _loudness(_totals(logs))


def _totals(logs: Halves) -> Floats:
    return np.concatenate([np.zeros(0, np.float32), *(powers.mean(axis=1) for powers in _powers(logs))])


def _loudness(total: Floats) -> np.float32:
    loud = total[total > total.mean() / 2] if total.size else total
    return np.float32(loud.mean() if loud.size and loud.mean() > 0 else 1)


def _noise(logs: Halves) -> Floats:
    """The power in each band of what is nearly the quietest."""
    some = logs[:: len(logs) // _NOISE_FRAMES + 1].astype(np.float32)
    quiet: Floats = np.exp(np.percentile(some, _NOISE_PERCENTILE, axis=0)).astype(np.float32)
    return quiet


def _powers(logs: Halves) -> Iterator[Floats]:
    """Block by block; what is under the last bit is nothing."""
    for first in range(0, len(logs), _BLOCK_FRAMES):
        powers = np.exp(logs[first : first + _BLOCK_FRAMES].astype(np.float32))
        yield np.maximum(powers - _LEAST_POWER, 0)


def _features(logs: Halves, silence: Floats, *, noise: Floats, bands: Floats) -> Halves:
    """Cepstra and their slopes, with silence around them. bands: from the powers of those that were heard."""
    count = len(silence)
    cepstra = np.empty((len(logs) + 2 * count, _COEFFICIENT_COUNT), np.float16)
    total = np.empty(len(cepstra), np.float32)
    places = [0, *range(count, count + len(logs), _BLOCK_FRAMES), count + len(logs)]
    blocks = (silence, *(product(powers, bands) + noise for powers in _powers(logs)), silence)
    for place, block in zip(places, blocks, strict=True):
        total[place : place + len(block)] = block.mean(axis=1) + _FLOOR
        cepstra[place : place + len(block)] = product(np.log(block + _FLOOR), _cosines())
    speech = cepstra[total > _SPEECH_SHARE * total[total > total.mean() / 2].mean()]
    return _with_slopes(cepstra, speech)


def _with_slopes(cepstra: Halves, speech: Halves) -> Halves:
    """Each coefficient with mean 0 and variance 1 over speech, and how it changes."""
    mean = speech.mean(axis=0, dtype=np.float32)
    deviation = speech.std(axis=0, dtype=np.float32) + np.float32(1e-3)
    features = np.empty((len(cepstra), 2 * _COEFFICIENT_COUNT), np.float16)
    for first in range(0, len(cepstra), _BLOCK_FRAMES):
        around = np.arange(first - _SLOPE_FRAMES, min(first + _BLOCK_FRAMES, len(cepstra)) + _SLOPE_FRAMES)
        scaled = (cepstra[np.clip(around, 0, len(cepstra) - 1)].astype(np.float32) - mean) / deviation
        here = scaled[_SLOPE_FRAMES:-_SLOPE_FRAMES]
        features[first : first + len(here)] = np.concatenate([here, _SLOPE_WEIGHT * _slopes(scaled)], axis=1)
    return features


def _cosines() -> Floats:
    bands = (np.arange(_BAND_COUNT) + 0.5) / _BAND_COUNT
    cosines = np.cos(np.pi * bands[:, None] * np.arange(_COEFFICIENT_COUNT))
    scaled: Floats = (cosines * np.sqrt(2 / _BAND_COUNT)).astype(np.float32)
    return scaled


def _slopes(cepstra: Floats) -> Floats:
    """Of all frames but the first and last few."""
    count = len(cepstra) - 2 * _SLOPE_FRAMES
    steps = range(1, _SLOPE_FRAMES + 1)
    rises = [
        step * (cepstra[_SLOPE_FRAMES + step :][:count] - cepstra[_SLOPE_FRAMES - step :][:count])
        for step in steps
    ]
    slopes: Floats = np.sum(rises, axis=0, dtype=np.float32)
    return slopes / np.float32(2)
