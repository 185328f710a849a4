"""Real Word documents and PDFs: what is in each of them, written down after reading them."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from rhapsode.documents import import_document
from rhapsode.documents.parsing import parse_document
from rhapsode.studio.document import BlockKind, Document, Matter
from rhapsode.studio.errors import DocumentRefused

pytestmark = pytest.mark.slow

Find = Callable[[str], Path]
Seen = tuple[str, str, dict[str, int], str]
"""A chapter: name, role, how many blocks of each kind, and the first words of its first paragraph."""

_BODY = "chapter"


def _plain(name: str, paragraphs: int, first: str) -> list[Seen]:
    return [(name, _BODY, {"paragraph": paragraphs}, first)]


def _sections(names: list[str]) -> list[Seen]:
    return [(name, _BODY, {"heading": 1, "paragraph": 1}, "Hello, here is") for name in names]


_CONTENTS: Seen = ("Contents", "toc", {"heading": 1, "paragraph": 9}, "1 Foo 2")
_THREE = ["Foo", "Bar", "Baz"] * 3
_EXPECTED: dict[str, list[Seen]] = {
    "docx/0_level_headers.docx": [
        ("User\u2019s Guide", "titlepage", {"heading": 1, "paragraph": 1}, "11 August 2017"),
        ("CONTENTS", "toc", {"heading": 3, "paragraph": 3}, "Section Page"),
        ("SECTION 1 Introduction", _BODY, {"heading": 1, "paragraph": 1}, "Nothing to introduce,"),
    ],
    "docx/comments.docx": _plain("Chapter 1", 4, "I want some"),
    "docx/drop_cap.docx": _plain("Chapter 1", 4, "Drop cap."),
    "docx/headers.docx": [("Second Level", _BODY, {"heading": 6, "paragraph": 7}, "Some plain text.")],
    "docx/inline_images.docx": [
        ("Chapter 1", _BODY, {"paragraph": 2, "alternative_text": 2}, "This picture is")
    ],
    "docx/lists_restart_8367.docx": [
        ("Section 1", _BODY, {"heading": 1, "list_item": 3, "paragraph": 1}, "Conclusion"),
        ("Section 2", _BODY, {"heading": 1, "list_item": 4, "paragraph": 1}, "Conclusion"),
    ],
    "docx/nested_sdt.docx": _plain("Chapter 1", 3, "Test Paragraph1"),
    "docx/paragraph_insertion_deletion.docx": _plain("Chapter 1", 2, "This is a"),
    "docx/table_header_rowspan.docx": [("Chapter 1", _BODY, {"table": 11}, "")],
    "docx/text_in_shape_format.docx": _plain(
        "Using Microsoft Word 2007/2010 for Writing Technical Documents", 4, "Last update: May"
    ),
    "docx/trim_last_inline.docx": _plain("Chapter 1", 2, "Foo bar."),
    "pdf/002-trivial-libre-office-writer.pdf": _plain("Chapter 1", 1, "Lorem ipsum dolor"),
    "pdf/google-doc-document.pdf": [
        (
            "Example document",
            _BODY,
            {"heading": 1, "paragraph": 19, "table": 5, "note": 3},
            "Beautiful is better",
        )
    ],
    "pdf/habibi.pdf": _plain("habibi", 1, "habibi \u062d\u064e\u0628\u064a\u0628\u064a\u02f4"),
    # Its outline counts "First" to "Twenty-seventh" over nine sections with other titles.
    "pdf/mistitled_outlines_example.pdf": [
        _CONTENTS,
        *_sections([f"{number} {name}" for number, name in enumerate(_THREE, start=1)]),
    ],
    "pdf/multicolumn.pdf": [
        ("Abstract", _BODY, {"heading": 4, "paragraph": 11, "caption": 1, "table": 6}, "This is a")
    ],
    "pdf/pdflatex-image.pdf": [
        ("1 Your Chapter", _BODY, {"heading": 1, "paragraph": 2}, "Lorem ipsum dolor")
    ],
    "pdf/pdflatex-outline.pdf": [_CONTENTS, *_sections(_THREE)],
}
_APART = {"pdf/GeoTopo-komprimiert.pdf", "pdf/libreoffice-writer-password.pdf"}


def _read(path: Path) -> Document:
    return parse_document(path.read_bytes(), filename=path.name)


def _seen(document: Document) -> list[Seen]:
    return [
        (
            chapter.name,
            chapter.role,
            dict(Counter(block.kind.value for block in chapter.blocks)),
            " ".join(next((b.text for b in chapter.blocks if b.kind is BlockKind.PARAGRAPH), "").split()[:3]),
        )
        for chapter in document.chapters
    ]


@pytest.mark.parametrize("name", _EXPECTED)
def test_chapters_and_paragraphs(corpus: Find, name: str) -> None:
    """Each file holds these chapters with so many blocks of each kind."""
    assert _seen(_read(corpus(name))) == _EXPECTED[name]


def test_every_file_is_expected(corpus: Find) -> None:
    """No file of the two folders is forgotten."""
    names = {f"{folder}/{path.name}" for folder in ("docx", "pdf") for path in corpus(folder).iterdir()}

    assert names == {*_EXPECTED, *_APART}


def test_a_locked_file_is_refused(corpus: Find) -> None:
    """A PDF that opens only with a password."""
    with pytest.raises(DocumentRefused, match="encrypted with a password"):
        _read(corpus("pdf/libreoffice-writer-password.pdf"))


def test_a_textbook_of_mathematics(corpus: Find) -> None:
    """Its outline names the chapters, the front matter is cut by its headings, and 117 pages take seconds."""
    content = corpus("pdf/GeoTopo-komprimiert.pdf").read_bytes()

    started = time.perf_counter()
    document = import_document(content, filename="a.pdf")
    elapsed_s = time.perf_counter() - started

    assert [(c.name, c.role, c.narrated) for c in document.chapters] == [
        ("Einführung in die Geometrie und Topologie", "titlepage", False),
        ("Vorwort", "preface", True),
        ("Inhaltsverzeichnis", "toc", False),
        ("1 Topologische Grundbegriffe", _BODY, True),
        ("2 Mannigfaltigkeiten und Simplizialkomplexe", _BODY, True),
        ("3 Fundamentalgruppe und Überlagerungen", _BODY, True),
        ("4 Euklidische und nichteuklidische Geometrie", _BODY, True),
        ("5 Krümmung", _BODY, True),
        ("Lösungen der Übungsaufgaben", _BODY, True),
        ("Bildquellen", _BODY, True),
        ("Abkürzungsverzeichnis", _BODY, True),
        ("Ergänzende Definitionen und Sätze", _BODY, True),
        ("Symbolverzeichnis", _BODY, True),
        ("Stichwortverzeichnis", "index", False),
    ]
    assert document.title == "Geometrie und Topologie"
    texts = [block.text for chapter in document.chapters for block in chapter.blocks]
    assert any("(Schwarz-Weiß, Ringbindung)" in text for text in texts)
    assert any("ihre Übungsaufgaben und Lösungen zu benutzen." in text for text in texts)
    assert any(text.startswith("Die Kugeloberfläche S² lässt sich") for text in texts)
    assert not any("HOMOTOPIE VON WEGEN" in text for text in texts)
    assert document.chapters[1].matter is Matter.FRONT
    assert elapsed_s < 10


def test_columns_go_on_over_pages(corpus: Find) -> None:
    """The text of a column goes on in the next one, and at the top of the next page."""
    paragraphs = [
        block.text
        for chapter in _read(corpus("pdf/multicolumn.pdf")).chapters
        for block in chapter.blocks
        if block.kind is BlockKind.PARAGRAPH
    ]

    assert "Donec nonummy pellentesque ante." in paragraphs[3]
    assert "primis in faucibus orci luctus et ultrices" in paragraphs[9]
    assert not any("- " in text or "\ufffe" in text for text in paragraphs)


def test_tables_and_numbers_of_real_documents(corpus: Find) -> None:
    """Rows are read cell by cell, and items of lists are counted as Word counts them."""
    table = _read(corpus("docx/table_header_rowspan.docx")).chapters[0].blocks
    lists = _read(corpus("docx/lists_restart_8367.docx")).chapters[1].blocks

    assert [block.text for block in table[:3]] == ["A, B, C, D, E, F", "G, H, I", "1, 2, 3, 4, 5, 6, 7, 8"]
    assert [block.text for block in lists[1:5]] == ["Item 1", "Item 2", "Item 3", "Item 4"]
