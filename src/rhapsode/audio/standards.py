"""What audiobook shops and broadcasters ask of a file, and whether a file is so.

Sources: ACX Audio Submission Requirements; EBU R 128 (2023) with its tolerance for programmes that are live.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rhapsode.audio.encoding import SAMPLE_RATE_HZ, Encoding
from rhapsode.audio.levels import Levels

_ACX_RMS_DB = (-23.0, -18.0)
_ACX_PEAK_DB = -3.0
_ACX_NOISE_DB = -60.0
_ACX_HEAD_S = (0.5, 1.0)
_ACX_TAIL_S = (1.0, 5.0)
_ACX_FILE_S = 120 * 60
_ACX_BITRATE_KBPS = 192

_R128_LUFS = -23.0
_R128_TOLERANCE_LU = 0.5
_R128_LIVE_TOLERANCE_LU = 1.0
_R128_PEAK_DB = -1.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a file is as a standard asks.

    passed: None where that isn't known, because not all of the file was measured.
    reasons: a sentence for each thing that isn't as it must be, or isn't known; none where it passes.
    """

    passed: bool | None
    reasons: tuple[str, ...]


def judge_acx(levels: Levels, encoding: Encoding) -> Verdict:
    """Whether Audible's shop takes a file: every one of a book has to be so."""
    of_file = [*_acx_file(levels, encoding)]
    of_sound = [*_acx_levels(levels), *_acx_room_tone(levels)]
    return _verdict(levels, of_file, of_sound)


def judge_r128(levels: Levels) -> Verdict:
    """Whether a file is as loud as broadcasters in Europe ask."""
    return _verdict(levels, [], [*_r128(levels)])


def _verdict(levels: Levels, of_file: list[str], of_sound: list[str]) -> Verdict:
    """of_sound: what can't be said of a file that isn't measured throughout."""
    if not levels.unmeasured_samples:
        reasons = (*of_file, *of_sound)
        return Verdict(not reasons, reasons)
    unknown_s = levels.unmeasured_samples / SAMPLE_RATE_HZ
    return Verdict(
        False if of_file else None, (*of_file, f"{unknown_s:.1f} s were made before levels were kept.")
    )


def _acx_file(levels: Levels, encoding: Encoding) -> Iterator[str]:
    if encoding.bitrate_kbps is None:
        yield "It is WAV; ACX asks for MP3."
    elif encoding.bitrate_kbps < _ACX_BITRATE_KBPS:
        yield f"It has {encoding.bitrate_kbps} kbps; ACX asks for {_ACX_BITRATE_KBPS} or more."
    if levels.duration_samples > _ACX_FILE_S * SAMPLE_RATE_HZ:
        yield f"It lasts {levels.duration_samples / SAMPLE_RATE_HZ / 60:.1f} minutes; ACX asks for 120 or less."


def _acx_levels(levels: Levels) -> Iterator[str]:
    lowest_db, highest_db = _ACX_RMS_DB
    if not lowest_db <= levels.rms_db <= highest_db:
        yield f"RMS is {levels.rms_db:.1f} dB; ACX asks for {lowest_db:.0f} to {highest_db:.0f} dB."
    if levels.sample_peak_db > _ACX_PEAK_DB:
        yield f"The peak is {levels.sample_peak_db:.1f} dB; ACX asks for {_ACX_PEAK_DB:.0f} dB or less."
    if levels.noise_floor_db > _ACX_NOISE_DB:
        yield f"The noise floor is {levels.noise_floor_db:.1f} dB; ACX asks for {_ACX_NOISE_DB:.0f} dB or less."


def _acx_room_tone(levels: Levels) -> Iterator[str]:
    ends = (("beginning", levels.leading_samples, _ACX_HEAD_S), ("end", levels.trailing_samples, _ACX_TAIL_S))
    for end, samples, (least_s, most_s) in ends:
        tone_s = (samples or 0) / SAMPLE_RATE_HZ
        if not least_s <= tone_s <= most_s:
            yield f"Room tone at the {end} lasts {tone_s:.2f} s; ACX asks for {least_s:g} to {most_s:g} s."


def _r128(levels: Levels) -> Iterator[str]:
    loudness = levels.integrated_lufs
    if loudness is None:
        yield "Nothing of it is loud enough to have a loudness."
    elif abs(loudness - _R128_LUFS) > _R128_TOLERANCE_LU:
        live = abs(loudness - _R128_LUFS) <= _R128_LIVE_TOLERANCE_LU
        yield (
            f"It is at {loudness:.1f} LUFS; EBU R 128 asks for {_R128_LUFS:.0f} ± {_R128_TOLERANCE_LU:g} LUFS"
            + (f", and ± {_R128_LIVE_TOLERANCE_LU:.0f} only of what is live." if live else ".")
        )
    if levels.true_peak_db > _R128_PEAK_DB:
        yield f"The true peak is {levels.true_peak_db:.1f} dB; EBU R 128 asks for {_R128_PEAK_DB:.0f} dB or less."
