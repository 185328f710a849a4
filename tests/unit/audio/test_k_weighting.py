"""The weights of K-weighting against both filters of the standard."""

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.bs1770 import STAGES

from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_RATE_HZ
from rhapsode.audio.k_weighting import (
    HIGH_PASS,
    PAIR_SAMPLES,
    PLAIN,
    SHELF,
    SUM_SAMPLES,
    frame_squares,
)


def weighted_squares(floats: NDArray[np.float32]) -> NDArray[np.float32]:
    return frame_squares(floats, np.full(floats.size // 2, np.nan, np.float32))[1]


def power_at(frequencies_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the weights do to the power of a tone."""
    turns = 2 * np.pi * frequencies_hz / SAMPLE_RATE_HZ
    power = np.full_like(turns, PLAIN)
    for width, weights in ((PAIR_SAMPLES, SHELF), (SUM_SAMPLES, HIGH_PASS)):
        # A mean of so many samples lets low tones through alone.
        mean = (np.sin(width * turns / 2) / (width * np.sin(turns / 2))) ** 2
        power += mean * sum(weight * np.cos(width * shift * turns) for shift, weight in enumerate(weights))
    return power


@pytest.mark.parametrize(
    ("lowest_hz", "highest_hz", "most_db"), [(40, 200, 0.08), (200, 1_000, 0.045), (1_000, 20_000, 0.015)]
)
def test_the_weights_are_those_of_the_standard(lowest_hz: int, highest_hz: int, most_db: float) -> None:
    """Every tone that speech has is as loud as the filters of BS.1770 make it."""
    frequencies_hz = np.geomspace(lowest_hz, highest_hz, 500)
    wanted = STAGES[0].power_at(frequencies_hz) * STAGES[1].power_at(frequencies_hz)
    errors_db = 10 * np.log10(power_at(frequencies_hz) / wanted)
    assert np.abs(errors_db).max() < most_db


@pytest.mark.parametrize("frequency_hz", [100, 997, 3_000, 11_025, 12_000])
def test_a_tone_weighs_what_its_frequency_does(frequency_hz: int) -> None:
    """In every frame, wherever it begins."""
    times = np.arange(6 * FRAME_SAMPLES)
    tone = np.sin(2 * np.pi * frequency_hz * times / SAMPLE_RATE_HZ).astype(np.float32)
    wanted = np.full(5, power_at(np.array([float(frequency_hz)]))[0] / 2)
    assert weighted_squares(tone) == pytest.approx(wanted, rel=0.06)
    assert weighted_squares(tone).mean() == pytest.approx(wanted.mean(), rel=0.02)


def test_noise_weighs_what_its_frequencies_do() -> None:
    """All of them at once, to a hundredth; and its plain mean square is told beside."""
    noise = np.random.default_rng(0).standard_normal(401 * FRAME_SAMPLES).astype(np.float32)
    squares, weighted = frame_squares(noise, np.empty(noise.size // 2, np.float32))
    assert squares == pytest.approx(np.square(noise).reshape(-1, FRAME_SAMPLES).mean(axis=1)[:-1], rel=1e-5)
    assert weighted.mean() == pytest.approx(power_at(np.linspace(1.0, 22_049, 5_000)).mean(), rel=0.01)


def test_a_click_weighs_the_same_wherever_it_is() -> None:
    """Next to another or alone, at an even place or an odd one: its sums may tell a little more or less."""

    def of(*places: int) -> float:
        clicks = np.zeros(2 * FRAME_SAMPLES, np.float32)
        clicks[list(places)] = 1
        return float(weighted_squares(clicks)[0])

    assert [of(place) for place in (500, 501, 502, 517)] == pytest.approx([of(0)] * 4)
    assert of(500, 501) == pytest.approx(of(501, 502), rel=0.15)


def test_what_is_not_heard_weighs_nothing() -> None:
    """A constant has next to no power, and none below zero."""
    constant = np.ones(4 * FRAME_SAMPLES, np.float32)
    assert weighted_squares(constant).min() >= 0
    assert weighted_squares(constant).max() < 0.02
    assert weighted_squares(np.zeros_like(constant)).max() == 0
