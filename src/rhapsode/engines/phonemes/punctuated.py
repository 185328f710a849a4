"""A text between its punctuation marks, as voices were trained that are fed those marks. Values in, values out.

Which marks these are, and that one between two digits is none, follows the library that prepares texts for Kokoro.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_MARKS = re.compile(r"(?:\s*(?:[;:!?¡¿—…\"«»“”(){}\[\]]|(?<![0-9])[.,]|[.,](?![0-9]))\s*)+|\s*\n\s*")


class Piece(NamedTuple):
    """A stretch of a text, and where it begins: words, or marks with the space around them."""

    text: str
    start: int
    is_marks: bool


def split_at_marks(text: str) -> Iterator[Piece]:
    """The pieces of a text, which together are all of it."""
    ended = 0
    for marks in _MARKS.finditer(text):
        if ended < marks.start():
            yield Piece(text[ended : marks.start()], ended, is_marks=False)
        yield Piece(marks.group(), marks.start(), is_marks=True)
        ended = marks.end()
    if ended < len(text):
        yield Piece(text[ended:], ended, is_marks=False)
