"""Parse a document in a child process that can't do harm."""

from rhapsode.documents.limited import PARSER_LIMITS, read_in_child
from rhapsode.processes import Limits
from rhapsode.studio.document import Document


def import_document(
    content: bytes,
    *,
    filename: str,
    trust_name: bool = True,
    is_fetched: bool = False,
    limits: Limits = PARSER_LIMITS,
) -> Document:
    """Like `parsing.parse_document`, in a child process without network and within `limits`.

    Raises: DocumentRefused, also when the child runs into a limit or dies.
    """
    return read_in_child(
        _parse,
        limits,
        content,
        filename=filename,
        trust_name=trust_name,
        is_fetched=is_fetched,
    )


def _parse(content: bytes, *, filename: str, trust_name: bool, is_fetched: bool) -> Document:
    # The readers are imported in the child alone: they take a tenth of a second.
    from rhapsode.documents.parsing import parse_document

    return parse_document(content, filename=filename, trust_name=trust_name, is_fetched=is_fetched)
