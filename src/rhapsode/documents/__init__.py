"""Documents: the bytes of a file to chapters of typed blocks (EPUB, DOCX, PDF, HTML, Markdown, text)."""

from rhapsode.documents.importing import import_document
from rhapsode.documents.limited import PARSER_LIMITS

__all__ = ["PARSER_LIMITS", "import_document"]
