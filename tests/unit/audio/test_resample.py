import numpy as np
import pytest
import soxr
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rhapsode.audio.resample import StreamResampler

Samples = NDArray[np.int16]

RATES_HZ = [8000, 16_000, 22_050, 24_000, 32_000, 48_000]


def _resampled(samples: Samples, sample_rate_hz: int, cuts: list[int]) -> Samples:
    resampler = StreamResampler(sample_rate_hz)
    pieces = [resampler.resample(piece) for piece in np.split(samples, cuts)]
    return np.concatenate([*pieces, resampler.finish()])


@given(
    sample_count=st.integers(0, 6000),
    sample_rate_hz=st.sampled_from(RATES_HZ),
    cuts=st.lists(st.integers(0, 6000), max_size=12),
)
def test_cutting_changes_nothing(sample_count: int, sample_rate_hz: int, cuts: list[int]) -> None:
    """However a sound is cut, the same samples come out, the nearest whole number that lasts as long."""

    noise = np.random.default_rng(sample_count).integers(-9000, 9000, sample_count).astype(np.int16)

    cut = _resampled(noise, sample_rate_hz, sorted(cuts))

    assert cut.dtype == np.int16
    assert np.array_equal(cut, _resampled(noise, sample_rate_hz, []))
    assert abs(cut.size - sample_count * sample_rate_hz / 44_100) <= 0.5


@pytest.mark.parametrize("sample_rate_hz", RATES_HZ)
def test_a_stream_is_what_one_call_gives(sample_rate_hz: int) -> None:
    """Piece by piece comes what soxr makes of the whole, to the nearest step of 16 bits."""

    noise = np.random.default_rng(1).integers(-9000, 9000, 44_100).astype(np.int16)
    whole = soxr.resample(noise.astype(np.float64), 44_100, sample_rate_hz, quality="HQ")

    resampled = _resampled(noise, sample_rate_hz, [1, 5, 1157, 20_000])

    assert np.abs(resampled - whole).max() <= 0.51


@pytest.mark.parametrize("sample_rate_hz", RATES_HZ)
def test_a_sine_keeps_its_time_and_height(sample_rate_hz: int) -> None:
    """A sine comes out as the same sine at the new rate, without delay, away from its ends."""

    def sine(rate_hz: int) -> NDArray[np.float64]:
        return 20_000 * np.sin(2 * np.pi * 440 * np.arange(rate_hz) / rate_hz)

    resampled = _resampled(sine(44_100).astype(np.int16), sample_rate_hz, [1000])

    inner = slice(1000, -1000)
    assert np.abs(resampled.astype(np.float64) - sine(sample_rate_hz))[inner].max() < 20


@pytest.mark.parametrize("sample_rate_hz", RATES_HZ)
def test_resampling_clips_instead_of_wrapping(sample_rate_hz: int) -> None:
    """A square wave at full scale overshoots when it is resampled; it must not jump to the other side."""

    square = np.where(np.arange(44_100) // 441 % 2, -32_768, 32_767).astype(np.int16)
    resampled = _resampled(square, sample_rate_hz, [1000])

    middles = resampled[(np.arange(100) * 0.01 * sample_rate_hz + 0.005 * sample_rate_hz).astype(int)]
    assert (np.sign(middles) == np.where(np.arange(100) % 2, -1, 1)).all()
    assert resampled.max() == 32_767
    assert resampled.min() == -32_768
