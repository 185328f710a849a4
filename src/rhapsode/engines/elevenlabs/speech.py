"""What the original answers to a text: its sound, and when each character is heard.

Source: schema AudioWithTimestampsResponseModel.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeGuard

import numpy as np

from rhapsode.engines.engine import Speech
from rhapsode.engines.remote.exchange import Answer, read_json
from rhapsode.studio.alignment import Alignment

_LONGEST_SPEECH_S = 3_600.0
_LONGEST_REST_S = 0.25
"""By so much a character may be said to end after the sound does: times are rounded, and sound is cut to frames."""


def read_speech(answer: Answer, text: str, *, sample_rate_hz: int) -> Speech:
    """Samples with the times of the characters that were sent. Raises: ValueError, which says what is wrong."""
    found = _object(answer)
    samples = _samples(found.get("audio_base64"))
    boundaries = _boundaries(found.get("alignment"), text, samples.size / sample_rate_hz)
    placed = np.minimum(np.rint(np.array(boundaries) * sample_rate_hz), samples.size).astype(np.int64)
    placed[0] = 0
    return Speech(sample_rate_hz, samples, Alignment(tuple(np.maximum.accumulate(placed).tolist())))


def _object(answer: Answer) -> dict[str, Any]:
    try:
        found = read_json(answer.content)
    except ValueError as error:
        is_page = answer.content.lstrip()[:1] == b"<"
        msg = "it was a page in HTML" if is_page else "it was no JSON, or only the beginning of some"
        raise ValueError(msg) from error
    if not isinstance(found, dict):
        msg = "it was no object of JSON"
        raise ValueError(msg)
    return found


def _samples(encoded: Any) -> Any:
    try:
        content = base64.b64decode(encoded or "", validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        msg = "its sound wasn't in Base64"
        raise ValueError(msg) from error
    if not content or len(content) % 2:
        msg = (
            "there was no sound in the answer"
            if not content
            else "its sound was cut in the middle of a sample"
        )
        raise ValueError(msg)
    if content[:4] in (b"RIFF", b"OggS", b"fLaC") or content[:3] == b"ID3":
        msg = "its sound wasn't bare PCM, which was asked for"
        raise ValueError(msg)
    return np.frombuffer(content, dtype="<i2").astype(np.int16, copy=False)


def _boundaries(alignment: Any, text: str, duration_s: float) -> list[float]:
    """Where characters begin, and where the last one ends, in seconds."""
    if not isinstance(alignment, dict):
        msg = "it came without the times of its characters"
        raise ValueError(msg)
    characters = alignment.get("characters")
    starts = _times(alignment.get("character_start_times_seconds"))
    ends = _times(alignment.get("character_end_times_seconds"))
    if not _is_text(characters) or not len(characters) == len(starts) == len(ends):
        msg = "it had not as many times as characters"
        raise ValueError(msg)
    if "".join(characters) != text:
        msg = "its times were those of another text"
        raise ValueError(msg)
    if not ends or ends[-1] > duration_s + _LONGEST_REST_S:
        msg = "its times went on after its sound"
        raise ValueError(msg)
    return _for_each(characters, starts, ends)


def _is_text(characters: Any) -> TypeGuard[list[str]]:
    return isinstance(characters, list) and all(isinstance(each, str) for each in characters)


def _times(given: Any) -> list[float]:
    is_list = isinstance(given, list) and all(isinstance(each, int | float) for each in given)
    # Compared before they are converted: whole numbers of JSON may be larger than any float.
    if not is_list or not all(0 <= each <= _LONGEST_SPEECH_S for each in given):
        msg = "its times weren't numbers of seconds"
        raise ValueError(msg)
    return [float(each) for each in given]


def _for_each(characters: Sequence[str], starts: Sequence[float], ends: Sequence[float]) -> list[float]:
    """Of each code point, where the server took several for one, with equal shares."""
    boundaries: list[float] = []
    for character, start_s, end_s in zip(characters, starts, ends, strict=True):
        count = len(character)
        boundaries += (start_s + (end_s - start_s) * i / count for i in range(count))
    return [*boundaries, ends[-1]]
