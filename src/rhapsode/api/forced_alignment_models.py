"""Forced alignment on the wire."""

import json
from collections.abc import Iterator
from itertools import islice

from pydantic import BaseModel

from rhapsode.rendering.forced_alignment import AlignedTranscript, iterate_words

_BLOCK_ENTRIES = 1_000
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class AlignmentForm(BaseModel):
    """All fields but the file. Source: schema Body_Create_forced_alignment_v1_forced_alignment_post.

    language_code: not in the contract: what the text is read as, where a guess would be wrong.
    """

    text: str
    language_code: str | None = None


class ForcedAlignmentCharacter(BaseModel):
    """Source: schema ForcedAlignmentCharacterResponseModel."""

    text: str
    start: float
    end: float


class ForcedAlignmentWord(BaseModel):
    """Source: schema ForcedAlignmentWordResponseModel."""

    text: str
    start: float
    end: float
    loss: float


class ForcedAlignment(BaseModel):
    """Source: schema ForcedAlignmentResponseModel."""

    characters: list[ForcedAlignmentCharacter]
    words: list[ForcedAlignmentWord]
    loss: float


def alignment_json(aligned: AlignedTranscript) -> Iterator[bytes]:
    """A ForcedAlignment as JSON, piece by piece: that of a long text has 20 MB."""
    yield b'{"characters":['
    yield from _joined(_characters(aligned))
    yield b'],"words":['
    yield from _joined(_words(aligned))
    yield b'],"loss":%b}' % _encode(_mean(aligned, 0, len(aligned.text))).encode()


def _joined(entries: Iterator[str]) -> Iterator[bytes]:
    separator = ""
    while block := list(islice(entries, _BLOCK_ENTRIES)):
        yield (separator + ",".join(block)).encode()
        separator = ","


def _characters(aligned: AlignedTranscript) -> Iterator[str]:
    for index, character in enumerate(aligned.text):
        yield _encode({"text": character, **_times(aligned, index, index + 1)})


def _words(aligned: AlignedTranscript) -> Iterator[str]:
    for start, end in iterate_words(aligned):
        loss = _mean(aligned, start, end)
        yield _encode({"text": aligned.text[start:end], **_times(aligned, start, end), "loss": loss})


def _times(aligned: AlignedTranscript, start: int, end: int) -> dict[str, float]:
    rate_hz = aligned.sample_rate_hz
    return {
        "start": round(aligned.boundaries[start] / rate_hz, 6),
        "end": round(aligned.boundaries[end] / rate_hz, 6),
    }


def _mean(aligned: AlignedTranscript, start: int, end: int) -> float:
    return round(sum(aligned.losses[start:end]) / (end - start), 4)
