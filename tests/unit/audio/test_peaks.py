"""Peaks: how far a waveform reaches, in steps that are rounded up, on the grid of frames."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.rounds import rounds

from rhapsode.audio.encode import encode_segment
from rhapsode.audio.encoding import ENCODINGS, FRAME_SAMPLES, MP3_128
from rhapsode.audio.grid import segment_frames
from rhapsode.audio.measurements import (
    find_segment_peaks,
    measure,
    measured_bytes,
    pack_measurements,
    unpack_measurements,
)
from rhapsode.audio.peaks import PEAK_SAMPLES, PEAKS_PER_FRAME, pack_peaks, unpack_peaks
from rhapsode.audio.stored_peaks import stored_peaks
from rhapsode.studio.errors import DataDamaged

Samples = NDArray[np.int16]
Tone = Callable[[float, int], Samples]


def peaks_of(samples: Samples) -> NDArray[np.uint8]:
    peaks = find_segment_peaks(measured_bytes(samples))
    assert peaks is not None
    return peaks


@pytest.mark.parametrize(
    ("sample", "peak"), [(0, 0), (1, 1), (-1, 1), (129, 2), (16_384, 128), (32_767, 255), (-32_768, 255)]
)
def test_a_peak_is_rounded_up(sample: int, peak: int) -> None:
    """So 0 is silence alone, and 255 full scale, in either direction."""
    assert peaks_of(np.array([0, sample, 0], np.int16)).tolist() == [peak, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("seed", range(rounds(3, 200)))
def test_peaks_lie_on_the_grid(seed: int) -> None:
    """A segment of any length has those of its frames, the last being silent; measurements stay as they are."""
    random = np.random.default_rng(seed)
    samples = random.integers(-32_768, 32_768, random.integers(0, 9 * FRAME_SAMPLES)).astype(np.int16)
    padded = np.zeros(segment_frames(samples.size) * FRAME_SAMPLES)
    padded[: samples.size] = np.abs(samples.astype(np.int32))
    peaks = peaks_of(samples)
    assert np.array_equal(peaks, np.ceil(padded.reshape(-1, PEAK_SAMPLES).max(axis=1) * 255 / 32_768))
    assert not peaks[-PEAKS_PER_FRAME:].any()
    assert np.array_equal(unpack_measurements(measured_bytes(samples)).squares, _kept_squares(samples))


def _kept_squares(samples: Samples) -> NDArray[np.float64]:
    return unpack_measurements(pack_measurements(measure(samples))).squares


@pytest.mark.parametrize("name", ENCODINGS)
def test_encoded_audio_has_the_peaks_of_its_samples(name: str, tone: Tone) -> None:
    """In their places and at their height, whatever the encoder makes of it; of PCM exactly."""
    samples = (tone(330, 40_000) * np.linspace(0, 1, 40_000)).astype(np.int16)
    content = encode_segment(samples, ENCODINGS[name])
    stored = stored_peaks(content, ENCODINGS[name], segment_frames(samples.size))
    allowed = 0 if name == "pcm_44100" else 4
    assert np.abs(stored.astype(int) - peaks_of(samples)).max() <= allowed


@pytest.mark.parametrize("content", [b"", b"no sound", encode_segment(np.zeros(0, np.int16), MP3_128)[:100]])
def test_what_is_no_audio_is_damage(content: bytes) -> None:
    """Nothing is drawn of it."""
    with pytest.raises(DataDamaged):
        stored_peaks(content, MP3_128, 1)


def test_measurements_without_peaks_have_none(tone: Tone) -> None:
    """What an earlier version has measured; and what is cut off or spoilt says so."""
    measured = pack_measurements(measure(tone(330, 5_000)))
    assert find_segment_peaks(measured) is None
    for spoilt in (measured[:-1], measured[:30], measured + b"?"):
        with pytest.raises(ValueError, match=r"."):
            find_segment_peaks(spoilt)
    peaks = np.arange(60, dtype=np.uint8)
    assert np.array_equal(unpack_peaks(pack_peaks(peaks)), peaks)
