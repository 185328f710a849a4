"""Parse a document in a child process that can't do harm."""

from dataclasses import replace

from rhapsode.documents.limited import PARSER_LIMITS, read_in_child
from rhapsode.processes import Limits
from rhapsode.studio.document import EPUB_MEDIA_TYPE, Document, SourceFile
from rhapsode.studio.limits import PARSER_BYTES_PER_CPU_S, PARSER_CPU_S, PARSER_LEAST_CPU_S


def import_document(
    content: bytes,
    *,
    filename: str,
    trust_name: bool = True,
    is_fetched: bool = False,
    limits: Limits | None = None,
) -> Document:
    """Like `parsing.parse_document`, in a child process without network or files and within `limits`.

    limits: those of a document of this size, unless told.
    An EPUB comes with its own bytes, for they are the book that is read along.
    Raises: DocumentRefused, also when the child runs into a limit or dies.
    """
    document, is_epub = read_in_child(
        _parse,
        limits or limits_of(content),
        content,
        filename=filename,
        trust_name=trust_name,
        is_fetched=is_fetched,
    )
    return replace(document, source=SourceFile(EPUB_MEDIA_TYPE, content)) if is_epub else document


def limits_of(content: bytes) -> Limits:
    """What reading a document of this size may take."""
    cpu_s = min(PARSER_CPU_S, PARSER_LEAST_CPU_S + len(content) // PARSER_BYTES_PER_CPU_S)
    return replace(PARSER_LIMITS, cpu_s=cpu_s)


def _parse(content: bytes, *, filename: str, trust_name: bool, is_fetched: bool) -> tuple[Document, bool]:
    """The document, and whether it is an EPUB: its bytes needn't be sent back."""
    # The readers are imported in the child alone: they take a tenth of a second.
    from rhapsode.documents.parsing import parse_document
    from rhapsode.documents.sniff import DocumentKind, kind_of

    document = parse_document(content, filename=filename, trust_name=trust_name, is_fetched=is_fetched)
    return document, kind_of(content, filename=filename, trust_name=trust_name) is DocumentKind.EPUB
