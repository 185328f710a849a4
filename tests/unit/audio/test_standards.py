"""What shops and broadcasters ask of a file."""

from dataclasses import replace
from typing import Any

import pytest

from rhapsode.audio.encoding import MP3_128, MP3_192, PCM, SAMPLE_RATE_HZ, Encoding
from rhapsode.audio.levels import Levels
from rhapsode.audio.standards import judge_acx, judge_r128

GOOD = Levels(
    duration_samples=600 * SAMPLE_RATE_HZ,
    unmeasured_samples=0,
    rms_db=-20.5,
    sample_peak_db=-3.5,
    true_peak_db=-3.4,
    noise_floor_db=-96.0,
    integrated_lufs=-23.2,
    loudness_range_lu=4.0,
    clipped_samples=0,
    leading_samples=SAMPLE_RATE_HZ * 6 // 10,
    trailing_samples=SAMPLE_RATE_HZ * 15 // 10,
)


def test_a_good_file_passes() -> None:
    """Without a word."""
    assert judge_acx(GOOD, MP3_192).passed is True
    assert judge_r128(GOOD).passed is True
    assert judge_acx(GOOD, MP3_192).reasons == judge_r128(GOOD).reasons == ()


@pytest.mark.parametrize(
    ("change", "encoding", "reason"),
    [
        ({}, PCM, "It is WAV; ACX asks for MP3."),
        ({}, MP3_128, "It has 128 kbps; ACX asks for 192 or more."),
        (
            {"duration_samples": 7_260 * SAMPLE_RATE_HZ},
            MP3_192,
            "It lasts 121.0 minutes; ACX asks for 120 or less.",
        ),
        ({"rms_db": -17.94}, MP3_192, "RMS is -17.9 dB; ACX asks for -23 to -18 dB."),
        ({"rms_db": -24.0}, MP3_192, "RMS is -24.0 dB; ACX asks for -23 to -18 dB."),
        ({"sample_peak_db": -2.9}, MP3_192, "The peak is -2.9 dB; ACX asks for -3 dB or less."),
        ({"noise_floor_db": -58.0}, MP3_192, "The noise floor is -58.0 dB; ACX asks for -60 dB or less."),
        (
            {"leading_samples": 0},
            MP3_192,
            "Room tone at the beginning lasts 0.00 s; ACX asks for 0.5 to 1 s.",
        ),
        (
            {"trailing_samples": 6 * SAMPLE_RATE_HZ},
            MP3_192,
            "Room tone at the end lasts 6.00 s; ACX asks for 1 to 5 s.",
        ),
    ],
)
def test_what_acx_does_not_take(change: dict[str, Any], encoding: Encoding, reason: str) -> None:
    """Each limit is said with what the file has instead."""
    verdict = judge_acx(replace(GOOD, **change), encoding)
    assert (verdict.passed, verdict.reasons) == (False, (reason,))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"integrated_lufs": -20.0}, "It is at -20.0 LUFS; EBU R 128 asks for -23 ± 0.5 LUFS."),
        (
            {"integrated_lufs": -23.8},
            "It is at -23.8 LUFS; EBU R 128 asks for -23 ± 0.5 LUFS, and ± 1 only of what is live.",
        ),
        ({"integrated_lufs": None}, "Nothing of it is loud enough to have a loudness."),
        ({"true_peak_db": -0.4}, "The true peak is -0.4 dB; EBU R 128 asks for -1 dB or less."),
    ],
)
def test_what_broadcasters_do_not_take(change: dict[str, Any], reason: str) -> None:
    """The loudness has a tolerance, and a wider one for what is live."""
    verdict = judge_r128(replace(GOOD, **change))
    assert (verdict.passed, verdict.reasons) == (False, (reason,))


def test_what_is_not_known_is_no_verdict() -> None:
    """Of audio that nobody measured only the file itself can be refused."""
    unknown = replace(GOOD, unmeasured_samples=SAMPLE_RATE_HZ * 5, rms_db=-40.0, integrated_lufs=None)
    reason = "5.0 s were made before levels were kept."
    for verdict in (judge_acx(unknown, MP3_192), judge_r128(unknown)):
        assert (verdict.passed, verdict.reasons) == (None, (reason,))
    refused = judge_acx(unknown, MP3_128)
    assert (refused.passed, len(refused.reasons)) == (False, 2)
