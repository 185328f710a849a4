"""The two ways in: parse a document here, or in a child process that can't do harm."""

from rhapsode.documents.epub import read_epub
from rhapsode.documents.html import read_html_page
from rhapsode.documents.markdown import read_markdown
from rhapsode.documents.sniff import DocumentKind, kind_of
from rhapsode.documents.text import read_text
from rhapsode.processes import ChildDied, ChildRanOutOfMemory, ChildTookTooLong, Limits, run_limited
from rhapsode.studio.document import Document
from rhapsode.studio.errors import DocumentRefused
from rhapsode.studio.limits import MAX_DOCUMENT_BYTES, PARSER_CPU_S, PARSER_MEMORY_BYTES, PARSER_WALL_S

PARSER_LIMITS = Limits(memory_bytes=PARSER_MEMORY_BYTES, cpu_s=PARSER_CPU_S, wall_s=PARSER_WALL_S)

_READERS = {
    DocumentKind.EPUB: read_epub,
    DocumentKind.HTML: read_html_page,
    DocumentKind.MARKDOWN: read_markdown,
    DocumentKind.TEXT: read_text,
}


def parse_document(content: bytes, *, filename: str, trust_name: bool = True) -> Document:
    """The document in a file's bytes, as chapters of typed blocks.

    filename: its extension decides where the content alone doesn't.
    trust_name: whether a file is refused whose name and content disagree. A client may send any name.
    Raises: DocumentRefused, with a sentence for the person importing.
    """
    if len(content) > MAX_DOCUMENT_BYTES:
        msg = f"The file is larger than {MAX_DOCUMENT_BYTES // 2**20} MiB, the most that can be imported."
        raise DocumentRefused(msg)
    return _READERS[kind_of(content, filename=filename, trust_name=trust_name)](content)


def import_document(
    content: bytes, *, filename: str, trust_name: bool = True, limits: Limits = PARSER_LIMITS
) -> Document:
    """Like `parse_document`, in a child process without network and within `limits`.

    Raises: DocumentRefused, also when the child runs into a limit or dies.
    """
    try:
        return run_limited(parse_document, limits, content, filename=filename, trust_name=trust_name)
    except ChildRanOutOfMemory as error:
        msg = f"Reading it takes more than {limits.memory_bytes // 2**20} MiB of memory. Try a smaller one."
        raise DocumentRefused(msg) from error
    except ChildTookTooLong as error:
        msg = (
            "Reading the file took too long, so it was given up. Try a smaller file, or another format of it."
        )
        raise DocumentRefused(msg) from error
    except ChildDied as error:
        msg = "The file can't be read: it made the reader fail. It may be damaged; try another copy."
        raise DocumentRefused(msg) from error
