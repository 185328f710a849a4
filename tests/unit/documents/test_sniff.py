"""What a document is, told by its content where its name is made up."""

import pytest

from rhapsode.documents.sniff import DocumentKind, kind_of
from rhapsode.studio.errors import DocumentRefused

PAGE = b"<!doctype html><title>Tides</title><p>It rained.</p>"


@pytest.mark.parametrize("filename", ["", "upload", "blob", "tides.txt", "tides.epub", "tides.pdf"])
def test_a_page_is_a_page_whatever_it_is_called(filename: str) -> None:
    """Where the name isn't trusted; where it is, one that says something else is refused."""
    assert kind_of(PAGE, filename=filename, trust_name=False) is DocumentKind.HTML
    if "." in filename:
        with pytest.raises(DocumentRefused, match="but its content is an HTML page"):
            kind_of(PAGE, filename=filename)


@pytest.mark.parametrize(
    ("content", "filename", "kind"),
    [
        (b"# Rain\n\nIt rained.", "blob", DocumentKind.MARKDOWN),
        (b"It rained.\n\n## Snow\n\nIt snowed.", "", DocumentKind.MARKDOWN),
        (b"# Rain\n\nIt rained.", "rain.txt", DocumentKind.TEXT),
        (b"#1 of the list, #winter\n\n#\n\n####", "", DocumentKind.TEXT),
        (b"It rained.", "upload", DocumentKind.TEXT),
        (b"It rained.", "rain.md", DocumentKind.MARKDOWN),
        (b"\n <P class='x'>It rained.", "blob", DocumentKind.HTML),
        (b"<pause> It rained.", "blob", DocumentKind.TEXT),
        (b"<p>is how a paragraph begins.", "about.txt", DocumentKind.TEXT),
    ],
)
@pytest.mark.parametrize("trust_name", [True, False])
def test_text_is_what_it_looks_like(
    content: bytes, filename: str, kind: DocumentKind, *, trust_name: bool
) -> None:
    """A name with an extension says what kind of text it is; without one, headings and tags do."""
    assert kind_of(content, filename=filename, trust_name=trust_name) is kind


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"From a mailbox\r\n%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\nstartxref", DocumentKind.PDF),
        (b"A file that begins with %PDF-1.4 is a PDF, and %%EOF ends it.", DocumentKind.TEXT),
    ],
)
def test_a_pdf_is_one_with_junk_around_it(content: bytes, kind: DocumentKind) -> None:
    """Programs open those too; a text that speaks of PDFs is a text."""
    assert kind_of(content, filename="a.txt", trust_name=False) is kind


@pytest.mark.parametrize("filename", ["rain.docx", "rain.epub"])
def test_a_name_of_another_kind_is_refused_where_the_content_says_nothing(filename: str) -> None:
    """Somebody believes to send a book, and this isn't one."""
    with pytest.raises(DocumentRefused):
        kind_of(b"It rained.", filename=filename, trust_name=False)
