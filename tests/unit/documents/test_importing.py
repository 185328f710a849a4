"""The ways in: kinds told by content and name, and the limited child that does the reading."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from rhapsode.documents import PARSER_LIMITS, import_document
from rhapsode.documents.parsing import parse_document
from rhapsode.processes import Limits
from rhapsode.studio.document import SourceFile
from rhapsode.studio.errors import DocumentRefused
from rhapsode.studio.limits import (
    MAX_DOCUMENT_BYTES,
    PARSER_CPU_S,
    PARSER_MEMORY_BYTES,
    PARSER_WALL_S,
)

from .docx_builder import docx, para
from .epub_builder import epub, packed
from .pdf_builder import column, pdf

_BOOK = epub([("a.xhtml", "<p>One.</p>")])
_HTML = b"<!DOCTYPE html><html><body><p>One.</p></body></html>"


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (_BOOK, "book.epub"),
        (_BOOK, "BOOK.EPUB"),
        (_BOOK, "upload"),
        (_BOOK, "book.zip"),
        (_HTML, "page.html"),
        (_HTML, "page"),
        (b"<p>One.</p>", "page.htm"),
        (b"\xef\xbb\xbf<!-- hello -->\n" + _HTML, "page.xhtml"),
        (b"One.", "text.txt"),
        (b"One.", "text"),
        (b"*One.*", "text.md"),
        (docx(para("One.")), "report.docx"),
        (docx(para("One.")), "upload"),
        (pdf([column(["One."])]), "report.PDF"),
        (pdf([column(["One."])]), "upload"),
        (b"\n\n" + pdf([column(["One."])]), "report.pdf"),
    ],
)
def test_kinds_are_told_by_content_then_name(content: bytes, filename: str) -> None:
    """Whatever it is called, a document is read as what it is."""
    assert parse_document(content, filename=filename).chapters[0].blocks[0].text == "One."


@pytest.mark.parametrize(
    ("content", "filename", "sentence"),
    [
        (b"", "a.epub", "is empty"),
        (b" \n", "a.txt", "is empty"),
        (b"One.", "a.epub", "^The file is named .epub but isn't an EPUB"),
        (
            b"\x89PNG\r\n\x1a\n and more",
            "picture",
            r"^The file is a picture, which can't be imported\. .*EPUB, DOCX, PDF, HTML, Markdown and plain text",
        ),
        (b"\x93\x11\xfa" * 400, "a.epub", "isn't an EPUB"),
        (_BOOK, "a.txt", "named .txt but its content is an EPUB"),
        (_BOOK, "a.html", "named .html but its content is an EPUB"),
        (_HTML, "a.md", "named .md but its content is an HTML page"),
        (_HTML, "a.epub", "named .epub but its content is an HTML page"),
        (b"%PDF-1.7\n", "a.pdf", "PDF is damaged"),
        (b"%PDF-1.7\n", "a.txt", "named .txt but its content is a PDF"),
        (b"One.", "a.docx", r"named \.docx but isn't a Word document"),
        (b"One.", "a.pdf", r"named \.pdf but isn't a PDF"),
        (b"One.", "a.odt", r"named \.odt can't be imported"),
        (docx(para("One.")), "a.epub", "its content is a Word document"),
        (
            packed({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<w/>"}),
            "a.docx",
            "an Excel workbook",
        ),
        (b"\xd0\xcf\x11\xe0" + bytes(99), "a.doc", "an old Word or Office document"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "a.docx", "encrypted with a password"),
        (
            packed({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"}),
            "a.docx",
            "no text part",
        ),
        (b"{\\rtf1 One.}", "a.txt", "an RTF document"),
        (b"<?xml version='1.0'?><FictionBook/>", "a.xml", "XML file of another kind"),
        (b"x" * 60 + b"BOOKMOBI", "a.mobi", "a Kindle book"),
        (packed({"a.txt": "One."}), "a.epub", "not an EPUB"),
        (b"\0\1\2\3" * 100, "a.txt", "isn't text"),
    ],
)
def test_refusals_say_what_is_wrong(content: bytes, filename: str, sentence: str) -> None:
    """Each file that can't be imported gets a sentence about itself."""
    with pytest.raises(DocumentRefused, match=sentence):
        parse_document(content, filename=filename)


def test_a_file_beyond_the_limit_is_refused_unread() -> None:
    """The size of a document is limited."""
    with pytest.raises(DocumentRefused, match="larger than 256 MiB"):
        parse_document(bytes(MAX_DOCUMENT_BYTES + 1), filename="a.txt")


def test_the_child_answers_like_the_parser() -> None:
    """Importing in a child gives the same document, an EPUB with its own bytes, and the same refusal."""
    imported = import_document(_BOOK, filename="a.epub")
    assert replace(imported, source=None) == parse_document(_BOOK, filename="a.epub")
    assert imported.source == SourceFile("application/epub+zip", _BOOK)
    assert import_document(b"It rained.", filename="a.txt").source is None
    with pytest.raises(DocumentRefused, match="PDF is damaged"):
        import_document(b"%PDF-1.7\n", filename="a.pdf")


def test_the_limits_are_those_of_the_studio() -> None:
    """The child's limits are named in one place."""
    expected = Limits(memory_bytes=PARSER_MEMORY_BYTES, cpu_s=PARSER_CPU_S, wall_s=PARSER_WALL_S)

    assert expected == PARSER_LIMITS


def test_a_parser_that_takes_too_much_memory_is_stopped() -> None:
    """A text that needs more memory than the child may have is refused, and this process is unharmed."""
    content = b"word " * 3_000_000

    with pytest.raises(DocumentRefused, match="MiB of memory"):
        import_document(
            content, filename="a.txt", limits=Limits(memory_bytes=160 * 2**20, cpu_s=60, wall_s=60)
        )


def test_a_parser_that_takes_too_long_is_stopped() -> None:
    """Wall-clock time is limited: the import ends soon after it, with a sentence."""
    content = b"<p>&" * 1_000_000
    started = time.perf_counter()

    with pytest.raises(DocumentRefused, match="took too long"):
        import_document(content, filename="a.html", limits=Limits(memory_bytes=2**31, cpu_s=60, wall_s=1))

    assert time.perf_counter() - started < 5


@pytest.mark.slow
def test_a_parser_that_burns_the_processor_is_stopped() -> None:
    """Processor time is limited apart from wall-clock time."""
    content = b"<p>&" * 2_000_000

    with pytest.raises(DocumentRefused, match="took too long"):
        import_document(content, filename="a.html", limits=Limits(memory_bytes=2**32, cpu_s=1, wall_s=60))


def test_the_parser_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import leaves no file behind."""
    monkeypatch.chdir(tmp_path)

    import_document(_BOOK, filename="a.epub")

    assert list(tmp_path.iterdir()) == []
