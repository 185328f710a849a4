"""What a PDF holds: its pages, outline and properties, as pdfium tells them; only this and `words` know pdfium."""

import ctypes
import functools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rhapsode.documents.cleaning import tidy
from rhapsode.documents.markup import language_tag
from rhapsode.documents.pdf.words import Word, WordReader
from rhapsode.studio.errors import DocumentRefused

_PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD
_SECURITY_ERROR = 5  # FPDF_ERR_SECURITY
_EDGE = 1.0  # points that a letter may stand over the edge of its page
_FARTHEST_POINTS = 20_000  # the largest page has 14,400 (ISO 32000-1, annex C)
_NAMED_PLACE = 1  # PDFDEST_VIEW_XYZ: a destination whose second number is a height
_DEEPEST_OUTLINE = 8


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    turned: pieces of text that run another way than the rest, such as a stamp in the margin.
    outside: words that stand beyond the edges of the page, where nobody sees them.
    """

    number: int
    words: tuple[Word, ...]
    height: float
    turned: int = 0
    outside: int = 0


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


def read_contents(content: bytes) -> Contents:
    """Everything that is needed of a PDF. Raises: DocumentRefused, when it is encrypted or damaged."""
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise DocumentRefused(_reason(error)) from error
    with pdf:
        return Contents(
            pages=tuple(_read_page(pdf, number) for number in range(len(pdf))),
            outline=tuple(_outline(pdf)),
            title=_metadata(pdf, b"Title"),
            author=_metadata(pdf, b"Author"),
            language=_language(pdf),
        )


def _reason(error: Exception) -> str:
    if getattr(error, "err_code", None) in {_PASSWORD_ERROR, _SECURITY_ERROR}:
        return "The PDF is encrypted with a password. Remove the password and import it again."
    return "The PDF is damaged and can't be read. Get a fresh copy of it."


def _metadata(pdf: Any, name: bytes) -> str | None:
    from pypdfium2 import raw

    return tidy(_text(lambda buffer, size: raw.FPDF_GetMetaText(pdf, name, buffer, size))) or None


def _language(pdf: Any) -> str | None:
    from pypdfium2 import raw

    def get(buffer: Any, size: int) -> int:
        wide = ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)) if buffer else None
        return int(raw.FPDFCatalog_GetLanguage(pdf, wide, size))

    return language_tag(_text(get))


def _text(get: Callable[[Any, int], int]) -> str:
    """What pdfium says in UTF-16. Halves of characters, of which its own package makes an error, are replaced.

    get: called with a buffer and its size in bytes; returns how many bytes there are.
    """
    size = get(None, 0)
    buffer = ctypes.create_string_buffer(size)
    get(buffer, size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")


def _outline(pdf: Any) -> Iterator[Bookmark]:
    from pypdfium2 import raw

    for bookmark in pdf.get_toc(max_depth=_DEEPEST_OUTLINE):
        place = bookmark.get_dest()
        page = None if place is None else place.get_index()
        title = tidy(_text(functools.partial(raw.FPDFBookmark_GetTitle, bookmark)))
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
        edges = page.get_bbox()
        text = page.get_textpage()
    except pypdfium2.PdfiumError:
        return Page(number, (), 0.0)
    everything = list(WordReader(text).words())
    # Where all of it stands outside, it is the edges that are wrong.
    inside = [word for word in everything if _is_inside(word[2], edges)] or everything
    found = [(turn, word) for turn, word, _ in inside]
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
    return Page(number, tuple(reversed(words.values())), height, turned, len(everything) - len(found))


def _is_inside(place: tuple[float, float], edges: tuple[float, float, float, float]) -> bool:
    left, bottom, right, top = edges
    return left - _EDGE <= place[0] <= right + _EDGE and bottom - _EDGE <= place[1] <= top + _EDGE


def _is_near(word: Word) -> bool:
    """Whether a word stands where a page can be, at a size that letters can have; damaged files say anything."""
    return all(abs(points) < _FARTHEST_POINTS for points in (word.left, word.right, word.baseline, word.size))
