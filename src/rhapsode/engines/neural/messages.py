"""What a neural engine and its child say to each other, as the bodies of frames.

A request is a JSON object. An answer begins with a JSON object on a line of its own: for speech its sample rate and
the boundaries of the text's characters, and the samples follow, 2 bytes each, little-endian; for a failure what it is
called and why.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from rhapsode.engines.frames import EndOfStreamError
from rhapsode.studio.errors import (
    EngineFailed,
    RhapsodeError,
    TextRefused,
    UnknownLanguage,
    UnknownVoice,
    VoiceRefused,
)
from rhapsode.studio.pronunciation import Pronunciation

_ERRORS: dict[str, type[RhapsodeError]] = {
    error.__name__: error
    for error in (EngineFailed, TextRefused, UnknownLanguage, UnknownVoice, VoiceRefused)
}


@dataclass(frozen=True, slots=True)
class NeuralRequest:
    """One text for a child, or files that it is to look at.

    task: `speak` the text, or `check` that a voice can be made of the files.
    files: what the voice is made of, as pairs of what each is to the engine and its path.
    speaker: which of the voices in them, in the engine's words.    language: BCP 47.
    seed: what chance is made of, 0 or more.
    """

    task: Literal["speak", "check"]
    files: tuple[tuple[str, str], ...]
    text: str = ""
    language: str = ""
    speaker: str = ""
    speed: float = 1.0
    stability: float = 0.5
    seed: int = 0
    pronunciations: tuple[Pronunciation, ...] = ()


@dataclass(frozen=True, slots=True)
class NeuralAnswer:
    """What was said. pcm: signed 16-bit little-endian, one channel; boundaries: as `Alignment` has them, in samples.

    Of files that were looked at, nothing is said. A voice that doesn't know its timing has no boundaries.
    """

    sample_rate_hz: int = 0
    boundaries: Sequence[int] = ()
    pcm: bytes = b""


def pack_request(request: NeuralRequest) -> bytes:
    """Make the body of a request frame."""
    return json.dumps(asdict(request)).encode()


def unpack_request(body: bytes) -> NeuralRequest:
    """Read the body of a request frame."""
    fields = json.loads(body)
    fields["files"] = tuple((role, path) for role, path in fields["files"])
    fields["pronunciations"] = tuple(Pronunciation(**each) for each in fields["pronunciations"])
    return NeuralRequest(**fields)


def pack_answer(answer: NeuralAnswer) -> bytes:
    """Make the body of the frame that answers a request."""
    head = {"sample_rate_hz": answer.sample_rate_hz, "boundaries": list(answer.boundaries)}
    return json.dumps(head).encode() + b"\n" + answer.pcm


def pack_failure(error: Exception) -> bytes:
    """Make the body of the frame that tells why a request has no answer."""
    name = type(error).__name__
    reason = str(error) if name in _ERRORS else f"{name}: {error}"
    return json.dumps({"failed": name, "reason": reason[:2000]}).encode() + b"\n"


def unpack_answer(body: bytes) -> NeuralAnswer:
    """Read the body of an answer frame.

    Raises: the error that it tells of, EngineFailed for one that isn't ours; EndOfStreamError when it is no answer.
    """
    line, _, pcm = body.partition(b"\n")
    try:
        head = json.loads(line)
        if "failed" in head:
            raise _ERRORS.get(head["failed"], EngineFailed)(head["reason"])
        return NeuralAnswer(head["sample_rate_hz"], tuple(head["boundaries"]), pcm)
    except (ValueError, KeyError, TypeError) as error:
        raise EndOfStreamError from error
