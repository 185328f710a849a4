"""The characters of a PDF as text: pages are drawn with shapes, and some producers store those."""

import re
import unicodedata

# Ligatures and shapes of letters at the beginning, middle or end of a word, which NFKC takes apart. Other
# compatibility characters (a raised 2, a half, an ellipsis) mean something that NFKC would lose.
_SHAPES = re.compile("[\ufb00-\ufb4f\ufb50-\ufdff\ufe70-\ufeff\u2e80-\u2fd5\uf900-\ufaff]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_RIGHT_TO_LEFT = frozenset({"R", "AL"})


def as_read(text: str) -> str:
    """The letters that a string of glyphs stands for."""
    if text.isascii():
        return text
    if _SURROGATES.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _SHAPES.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)


def is_right_to_left(character: str) -> bool:
    """Whether a character belongs to a script that is written from right to left."""
    return character > "\u0590" and unicodedata.bidirectional(character) in _RIGHT_TO_LEFT


def runs_right_to_left(text: str) -> bool:
    """Whether most letters of a text are written from right to left."""
    if text.isascii():
        return False
    letters = [character for character in text if character.isalpha()]
    return sum(is_right_to_left(letter) for letter in letters) * 2 > len(letters)
