"""How loud audio is, frame by frame, and as bytes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from rhapsode.audio.encoding import FRAME_SAMPLES
from rhapsode.audio.grid import segment_frames
from rhapsode.audio.measurements import (
    join_measurements,
    measure,
    pack_measurements,
    silence,
    unmeasured,
    unpack_measurements,
)

Samples = NDArray[np.int16]
Tone = Callable[[float, int], Samples]


def test_every_frame_has_its_mean_square(tone: Tone) -> None:
    """As many as the segment has, the last being silent; the same in any part of a long segment."""
    samples = tone(330, 300 * FRAME_SAMPLES + 100)
    measured = measure(samples)
    padded = np.zeros(segment_frames(samples.size) * FRAME_SAMPLES)
    padded[: samples.size] = samples / 32_768
    squares = np.square(padded).reshape(-1, FRAME_SAMPLES).mean(axis=1)
    assert measured.frame_count == segment_frames(samples.size) == 302
    assert measured.squares == pytest.approx(squares, rel=1e-4)
    assert measured.weighted[:300] == pytest.approx(squares[:300] * 0.95, rel=0.1)
    assert measured.squares[-1] == measured.weighted[-1] == 0


def test_peaks_and_what_is_clipped() -> None:
    """The loudest sample in either direction, and how many are at the ends of the scale."""
    assert measure(np.array([0, -32_768, 5, 32_767, -32_768], np.int16)).clipped_samples == 3
    assert measure(np.array([0, -32_768, 5], np.int16)).peak == 1
    quiet = measure(np.array([0, -16_384, 5], np.int16))
    assert (quiet.peak, quiet.clipped_samples) == (0.5, 0)


@pytest.mark.parametrize("phase", [0.0, 0.125, 0.25])
def test_a_peak_between_samples_is_found(phase: float) -> None:
    """A tone at a quarter of the rate is sampled where it is not as loud as it is: by up to 3 dB."""
    # It swells, because a sudden beginning is louder between the samples than what follows.
    sine = np.sin(2 * np.pi * (np.arange(20_000) / 4 + phase)) * np.hanning(20_000)
    measured = measure((sine * 20_000).astype(np.int16))
    assert measured.true_peak == pytest.approx(20_000 / 32_768, rel=0.02)
    assert measured.true_peak >= measured.peak


def test_true_peaks_are_those_of_more_samples(tone: Tone) -> None:
    """Of four times as many, made by a resampler."""
    samples = tone(5_000, 30_000) // 2
    samples[10_000:10_040] *= 2
    oversampled = soxr.resample(samples.astype(np.float64) / 32_768, 44_100, 176_400, quality="VHQ")
    assert measure(samples).true_peak == pytest.approx(np.abs(oversampled).max(), rel=0.01)


@pytest.mark.parametrize("place", [0, 3, 575, 576, 29_990, 29_999])
def test_a_true_peak_may_be_anywhere(place: int) -> None:
    """At either end, around which is silence, and where one stretch that is looked at ends."""
    samples = np.zeros(30_000, np.int16)
    samples[place : place + 2] = 20_000
    alone = place + 1 == samples.size
    # Between two equal samples it is louder than they are; one by itself is as loud as it is.
    assert measure(samples).true_peak == pytest.approx((1.0 if alone else 1.25) * 20_000 / 32_768, rel=0.03)


def test_a_loud_sound_is_searched_where_it_is_loudest(tone: Tone) -> None:
    """Of more loud stretches than are looked at, those with the highest peaks: one there is found."""
    samples = tone(440, 1_300_000)
    samples[900_000:900_002] = 30_000
    assert measure(samples).true_peak > 1.15 * 30_000 / 32_768


def test_threads_measure_side_by_side(tone: Tone) -> None:
    """Each as it would alone: what they work in isn't shared."""
    sound = tone(440, 400_000)
    sounds = [sound // quieter for quieter in range(1, 5)] * 15
    alone = [pack_measurements(measure(samples)) for samples in sounds]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda samples: pack_measurements(measure(samples)), sounds))
    assert together == alone


@pytest.mark.parametrize("samples", [np.zeros(0, np.int16), np.zeros(5_000, np.int16)])
def test_silence(samples: Samples) -> None:
    """Has nothing in it, not even between samples; so has a segment of no samples, which is one frame."""
    measured = measure(samples)
    assert measured.frame_count == segment_frames(samples.size)
    assert not measured.squares.any()
    assert not measured.weighted.any()
    assert (measured.peak, measured.true_peak, measured.clipped_samples) == (0, 0, 0)


def test_they_are_packed(tone: Tone) -> None:
    """Small: a byte or two for each frame, and the level of each within a quarter of a dB."""
    measured = measure(
        np.concatenate([tone(200, 200_000), np.zeros(44_100, np.int16), tone(3_000, 100_000) // 9])
    )
    packed = pack_measurements(measured)
    found = unpack_measurements(packed)
    heard = measured.squares > 0
    errors_db = 10 * np.log10(found.squares[heard] / measured.squares[heard])
    assert np.abs(errors_db).max() < 0.25
    assert not found.squares[~heard].any()
    assert 10 * np.log10(found.weighted.mean() / measured.weighted.mean()) == pytest.approx(0, abs=1e-5)
    assert found.peak == measured.peak
    assert found.true_peak == pytest.approx(measured.true_peak, abs=2e-5)
    assert found.clipped_samples == measured.clipped_samples
    assert len(packed) < 2 * measured.frame_count
    assert pack_measurements(measured) == packed


@pytest.mark.parametrize(
    "content", [b"", b"\x01", bytes(29), b"\x01" + bytes(20) + b"x\x9c\x03\x00\x00\x00\x00\x01"]
)
def test_bytes_that_are_none(content: bytes) -> None:
    """Are refused, and so is what a later version has packed."""
    with pytest.raises(ValueError, match=r"."):
        unpack_measurements(content)


def test_parts_are_joined(tone: Tone) -> None:
    """Frame by frame, with the loudest peak and all that is clipped; what nobody measured stays unknown."""
    loud = measure(np.full(2_000, 32_767, np.int16))
    joined = join_measurements([measure(tone(440, 5_000)), silence(3), loud, unmeasured(2)])
    assert joined.frame_count == segment_frames(5_000) + 3 + segment_frames(2_000) + 2
    assert np.isnan(joined.squares[-2:]).all()
    assert np.isnan(joined.weighted).sum() == 2
    assert (joined.peak, joined.clipped_samples) == (loud.peak, 2_000)
