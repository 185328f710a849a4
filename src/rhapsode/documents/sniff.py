"""What kind of document some bytes are: by what they hold, then by the name of their file."""

import io
import re
import zipfile
from enum import StrEnum

from rhapsode.documents.encodings import decoded_markup
from rhapsode.studio.errors import DocumentRefused


class DocumentKind(StrEnum):
    """The kinds that can be imported."""

    EPUB = "EPUB"
    DOCX = "Word document"
    PDF = "PDF"
    HTML = "HTML page"
    MARKDOWN = "Markdown file"
    TEXT = "plain text"


_KIND_OF_EXTENSION = {
    "epub": DocumentKind.EPUB,
    "docx": DocumentKind.DOCX,
    "docm": DocumentKind.DOCX,
    "dotx": DocumentKind.DOCX,
    "pdf": DocumentKind.PDF,
    "html": DocumentKind.HTML,
    "htm": DocumentKind.HTML,
    "xhtml": DocumentKind.HTML,
    "md": DocumentKind.MARKDOWN,
    "markdown": DocumentKind.MARKDOWN,
    "txt": DocumentKind.TEXT,
    "text": DocumentKind.TEXT,
}
_NEVER_TEXT = frozenset({DocumentKind.EPUB, DocumentKind.DOCX, DocumentKind.PDF})
_WITH_AN = frozenset({DocumentKind.EPUB, DocumentKind.HTML})
_FOREIGN_SIGNATURES = (
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"ID3", "an audio file"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
)
_FOREIGN_EXTENSIONS = frozenset(
    {"doc", "odt", "rtf", "mobi", "azw", "azw3", "kfx", "fb2", "djvu", "xlsx", "pptx"}
    | {"xml", "json", "csv", "svg", "jpg", "jpeg", "png", "gif", "mp3", "m4a", "wav"}
)
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument"
_OFFICE_PART = "[Content_Types].xml"
_OFFICE_FOLDERS = {"xl/": "an Excel workbook", "ppt/": "a PowerPoint presentation"}
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
_PDF = b"%PDF-"
_PDF_PARTS = re.compile(rb"\b\d+\s+\d+\s+obj\b")  # a text that only speaks of PDFs has none
_PDF_MARGIN_BYTES = 1024  # a PDF may have some bytes in front of its first line
_ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
_MOBIPOCKET = b"BOOKMOBI"
_PROLOG = re.compile(r"(?:\s+|\ufeff|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_HTML_START = re.compile(r"<!doctype\s+html|<(?:html|head|body)[\s>]", re.IGNORECASE)
_XML_START = re.compile(r"<\?xml|<!doctype", re.IGNORECASE)
_MARKDOWN_HEADING = re.compile(rb"^#{1,6} {1,3}[^\s#]", re.MULTILINE)
_HTML_FRAGMENT = re.compile(
    rb"\s*<(?:p|h[1-6]|div|section|article|main|ul|ol|table|blockquote)[\s>]", re.IGNORECASE
)
_HEAD_BYTES = 4096
_TEXT_HEAD_BYTES = 2**16
EXTENSIONS = frozenset(_KIND_OF_EXTENSION)
"""Of files that can be imported, in lower case and without the dot."""

_WHAT_CAN = "EPUB, DOCX, PDF, HTML, Markdown and plain text can be imported."


def kind_of(content: bytes, *, filename: str, trust_name: bool = True) -> DocumentKind:
    """The kind of a document. Raises: DocumentRefused, when it is none, or its name says another kind.

    trust_name: False where a name may be made up: then it only helps where the content says nothing.
    """
    if not content.strip():
        msg = "The file is empty."
        raise DocumentRefused(msg)
    extension = filename.rpartition(".")[2].lower() if "." in filename else ""
    found = _by_content(content)
    said = _KIND_OF_EXTENSION.get(extension)
    if found is None:
        _refuse_foreign_name(extension, said)
        return said or _text_kind(content)
    if trust_name and ((said is not None and said is not found) or extension in _FOREIGN_EXTENSIONS):
        msg = (
            f"The file is named .{extension} but its content is {_with_article(found)}."
            " Rename it if that is what it is."
        )
        raise DocumentRefused(msg)
    return found


def _text_kind(content: bytes) -> DocumentKind:
    """Markup without a whole page around it, and Markdown where a line is a heading as only Markdown marks it."""
    head = content[:_TEXT_HEAD_BYTES]
    if _HTML_FRAGMENT.match(head):
        return DocumentKind.HTML
    return DocumentKind.MARKDOWN if _MARKDOWN_HEADING.search(head) else DocumentKind.TEXT


def _by_content(content: bytes) -> DocumentKind | None:
    """The kind that the content shows beyond doubt; None for text without any markup of a whole page."""
    for signature, name in _FOREIGN_SIGNATURES:
        if content.startswith(signature):
            raise _not_importable(name)
    if content[60:68] == _MOBIPOCKET:
        raise _not_importable("a Kindle book")
    if content.startswith(_OLE):
        raise _old_office(content)
    if content.startswith(_ZIP_SIGNATURES):
        return _zip_kind(content)
    if _is_pdf(content):
        return DocumentKind.PDF
    head = decoded_markup(content[:_HEAD_BYTES])
    prolog = _PROLOG.match(head)
    start = head[prolog.end() :] if prolog else head
    if _HTML_START.match(start):
        return DocumentKind.HTML
    if _XML_START.match(head.lstrip("\ufeff \t\r\n")):
        raise _not_importable("an XML file of another kind than XHTML")
    return None


def _zip_kind(content: bytes) -> DocumentKind:
    if _OPEN_DOCUMENT in content[:_HEAD_BYTES]:
        name = "an OpenDocument file"
        raise _not_importable(name)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return DocumentKind.EPUB  # whose reader says what is wrong with the archive
    if _OFFICE_PART not in names:
        return DocumentKind.EPUB
    for folder, name in _OFFICE_FOLDERS.items():
        if any(entry.startswith(folder) for entry in names):
            raise _not_importable(name)
    return DocumentKind.DOCX


def _old_office(content: bytes) -> DocumentRefused:
    if _ENCRYPTED_OFFICE in content:
        return DocumentRefused(
            "The document is encrypted with a password. Remove the password and import it again."
        )
    return _not_importable("an old Word or Office document")


def _is_pdf(content: bytes) -> bool:
    return content.lstrip()[: len(_PDF)] == _PDF or (
        _PDF in content[:_PDF_MARGIN_BYTES] and _PDF_PARTS.search(content) is not None
    )


def _refuse_foreign_name(extension: str, said: DocumentKind | None) -> None:
    if said in _NEVER_TEXT:
        msg = f"The file is named .{extension} but isn't {_with_article(said)}. Get a fresh copy of it."
        raise DocumentRefused(msg)
    if extension in _FOREIGN_EXTENSIONS:
        msg = f"Files named .{extension} can't be imported. {_WHAT_CAN}"
        raise DocumentRefused(msg)


def _with_article(kind: DocumentKind) -> str:
    return f"{'an' if kind in _WITH_AN else 'a'} {kind}"


def _not_importable(name: str) -> DocumentRefused:
    return DocumentRefused(f"The file is {name}, which can't be imported. {_WHAT_CAN}")
