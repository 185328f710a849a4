"""Alignments on the wire: seconds with six decimals, one entry for each code point of the text."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from pydantic import BaseModel

from rhapsode.audio.grid import seconds_of
from rhapsode.delivery.alignments import without_gaps
from rhapsode.studio.alignment import AlignedText
from rhapsode.text.pauses import is_pause


class CharacterAlignment(BaseModel):
    """Where each character of a text is heard, in seconds.

    Sources: schemas CharacterAlignmentResponseModel, CharacterAlignmentModel, HistoryAlignmentResponseModel.
    """

    characters: list[str]
    character_start_times_seconds: list[float]
    character_end_times_seconds: list[float]


def character_alignment(aligned: Iterable[AlignedText]) -> CharacterAlignment:
    """Consecutive stretches of text as one alignment, without gaps between them."""
    return _alignment(_characters(aligned))


def spoken_alignment(aligned: Iterable[AlignedText]) -> CharacterAlignment:
    """The same of spoken text, of which no character is a pause: there the times have a gap."""
    return _alignment(timed for timed in _characters(aligned) if not is_pause(timed[0]))


_Timed = tuple[str, int, int]
"""A character, and the samples where it begins and ends."""


def _characters(aligned: Iterable[AlignedText]) -> Iterator[_Timed]:
    for piece in without_gaps(aligned):
        for character, (start, end) in zip(piece.text, pairwise(piece.boundaries), strict=True):
            yield character, start, end


def _alignment(characters: Iterable[_Timed]) -> CharacterAlignment:
    timed = list(characters)
    return CharacterAlignment(
        characters=[character for character, _, _ in timed],
        character_start_times_seconds=[seconds_of(start) for _, start, _ in timed],
        character_end_times_seconds=[seconds_of(end) for _, _, end in timed],
    )
