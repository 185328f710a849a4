"""Parse a document here; whoever has it from somebody else does that in a child (`importing`)."""

from rhapsode.documents.article import read_article
from rhapsode.documents.docx import read_docx
from rhapsode.documents.epub import read_epub
from rhapsode.documents.html import read_html_page
from rhapsode.documents.markdown import read_markdown
from rhapsode.documents.pdf import read_pdf
from rhapsode.documents.sniff import DocumentKind, kind_of
from rhapsode.documents.text import read_text
from rhapsode.studio.document import Document
from rhapsode.studio.errors import DocumentRefused
from rhapsode.studio.limits import MAX_DOCUMENT_BYTES

_READERS = {
    DocumentKind.EPUB: read_epub,
    DocumentKind.DOCX: read_docx,
    DocumentKind.PDF: read_pdf,
    DocumentKind.HTML: read_html_page,
    DocumentKind.MARKDOWN: read_markdown,
    DocumentKind.TEXT: read_text,
}


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
    if is_fetched and kind is DocumentKind.HTML:
        return read_article(content)
    return _READERS[kind](content)
