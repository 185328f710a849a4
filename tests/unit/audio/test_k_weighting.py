"""The weights of K-weighting against both filters of the standard."""

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.bs1770 import STAGES

from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_RATE_HZ
from rhapsode.audio.k_weighting import HIGH_PASS, REACH_SAMPLES, SHELF, SUM_SAMPLES, weighted_squares


def power_at(frequencies_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the weights do to the power of a tone."""
    turns = 2 * np.pi * frequencies_hz / SAMPLE_RATE_HZ
    fast = sum(weight * np.cos(shift * turns) for shift, weight in enumerate(SHELF))
    # A mean of so many samples lets low tones through alone.
    mean = (np.sin(SUM_SAMPLES * turns / 2) / (SUM_SAMPLES * np.sin(turns / 2))) ** 2
    slow = sum(weight * np.cos(SUM_SAMPLES * shift * turns) for shift, weight in enumerate(HIGH_PASS))
    return np.asarray(fast + mean * slow)


@pytest.mark.parametrize(
    ("lowest_hz", "highest_hz", "most_db"), [(60, 200, 0.13), (200, 1_000, 0.08), (1_000, 20_000, 0.02)]
)
def test_the_weights_are_those_of_the_standard(lowest_hz: int, highest_hz: int, most_db: float) -> None:
    """Every tone that speech has is as loud as the filters of BS.1770 make it."""
    frequencies_hz = np.geomspace(lowest_hz, highest_hz, 500)
    wanted = STAGES[0].power_at(frequencies_hz) * STAGES[1].power_at(frequencies_hz)
    errors_db = 10 * np.log10(power_at(frequencies_hz) / wanted)
    assert np.abs(errors_db).max() < most_db


@pytest.mark.parametrize("frequency_hz", [100, 997, 3_000, 12_000])
def test_a_tone_weighs_what_its_frequency_does(frequency_hz: int) -> None:
    """In every frame, wherever it begins."""
    times = np.arange(5 * FRAME_SAMPLES + REACH_SAMPLES)
    tone = np.sin(2 * np.pi * frequency_hz * times / SAMPLE_RATE_HZ).astype(np.float32)
    wanted = np.full(5, power_at(np.array([float(frequency_hz)]))[0] / 2)
    assert weighted_squares(tone) == pytest.approx(wanted, rel=0.06)
    assert weighted_squares(tone).mean() == pytest.approx(wanted.mean(), rel=0.02)


def test_what_is_not_heard_weighs_nothing() -> None:
    """A constant has next to no power, and none below zero."""
    constant = np.ones(3 * FRAME_SAMPLES + REACH_SAMPLES, np.float32)
    assert weighted_squares(constant).min() >= 0
    assert weighted_squares(constant).max() < 0.02
    assert weighted_squares(np.zeros_like(constant)).max() == 0
