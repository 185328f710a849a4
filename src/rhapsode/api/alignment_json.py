"""Character alignments as JSON, piece by piece: a novel's is 28 MB, and is never in memory as a whole.

One chapter's times are, as text, because they are sent twice: the end of a character is the start of the next.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from rhapsode.api.time_digits import decimal_seconds
from rhapsode.delivery.alignments import TimedText

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_ESCAPED = frozenset({'"', "\\", *map(chr, range(0x20))})
_CHUNK_SAMPLES = 16_384
"""Moments that are written at a time: few enough for a processor's nearest memory."""


def iterate_alignments(
    snapshot: BaseModel, chapters: Iterable[Iterable[TimedText]], *, duration_samples: int | None = None
) -> Iterator[bytes]:
    """A snapshot's model, at least one field of it, with the alignment of each chapter and with its duration.

    duration_samples: at 44.1 kHz; None where the schema has no duration.
    """
    fields = snapshot.model_dump_json()
    if duration_samples is not None:
        fields = f'{fields.removesuffix("}")},"audio_duration_secs":{_seconds(duration_samples)}}}'
    yield f'{fields.removesuffix("}")},"character_alignments":['.encode()
    for ordinal, pieces in enumerate(chapters):
        yield b"," if ordinal else b""
        yield from _iterate_alignment(pieces)
    yield b"]}"


def _seconds(sample: int) -> str:
    return decimal_seconds(np.array([sample], np.int64)).decode().removesuffix(",")


def _iterate_alignment(pieces: Iterable[TimedText]) -> Iterator[bytes]:
    """One alignment. Source: schema CharacterAlignmentModel.

    Each character ends where the next begins: the silence behind a piece is its last character's.
    """
    starts: list[NDArray[np.int64]] = []
    end = np.zeros(0, np.int64)
    yield b'{"characters":['
    for piece in pieces:
        yield (b"," if starts else b"") + _characters(piece.text)
        starts.append(piece.samples[:-1])
        end = piece.samples[-1:]
    times = [decimal_seconds(chunk) for chunk in _chunks(starts)]
    yield b'],"character_start_times_seconds":['
    yield from _without_last_comma(times)
    yield b'],"character_end_times_seconds":['
    yield from _without_last_comma(chain(_without_first(times), [decimal_seconds(end)]))
    yield b"]}"


def _characters(text: str) -> bytes:
    """The characters of a text, at least one, as JSON strings with commas between them."""
    if _ESCAPED.isdisjoint(text):
        return b'"' + '","'.join(text).encode() + b'"'
    return _encode(list(text))[1:-1].encode()


def _chunks(arrays: Iterable[NDArray[np.int64]]) -> Iterator[NDArray[np.int64]]:
    joined = np.concatenate([np.zeros(0, np.int64), *arrays])
    for start in range(0, joined.size, _CHUNK_SAMPLES):
        yield joined[start : start + _CHUNK_SAMPLES]


def _without_first(times: Iterable[bytes]) -> Iterator[bytes]:
    """Numbers that each have a comma behind them, without the first of all."""
    for ordinal, content in enumerate(times):
        yield content if ordinal else content[content.index(b",") + 1 :]


def _without_last_comma(times: Iterable[bytes]) -> Iterator[bytes]:
    before = b""
    for content in times:
        if content:
            yield before
            before = content
    yield before.removesuffix(b",")
