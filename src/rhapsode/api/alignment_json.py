"""Character alignments as JSON, piece by piece: a novel's is 20 MB, and is never in memory as a whole.

One chapter's times are, as text, because they are sent twice: the end of a character is the start of the next.
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from fastapi import Request, Response
from pydantic import BaseModel

from rhapsode.api.byte_routes import bytes_response
from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.delivery.alignments import AlignedText, without_gaps

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def alignments_response(
    request: Request,
    snapshot: BaseModel,
    chapters: Iterable[Iterable[AlignedText]],
    *,
    duration_samples: int | None = None,
) -> Response:
    """A snapshot's model, at least one field of it, with the alignment of each chapter and with its duration.

    duration_samples: at 44.1 kHz; None where the schema has no duration.
    """
    fields = snapshot.model_dump_json()
    if duration_samples is not None:
        fields = f'{fields.removesuffix("}")},"audio_duration_secs":{_seconds(duration_samples)}}}'
    return bytes_response(
        request,
        size_bytes=None,
        media_type="application/json",
        filename=None,
        content=_iterate_object(fields, chapters),
    )


def _seconds(sample: int) -> str:
    """A moment as a JSON number with 6 decimals, the nearest.

    No whole sample lies halfway between two microseconds, so nothing is left to round to even.
    """
    return f"{sample / SAMPLE_RATE_HZ:.6f}"


def _iterate_object(fields: str, chapters: Iterable[Iterable[AlignedText]]) -> Iterator[bytes]:
    yield f'{fields.removesuffix("}")},"character_alignments":['.encode()
    for ordinal, pieces in enumerate(chapters):
        yield b"," if ordinal else b""
        yield from _iterate_alignment(pieces)
    yield b"]}"


def _iterate_alignment(pieces: Iterable[AlignedText]) -> Iterator[bytes]:
    """One alignment. Source: schema CharacterAlignmentModel."""
    times: list[bytes] = []
    yield b'{"characters":['
    for piece in without_gaps(pieces):
        yield (b"," if times else b"") + _encode(list(piece.text))[1:-1].encode()
        times.append(_times(piece.boundaries))
    yield b'],"character_start_times_seconds":['
    yield from _joined(of_piece[: of_piece.rindex(b",")] for of_piece in times)
    yield b'],"character_end_times_seconds":['
    yield from _joined(of_piece[of_piece.index(b",") + 1 :] for of_piece in times)
    yield b"]}"


def _joined(lists: Iterable[bytes]) -> Iterator[bytes]:
    for ordinal, content in enumerate(lists):
        yield b"," + content if ordinal else content


def _times(boundaries: Sequence[int]) -> bytes:
    return ",".join(map(_seconds, boundaries)).encode()
