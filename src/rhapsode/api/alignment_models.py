"""Alignments on the wire: seconds with six decimals, one entry for each code point of the text."""

from collections.abc import Iterable
from itertools import chain, pairwise

from pydantic import BaseModel

from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.delivery.alignments import without_gaps
from rhapsode.studio.alignment import AlignedText


class CharacterAlignment(BaseModel):
    """Where each character of a text is heard, in seconds.

    Sources: schemas CharacterAlignmentResponseModel, CharacterAlignmentModel, HistoryAlignmentResponseModel.
    """

    characters: list[str]
    character_start_times_seconds: list[float]
    character_end_times_seconds: list[float]


def character_alignment(aligned: Iterable[AlignedText]) -> CharacterAlignment:
    """Consecutive stretches of text as one alignment, without gaps between them."""
    pieces = list(without_gaps(aligned))
    return CharacterAlignment(
        characters=list(chain.from_iterable(piece.text for piece in pieces)),
        character_start_times_seconds=[start for start, _ in _times(pieces)],
        character_end_times_seconds=[end for _, end in _times(pieces)],
    )


def _times(pieces: Iterable[AlignedText]) -> Iterable[tuple[float, float]]:
    return ((_seconds(start), _seconds(end)) for piece in pieces for start, end in pairwise(piece.boundaries))


def _seconds(sample: int) -> float:
    return round(sample / SAMPLE_RATE_HZ, 6)
