"""Characters whose font doesn't say which they are: pdfium gives their codes, which may be letters all the same.

Old programs, and those that trust the reader to have the font, leave the table of characters out. The codes of such a
font are then either those of an ordinary encoding, which is text, or the numbers of its glyphs, which is gibberish.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

_FEWEST_LETTERS = 8
_LETTERS = 0.5  # share of all characters; a font of signs has few
_VOWELS = 0.2  # share of the letters, in any language of Latin script; codes shifted against them have 0.1
_PLAIN = 0.7  # share of the letters that have no accent
_KANA = 0.2  # share of Japanese text, and no chance
_FIRST_PRINTABLE = 0x20  # numbers of glyphs begin at 1, and a space is mostly the third


def readable(codes: Iterable[tuple[int, int, bytes]]) -> set[int]:
    """The indices of what is text. codes: (index on the page, code, name of the font) of each such character."""
    fonts: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
    for index, code, font in codes:
        fonts[font].append((index, code))
    return {
        index
        for characters in fonts.values()
        if _is_text([code for _, code in characters])
        for index, _ in characters
    }


def _is_text(codes: Sequence[int]) -> bool:
    if min(codes) < _FIRST_PRINTABLE or max(codes) > 0xFFFF:
        return False
    text = "".join(map(chr, codes))
    letters = [character for character in text if character.isalpha()]
    if len(letters) < max(_FEWEST_LETTERS, _LETTERS * len(text.replace(" ", ""))):
        return False
    kana = sum("\u3041" <= letter <= "\u30ff" for letter in letters)
    if kana > _KANA * len(letters):
        return True
    plain = sum(letter.isascii() for letter in letters)
    vowels = sum(letter in "AEIOUYaeiouy" for letter in letters)
    return plain > _PLAIN * len(letters) and vowels > _VOWELS * len(letters)
