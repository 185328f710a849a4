"""How loud samples are, how loud they are to be, and what becomes of them."""

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhapsode.audio.loudness import master, measure_level
from rhapsode.audio.mastering import CEILING_DB, SILENT_DB, TARGET_RMS_DB, Level, Mastering, mastering_for


def test_a_square_wave_of_full_scale_has_no_decibels() -> None:
    """0 dB is the loudest there is, and half of that is 6 dB less, both on average and at the peak."""
    square = np.tile(np.array([-32_768, -32_768], np.int16), 100)
    half = np.tile(np.array([-16_384, 16_384], np.int16), 100)

    assert measure_level(square) == Level(0.0, 0.0)
    assert astuple(measure_level(half)) == pytest.approx((-6.0206, -6.0206), abs=0.001)


@pytest.mark.parametrize("sample_count", [0, 1000])
def test_silence_has_a_level_too(sample_count: int) -> None:
    """A number, so that it can be kept, and so little that no gain makes it loud."""
    level = measure_level(np.zeros(sample_count, np.int16))
    assert level == Level(SILENT_DB, SILENT_DB)
    assert mastering_for(level).gain_db == 24.0


@given(level_db=st.floats(-40, 0))
def test_a_voice_becomes_as_loud_as_it_is_to_be(level_db: float) -> None:
    """To the nearest tenth of a decibel."""
    gain_db = mastering_for(Level(level_db, 0.0)).gain_db
    assert gain_db == round(gain_db, 1)
    assert level_db + gain_db == pytest.approx(TARGET_RMS_DB, abs=0.051)


@pytest.mark.parametrize("gain_db", [-6.0, 0.0, 3.5])
def test_mastering_is_the_gain_where_nothing_is_too_loud(gain_db: float) -> None:
    """Every sample is multiplied, and stays where it was."""
    samples = np.random.default_rng(5).integers(-9_000, 9_000, 5_000).astype(np.int16)
    mastered = master(samples, Mastering(gain_db))

    assert np.abs(mastered - samples * 10 ** (gain_db / 20)).max() < 0.6


def test_mastered_speech_has_no_sample_beyond_the_ceiling() -> None:
    """However large the gain is."""
    samples = np.random.default_rng(5).integers(-32_768, 32_767, 5_000).astype(np.int16)
    assert measure_level(master(samples, Mastering(12.0))).peak_db <= CEILING_DB


def test_nothing_is_mastered_to_nothing() -> None:
    """Speech of a text with no sound has no samples."""
    assert master(np.zeros(0, np.int16), Mastering(3.0)).size == 0


def test_another_mastering_has_another_name() -> None:
    """Names tell apart what records hold, and fit their column."""
    masterings = [
        Mastering(0.0),
        Mastering(-0.1),
        Mastering(0.1),
        Mastering(0.1, ceiling_db=-3.0),
        Mastering(-24.0),
    ]
    assert len({mastering.name for mastering in masterings}) == len(masterings)
    assert all(len(mastering.name) <= 64 for mastering in masterings)
