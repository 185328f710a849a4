"""Books that are made of their spoken text."""

from dataclasses import replace

from rhapsode.documents.readalong.made import make_book

from .old_books import PIXEL
from .spoken_books import Opened, packed_book, spoken_book, spoken_chapter

BOOK = spoken_book(
    spoken_chapter("Rain", "It rained. “Well,” she said."), spoken_chapter("Sea", "Flat & <wide>.")
)


def test_a_page_for_each_chapter() -> None:
    """With the chapter's name on top where nobody reads it aloud, and a table of contents."""
    book = Opened.of(packed_book(make_book(BOOK)))
    assert [par.text for par in book.pars()] == ["It rained.", "“Well,” she said.", "Flat & <wide>."]
    assert [par.page for par in book.pars()] == ["EPUB/text/01.xhtml"] * 2 + ["EPUB/text/02.xhtml"]
    assert "<h1>Rain</h1>" in book.files["EPUB/text/01.xhtml"].decode()
    assert '<a href="text/02.xhtml">Sea</a>' in book.files["EPUB/nav.xhtml"].decode()


def test_what_it_says_of_itself() -> None:
    """Whom it is by, its number, its cover, and that nothing in it flashes."""
    described = replace(BOOK, isbn_number="9783161484100", description="A book.", cover=("image/png", PIXEL))
    book = Opened.of(packed_book(make_book(described)))
    package = book.files["EPUB/package.opf"].decode()
    for said in ("Ida Strand", "urn:isbn:9783161484100", "A book.", "urn:uuid:0"):
        assert said in package
    assert book.metas("schema:accessibilityHazard") == ["none"]
    assert book.files["EPUB/cover.png"] == PIXEL


def test_right_to_left_is_said() -> None:
    """Of pages, and of the order in which they are turned."""
    book = Opened.of(packed_book(make_book(replace(BOOK, language="ar"))))
    assert 'dir="rtl"' in book.files["EPUB/text/01.xhtml"].decode()
    assert 'page-progression-direction="rtl"' in book.files["EPUB/package.opf"].decode()


def test_characters_that_no_page_can_hold_are_left_out() -> None:
    """A control character would make the page unreadable as a whole."""
    book = Opened.of(packed_book(make_book(spoken_book(spoken_chapter("A\x00", "It\x0b rained.")))))
    assert [par.text for par in book.pars()] == ["It rained."]
