"""Documents: the bytes of a file to chapters of typed blocks (EPUB, HTML, Markdown, plain text)."""

from rhapsode.documents.importing import PARSER_LIMITS, import_document, parse_document

__all__ = ["PARSER_LIMITS", "import_document", "parse_document"]
