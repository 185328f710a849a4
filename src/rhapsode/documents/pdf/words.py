"""The words of a page of a PDF, and where they stand, as pdfium tells them."""

import ctypes
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rhapsode.documents.pdf.characters import as_read, is_right_to_left
from rhapsode.documents.pdf.unmapped import readable

_CONTROLS = 0x20
_LAST_CHARACTER = 0x10FFFF  # damaged fonts name numbers beyond it
_HYPHENS = frozenset({0x2, 0xFFFE})  # what pdfium puts for a hyphen at the end of a line
_SMALLEST_POINTS = 0.1
_QUARTERS = 4
_BOLD_WEIGHT = 600
_BOLD_NAMES = (b"bold", b"black", b"heavy", b"cmbx", b"semibold", b"demi")
_NAME_BYTES = 128

HYPHEN = "\x02"
"""Stands for a hyphen that divides a word at the end of a line."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or a piece of one.

    left, right, baseline, size: points, from the page's lower left corner once it is turned upright.
    spaced: whether a space stands in front of it.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    spaced: bool


@dataclass(frozen=True, slots=True)
class _Glyph:
    index: int
    character: str
    left: float
    right: float


class WordReader:
    """Goes through a text page character by character, which is the only way pdfium tells places."""

    def __init__(self, text: Any) -> None:
        from pypdfium2 import raw

        self._raw = raw
        self._text = text
        self._box = raw.FS_RECTF()
        self._matrix = raw.FS_MATRIX()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._name = ctypes.create_string_buffer(_NAME_BYTES)
        self._flags = ctypes.c_int()

    def words(self) -> Iterator[tuple[int, Word, tuple[float, float]]]:
        """Each word with the quarter turns of its text and its origin, in the order of the page's contents."""
        start: int | None = None
        spaced = False
        glyphs: list[_Glyph] = []
        unicode = self._raw.FPDFText_GetUnicode
        codes = [unicode(self._text, i) for i in range(self._raw.FPDFText_CountChars(self._text))]
        unknown = self._unknown(codes)
        for index, code in enumerate(codes):
            if code in _HYPHENS:
                # What follows a hyphen stands on the next line, although nothing parts them.
                if start is not None:
                    yield self._word(start, [*glyphs, replace(glyphs[-1], character=HYPHEN)], spaced=spaced)
                    start, spaced, glyphs = None, False, []
            elif code <= _CONTROLS or (code <= _LAST_CHARACTER and chr(code).isspace()):
                if start is not None:
                    yield self._word(start, glyphs, spaced=spaced)
                    start, spaced, glyphs = None, False, []
                spaced = spaced or code >= _CONTROLS
            elif index not in unknown:
                start = index if start is None else start
                glyphs.append(self._glyph(index, code))
        if start is not None:
            yield self._word(start, glyphs, spaced=spaced)

    def _unknown(self, codes: Sequence[int]) -> set[int]:
        """The indices of characters that nobody can tell."""
        is_unmapped = self._raw.FPDFText_HasUnicodeMapError
        unmapped = [index for index in range(len(codes)) if is_unmapped(self._text, index) == 1]
        known = readable((index, codes[index], self._font(index)) for index in unmapped)
        none = {index for index, code in enumerate(codes) if code > _LAST_CHARACTER}
        return none | (set(unmapped) - known)

    def _font(self, index: int) -> bytes:
        self._raw.FPDFText_GetFontInfo(self._text, index, self._name, _NAME_BYTES, self._flags)
        return self._name.value

    def _glyph(self, index: int, code: int) -> _Glyph:
        self._raw.FPDFText_GetLooseCharBox(self._text, index, self._box)
        return _Glyph(index, chr(code), _place(self._box.left), _place(self._box.right))

    def _word(
        self, start: int, glyphs: Sequence[_Glyph], *, spaced: bool
    ) -> tuple[int, Word, tuple[float, float]]:
        raw, text, matrix = self._raw, self._text, self._matrix
        raw.FPDFText_GetMatrix(text, start, matrix)
        raw.FPDFText_GetCharOrigin(text, start, self._x, self._y)
        # The height alone: typesetters stretch letters a little to fill a line.
        size = _size(raw.FPDFText_GetFontSize(text, start) * (math.hypot(matrix.c, matrix.d) or 1.0))
        turn = round(math.atan2(_place(matrix.b), _place(matrix.a)) / (math.pi / 2)) % _QUARTERS
        origin = _place(self._x.value), _place(self._y.value)
        left, right, baseline = self._upright(turn, glyphs, *origin)
        word = Word(_text_of(glyphs), left, right, baseline, size, self._is_bold(start), spaced)
        return turn, word, origin

    def _upright(self, turn: int, glyphs: Sequence[_Glyph], x: float, y: float) -> tuple[float, float, float]:
        """Where a word begins and ends along its line, and the height of the line, seen upright."""
        if turn == 0:
            return min(g.left for g in glyphs), max(g.right for g in glyphs), y
        boxes = []
        for glyph in glyphs:
            box = self._box
            self._raw.FPDFText_GetLooseCharBox(self._text, glyph.index, box)
            boxes.append([_place(edge) for edge in (box.left, box.right, box.bottom, box.top)])
        lefts, rights, bottoms, tops = zip(*boxes, strict=True)
        if turn == 1:
            return min(bottoms), max(tops), -x
        if turn == 2:
            return -max(rights), -min(lefts), -y
        return -max(tops), -min(bottoms), x

    def _is_bold(self, index: int) -> bool:
        if self._raw.FPDFText_GetFontWeight(self._text, index) >= _BOLD_WEIGHT:
            return True
        name = self._font(index).lower()
        return any(sign in name for sign in _BOLD_NAMES)


def _place(points: float) -> float:
    """A place that can be compared with others: a damaged page may have letters nowhere, or at infinity."""
    return points if math.isfinite(points) else 0.0


def _size(points: float) -> float:
    """A size that can be compared with others and divided by: letters may be turned over, or have none."""
    return max(abs(points), _SMALLEST_POINTS) if math.isfinite(points) else _SMALLEST_POINTS


def _text_of(glyphs: Sequence[_Glyph]) -> str:
    """The characters of a word, with those of one right-to-left glyph in the order in which they are read.

    pdfium turns a whole line of right-to-left glyphs round, and with them the letters of a glyph that stands for
    several.
    """
    characters = [glyph.character for glyph in glyphs]
    if any(is_right_to_left(character) for character in characters):
        start = 0
        for index in range(1, len(glyphs) + 1):
            if index == len(glyphs) or glyphs[index].left != glyphs[start].left:
                characters[start:index] = characters[start:index][::-1]
                start = index
    return as_read("".join(characters))
