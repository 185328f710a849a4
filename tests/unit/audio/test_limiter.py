"""The limiter lets nothing beyond its ceiling, and leaves alone what isn't near it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rhapsode.audio.limiter import limit

CEILING = 21_900
REACH_SAMPLES = 882
"""How far from a peak anything is changed: 20 ms."""

Floats = NDArray[np.float32]


def noise(sample_count: int, seed: int, loudness: float) -> Floats:
    return np.random.default_rng(seed).normal(0, loudness, sample_count).astype(np.float32)


@given(
    sample_count=st.integers(0, 5_000),
    seed=st.integers(0, 1_000),
    loudness=st.floats(0, 500_000),
    ceiling=st.integers(1, 32_767),
)
def test_nothing_is_beyond_the_ceiling(sample_count: int, seed: int, loudness: float, ceiling: int) -> None:
    """Whatever comes in, as many samples come out, and the loudest has the ceiling's amplitude at most."""
    limited = limit(noise(sample_count, seed, loudness), ceiling)

    assert (limited.dtype, limited.size) == (np.dtype(np.int16), sample_count)
    assert np.abs(limited.astype(int)).max(initial=0) <= ceiling


def test_what_is_below_the_ceiling_is_only_rounded() -> None:
    """Samples are the nearest whole numbers where no peak is near."""
    quiet = noise(9_000, 1, 3_000).clip(-CEILING, CEILING)
    assert np.array_equal(limit(quiet, CEILING), np.rint(quiet).astype(np.int16))


def test_a_peak_changes_its_neighbourhood_alone() -> None:
    """It is turned down to the ceiling; 20 ms before and behind it nothing has happened."""
    samples = noise(9_000, 1, 3_000).clip(-CEILING, CEILING)
    samples[4_000] = 2 * CEILING
    limited = limit(samples, CEILING)

    changed = np.flatnonzero(limited != np.rint(samples))
    assert limited[4_000] == CEILING
    assert changed.min() >= 4_000 - REACH_SAMPLES
    assert changed.max() <= 4_000 + REACH_SAMPLES


def test_a_loud_tone_keeps_its_form() -> None:
    """A tone of 110 Hz that is twice too loud is turned down, and not cut: what isn't the tone is 50 dB below it."""
    seconds = np.arange(44_100) / 44_100
    tone = np.sin(2 * np.pi * 110 * seconds)
    limited = limit((tone * 2 * CEILING).astype(np.float32), CEILING)[4_410:-4_410].astype(float)

    heard = tone[4_410:-4_410]
    rest = limited - heard * (limited @ heard) / (heard @ heard)
    assert np.abs(limited).max() == pytest.approx(CEILING, rel=0.001)
    assert 10 * np.log10(np.mean(limited**2) / np.mean(rest**2)) > 50


def test_the_same_samples_come_out_every_time() -> None:
    """Audio that is made again must have the bytes that it had."""
    samples = noise(50_000, 3, 15_000)
    assert np.array_equal(limit(samples, CEILING), limit(samples.copy(), CEILING))
