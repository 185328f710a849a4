"""Parse a document here; whoever has it from somebody else does that in a child (`importing`)."""

from collections.abc import Callable
from importlib import import_module

from rhapsode.documents.sniff import DocumentKind, kind_of
from rhapsode.studio.document import Document
from rhapsode.studio.errors import DocumentRefused
from rhapsode.studio.limits import MAX_DOCUMENT_BYTES

# Each is imported when a document needs it: all of them take half a second, which every child would wait for.
_READERS = {
    DocumentKind.EPUB: ("rhapsode.documents.epub", "read_epub"),
    DocumentKind.DOCX: ("rhapsode.documents.docx", "read_docx"),
    DocumentKind.PDF: ("rhapsode.documents.pdf", "read_pdf"),
    DocumentKind.HTML: ("rhapsode.documents.html", "read_html_page"),
    DocumentKind.MARKDOWN: ("rhapsode.documents.markdown", "read_markdown"),
    DocumentKind.TEXT: ("rhapsode.documents.text", "read_text"),
}
_ARTICLE = "rhapsode.documents.article", "read_article"


def parse_document(
    content: bytes, *, filename: str, trust_name: bool = True, is_fetched: bool = False
) -> Document:
    """The document in a file's bytes, as chapters of typed blocks.

    filename: its extension decides where the content alone doesn't.
    trust_name: whether a file is refused whose name and content disagree. A client may send any name.
    is_fetched: whether it comes from a site, of whose pages only the article is wanted.
    Raises: DocumentRefused, with a sentence for the person importing.
    """
    if len(content) > MAX_DOCUMENT_BYTES:
        msg = f"The file is larger than {MAX_DOCUMENT_BYTES // 2**20} MiB, the most that can be imported."
        raise DocumentRefused(msg)
    kind = kind_of(content, filename=filename, trust_name=trust_name)
    is_article = is_fetched and kind is DocumentKind.HTML
    return _reader(*(_ARTICLE if is_article else _READERS[kind]))(content)


def _reader(module: str, function: str) -> Callable[[bytes], Document]:
    reader: Callable[[bytes], Document] = getattr(import_module(module), function)
    return reader
