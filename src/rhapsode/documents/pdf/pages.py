"""The words of a PDF and where they stand on their pages, as pdfium tells them; nothing else here knows pdfium."""

import ctypes
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rhapsode.documents.cleaning import tidy
from rhapsode.documents.markup import language_tag
from rhapsode.documents.pdf.characters import as_read, is_right_to_left
from rhapsode.studio.errors import DocumentRefused

_PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD
_SECURITY_ERROR = 5  # FPDF_ERR_SECURITY
_CONTROLS = 0x20
_HYPHENS = frozenset({0x2, 0xFFFE})  # what pdfium puts for a hyphen at the end of a line
_QUARTERS = 4
_BOLD_WEIGHT = 600
_FARTHEST_POINTS = 20_000  # the largest page has 14,400 (ISO 32000-1, annex C)
_BOLD_NAMES = (b"bold", b"black", b"heavy", b"cmbx", b"semibold", b"demi")
_NAME_BYTES = 128
_NAMED_PLACE = 1  # PDFDEST_VIEW_XYZ: a destination whose second number is a height
_DEEPEST_OUTLINE = 8

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
class Page:
    """One page. turned: pieces of text that run another way than the rest, such as a stamp in the margin."""

    number: int
    words: tuple[Word, ...]
    height: float
    turned: int = 0


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of the outline. `top` is None where it names only a page; `depth` counts from 0."""

    title: str
    page: int
    top: float | None
    depth: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What a PDF holds, as far as reading it aloud goes."""

    pages: tuple[Page, ...]
    outline: tuple[Bookmark, ...]
    title: str | None
    author: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class _Glyph:
    index: int
    character: str
    left: float
    right: float


def read_contents(content: bytes) -> Contents:
    """Everything that is needed of a PDF. Raises: DocumentRefused, when it is encrypted or damaged."""
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise DocumentRefused(_reason(error)) from error
    with pdf:
        said = {name: tidy(value) or None for name, value in pdf.get_metadata_dict().items()}
        return Contents(
            pages=tuple(_read_page(pdf, number) for number in range(len(pdf))),
            outline=tuple(_outline(pdf)),
            title=said.get("Title"),
            author=said.get("Author"),
            language=_language(pdf),
        )


def _reason(error: Exception) -> str:
    if getattr(error, "err_code", None) in {_PASSWORD_ERROR, _SECURITY_ERROR}:
        return "The PDF is encrypted with a password. Remove the password and import it again."
    return "The PDF is damaged and can't be read. Get a fresh copy of it."


def _language(pdf: Any) -> str | None:
    from pypdfium2 import raw

    size = raw.FPDFCatalog_GetLanguage(pdf, None, 0)
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFCatalog_GetLanguage(pdf, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return language_tag(buffer.raw.decode("utf-16-le", "replace").rstrip("\0"))


def _outline(pdf: Any) -> Iterator[Bookmark]:
    for bookmark in pdf.get_toc(max_depth=_DEEPEST_OUTLINE):
        place = bookmark.get_dest()
        page = None if place is None else place.get_index()
        title = tidy(bookmark.get_title())
        if place is None or page is None or not 0 <= page < len(pdf) or not title:
            continue
        kind, numbers = place.get_view()
        top = numbers[1] if kind == _NAMED_PLACE and len(numbers) > 1 else None
        yield Bookmark(title, page, top, bookmark.level)


def _read_page(pdf: Any, number: int) -> Page:
    """One page's words; a page that pdfium can't read counts as one without any."""
    import pypdfium2

    try:
        page = pdf[number]
        height = page.get_height()
        text = page.get_textpage()
    except pypdfium2.PdfiumError:
        return Page(number, (), 0.0)
    found = list(_Reader(text).words())
    text.close()
    page.close()
    turns = Counter(turn for turn, _ in found)
    main = turns.most_common(1)[0][0] if turns else 0
    # Letters that are drawn twice look bold. Some producers also give one glyph the text of its neighbours.
    words = {
        (round(w.left, 1), round(w.baseline, 1)): w
        for turn, w in reversed(found)
        if turn == main and _is_near(w)
    }
    turned = sum(turn != main for turn, _ in found)
    return Page(number, tuple(reversed(words.values())), height, turned)


def _is_near(word: Word) -> bool:
    """Whether a word stands where a page can be, at a size that letters can have; damaged files say anything."""
    return all(abs(points) < _FARTHEST_POINTS for points in (word.left, word.right, word.baseline, word.size))


class _Reader:
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

    def words(self) -> Iterator[tuple[int, Word]]:
        """Each word, in the order of the page's contents, with the quarter turns that its text makes."""
        start: int | None = None
        spaced = False
        glyphs: list[_Glyph] = []
        unicode, broken = self._raw.FPDFText_GetUnicode, self._raw.FPDFText_HasUnicodeMapError
        for index in range(self._raw.FPDFText_CountChars(self._text)):
            code = unicode(self._text, index)
            if code in _HYPHENS:
                # What follows a hyphen stands on the next line, although nothing parts them.
                if start is not None:
                    yield self._word(start, [*glyphs, replace(glyphs[-1], character=HYPHEN)], spaced=spaced)
                    start, spaced, glyphs = None, False, []
            elif code <= _CONTROLS or chr(code).isspace():
                if start is not None:
                    yield self._word(start, glyphs, spaced=spaced)
                    start, spaced, glyphs = None, False, []
                spaced = spaced or code >= _CONTROLS
            elif broken(self._text, index) != 1:
                start = index if start is None else start
                glyphs.append(self._glyph(index, code))
        if start is not None:
            yield self._word(start, glyphs, spaced=spaced)

    def _glyph(self, index: int, code: int) -> _Glyph:
        self._raw.FPDFText_GetLooseCharBox(self._text, index, self._box)
        return _Glyph(index, chr(code), self._box.left, self._box.right)

    def _word(self, start: int, glyphs: Sequence[_Glyph], *, spaced: bool) -> tuple[int, Word]:
        raw, text, matrix = self._raw, self._text, self._matrix
        raw.FPDFText_GetMatrix(text, start, matrix)
        raw.FPDFText_GetCharOrigin(text, start, self._x, self._y)
        # The height alone: typesetters stretch letters a little to fill a line.
        size = raw.FPDFText_GetFontSize(text, start) * (math.hypot(matrix.c, matrix.d) or 1.0)
        turn = round(math.atan2(matrix.b, matrix.a) / (math.pi / 2)) % _QUARTERS
        left, right, baseline = self._upright(turn, glyphs)
        word = Word(_text_of(glyphs), left, right, baseline, size, self._is_bold(start), spaced)
        return turn, word

    def _upright(self, turn: int, glyphs: Sequence[_Glyph]) -> tuple[float, float, float]:
        """Where a word begins and ends along its line, and the height of the line, seen upright."""
        if turn == 0:
            return min(g.left for g in glyphs), max(g.right for g in glyphs), self._y.value
        boxes = []
        for glyph in glyphs:
            self._raw.FPDFText_GetLooseCharBox(self._text, glyph.index, self._box)
            boxes.append((self._box.left, self._box.right, self._box.bottom, self._box.top))
        lefts, rights, bottoms, tops = zip(*boxes, strict=True)
        if turn == 1:
            return min(bottoms), max(tops), -self._x.value
        if turn == 2:
            return -max(rights), -min(lefts), -self._y.value
        return -max(tops), -min(bottoms), self._x.value

    def _is_bold(self, index: int) -> bool:
        if self._raw.FPDFText_GetFontWeight(self._text, index) >= _BOLD_WEIGHT:
            return True
        self._raw.FPDFText_GetFontInfo(self._text, index, self._name, _NAME_BYTES, self._flags)
        name = self._name.value.lower()
        return any(sign in name for sign in _BOLD_NAMES)


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
