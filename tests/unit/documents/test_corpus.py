"""Real books and pages: every one imports, or is refused with a sentence."""

import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rhapsode.documents.parsing import parse_document
from rhapsode.studio.document import BlockKind, Document, Matter
from rhapsode.studio.errors import DocumentRefused

pytestmark = pytest.mark.slow

Find = Callable[[str], Path]

_PARAGRAPH = re.compile(r"<p[ >].*?</p>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_ROMAN = ((50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def _read(path: Path) -> Document:
    return parse_document(path.read_bytes(), filename=path.name)


def _roman(number: int) -> str:
    numeral = ""
    for value, letters in _ROMAN:
        while number >= value:
            numeral += letters
            number -= value
    return numeral


def _without_spaces(text: str) -> str:
    return re.sub(r"[\s\u2060\ufeff]+", "", text)


def test_every_paragraph_of_a_novel_in_order(corpus: Find) -> None:
    """Pride and Prejudice: 61 chapters named I to LXI, and the paragraphs that a plain search finds in its files."""
    path = corpus("epub/pride-and-prejudice.epub")
    with zipfile.ZipFile(path) as archive:
        pages = [archive.read(f"epub/text/chapter-{n}.xhtml").decode() for n in range(1, 62)]
    expected = [_without_spaces(_TAG.sub("", p)) for page in pages for p in _PARAGRAPH.findall(page)]

    started = time.process_time()
    document = _read(path)
    elapsed_s = time.process_time() - started

    body = [chapter for chapter in document.chapters if chapter.matter is Matter.BODY]
    spoken = [
        b.text for c in body for b in c.blocks if b.kind not in {BlockKind.HEADING, BlockKind.SCENE_BREAK}
    ]
    assert [chapter.name for chapter in body] == [_roman(number) for number in range(1, 62)]
    assert len(expected) == 2043
    assert [_without_spaces(text) for text in spoken] == expected
    assert all(chapter.narrated for chapter in body)
    assert elapsed_s < 3


def test_a_novels_front_and_back_matter_are_told_apart(corpus: Find) -> None:
    """Title page, imprint, colophon and uncopyright are kept, typed and silent."""
    document = _read(corpus("epub/pride-and-prejudice.epub"))

    around = [
        (c.name, c.role, c.matter.value, c.narrated) for c in document.chapters if c.matter is not Matter.BODY
    ]
    assert around == [
        ("Titlepage", "titlepage", "front", False),
        ("Imprint", "imprint", "front", False),
        ("Colophon", "colophon", "back", False),
        ("Uncopyright", "copyright-page", "back", False),
    ]
    assert (document.title, document.author) == ("Pride and Prejudice", "Jane Austen")
    assert (document.language, document.cover) == ("en-GB", None)
    assert [item.what for item in document.left_out] == ["the cover image"]


def test_sixteen_chapters_and_their_contents(corpus: Find) -> None:
    """The Time Machine: chapters 1 to 16, the epilogue inside the last, the visible contents silent in front."""
    document = _read(corpus("epub/time-machine.epub"))

    contents, *chapters = document.chapters
    assert (contents.role, contents.narrated, contents.matter) == ("toc", False, Matter.FRONT)
    assert [chapter.name for chapter in chapters] == [f"Chapter {n}" for n in range(1, 17)]
    assert chapters[-1].blocks[-1].text.startswith("Epilogue One cannot choose but wonder.")
    assert sum(b.kind is BlockKind.PARAGRAPH for c in chapters for b in c.blocks) == 306


def test_a_poem_with_notes(corpus: Find) -> None:
    """The Waste Land: stanzas with their lines, foreign verse marked, notes silent, marks and line numbers out."""
    document = _read(corpus("epub/idpf-wasteland.epub"))

    assert [c.role for c in document.chapters] == [
        *("titlepage", "epigraph", "dedication"),
        *["chapter"] * 5,
        "endnotes",
    ]
    burial = document.chapters[3]
    stanzas = [block for block in burial.blocks if block.kind is BlockKind.VERSE]
    assert stanzas[0].text.splitlines()[9:11] == [
        "And went on in sunlight, into the Hofgarten,",
        "And drank coffee, and talked for an hour.",
    ]
    assert [b.text.splitlines()[0] for b in stanzas if b.language == "de"] == ["Frisch weht der Wind"]
    notes = document.chapters[-1]
    assert {block.kind for block in notes.blocks} == {BlockKind.HEADING, BlockKind.NOTE}
    assert not notes.narrated
    assert {item.what for item in document.left_out} == {"50 note references", "43 line numbers"}
    assert document.cover is not None


def test_stories_inside_one_file(corpus: Find) -> None:
    """Children's Literature: nested entries cut one file into stories, page markers stand between blocks."""
    document = _read(corpus("epub/idpf-childrens-literature.epub"))

    names = [chapter.name for chapter in document.chapters]
    assert "193 THE EMPEROR'S NEW CLOTHES" in names
    assert sum(chapter.narrated for chapter in document.chapters if chapter.matter is Matter.BODY) == 15
    markers = [b.text for c in document.chapters for b in c.blocks if b.kind is BlockKind.PAGE_MARKER]
    assert markers == sorted(markers, key=int)
    assert document.author == "Charles Madison Curry, Erle Elsworth Clippinger"


def test_other_languages(corpus: Find) -> None:
    """Arabic with notes and Japanese in 160 files keep language, chapters and notes."""
    arabic = _read(corpus("epub/idpf-regime-anticancer-arabic.epub"))
    japanese = _read(corpus("epub/idpf-jlreq-in-japanese.epub"))

    assert (arabic.language, arabic.author) == ("ar", "Pr David Khayat, Nathalie Hutter-Lardeau")
    assert arabic.chapters[-1].blocks[-1].kind is BlockKind.NOTE
    assert japanese.language == "ja"
    assert "1.1 この文書の目的" in [chapter.name for chapter in japanese.chapters]


def test_nothing_readable_is_lost(corpus: Find) -> None:
    """Every word of the pages of a book is in a block, apart from what is told as left out."""
    path = corpus("epub/idpf-georgia-pls-ssml.epub")
    with zipfile.ZipFile(path) as archive:
        page = archive.read("EPUB/georgia.xhtml").decode()
    page = re.sub(r"<a [^>]*noteref[^>]*>.*?</a>", "", page[page.index("<body") :])
    words = re.findall(r"\w+", _TAG.sub(" ", page))

    document = _read(path)

    kept = " ".join(b.text for c in document.chapters for b in c.blocks)
    assert {word for word in words if word not in kept} == set()


def test_every_book_and_page_is_read(corpus: Find) -> None:
    """All other EPUBs and HTML pages yield text to narrate."""
    paths = [*corpus("epub").glob("*.epub"), *corpus("html").glob("*.html")]

    assert len(paths) > 15
    for path in paths:
        document = _read(path)
        assert any(b.narrated and b.text for c in document.chapters if c.narrated for b in c.blocks), (
            path.name
        )
        assert all(c.blocks and c.name for c in document.chapters), path.name


def test_articles_are_found(corpus: Find) -> None:
    """Of pages whose article text is known, at least nine words in ten are kept."""
    for expected in corpus("html").glob("*.expected.html"):
        words = re.findall(r"\w+", _TAG.sub(" ", expected.read_text("utf-8")))
        document = _read(expected.with_name(expected.name.replace(".expected", "")))
        kept = set(re.findall(r"\w+", " ".join(b.text for c in document.chapters for b in c.blocks)))
        assert sum(word in kept for word in words) >= 0.9 * len(words), expected.name


def test_other_kinds_are_refused_by_name(corpus: Find) -> None:
    """What can't be imported is told what it is."""
    for path in corpus("pls").iterdir():
        with pytest.raises(DocumentRefused, match="can't be imported"):
            _read(path)
