"""Documents as the content of projects: from a file that was sent, or from an address."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from rhapsode.authoring.bylines import Byline, with_byline
from rhapsode.authoring.cast.casts import make_cast
from rhapsode.authoring.cast.creation import CAST
from rhapsode.authoring.creations import CreationKind, NoteProgress, Order
from rhapsode.authoring.filling import Unsaid, fill_with_document
from rhapsode.documents import import_document
from rhapsode.net.fetcher import Fetched
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records
from rhapsode.studio.document import Document
from rhapsode.studio.ids import ProjectId, WorkspaceId

FILE, ADDRESS = "file", "address"
"""The kinds of creation that are here."""

_IMPORTS_AT_ONCE = 2  # each may take a processor and 2 GiB
_FETCHES_AT_ONCE = 4  # mostly they wait
_FETCHED = 0.5  # of the work, as far as anybody can tell


class DocumentReader:
    """Reads documents, some at a time, each in a limited child. fetch: see net.fetcher.Fetcher."""

    def __init__(self, fetch: Callable[[str], Fetched]) -> None:
        self._fetch = fetch
        self._turns = threading.BoundedSemaphore(_IMPORTS_AT_ONCE)

    def read_file(self, read_content: Callable[[], bytes], filename: str) -> Document:
        """The document in a file, whatever it is called. Raises: DocumentRefused."""
        with self._turns:
            return import_document(read_content(), filename=filename, trust_name=False)

    def read_address(self, url: str, note_progress: NoteProgress = lambda _: None) -> Document:
        """The document at an address: of a web page its article. Raises: FetchRefused; DocumentRefused."""
        fetched = self._fetch(url)
        note_progress(_FETCHED)
        with self._turns:
            return import_document(
                fetched.content, filename=fetched.filename, trust_name=False, is_fetched=True
            )


def import_request(
    *,
    filename: str = "",
    url: str = "",
    auto_convert: bool,
    unsaid: Unsaid | None = None,
    byline: Byline | None = None,
    is_cast: bool = False,
) -> Mapping[str, Any]:
    """What a creation is asked for. unsaid: of a new project; None where content is replaced.

    byline: to be put at the document's top.    is_cast: whether its characters get voices of their own.
    """
    return {
        "filename": filename,
        "url": url,
        "auto_convert": auto_convert,
        "unsaid": None if unsaid is None else asdict(unsaid),
        "byline": None if byline is None else asdict(byline),
        "is_cast": is_cast,
    }


def import_kinds(records: Records, blobs: Blobs, reader: DocumentReader) -> dict[str, CreationKind[Document]]:
    """How projects are made of documents, by kind of creation."""

    def make_of_file(order: Order, _: NoteProgress) -> Document:
        return reader.read_file(order.read_document, order.request["filename"])

    def make_of_address(order: Order, note_progress: NoteProgress) -> Document:
        return reader.read_address(order.request["url"], note_progress)

    def keep(
        workspace_id: WorkspaceId, project_id: ProjectId, request: Mapping[str, Any], document: Document
    ) -> None:
        unsaid = None if request["unsaid"] is None else Unsaid(**request["unsaid"])
        # Rows that an earlier version wrote have none.
        byline = Byline(**(request.get("byline") or {}))
        whole = with_byline(document, byline)
        fill_with_document(records, blobs, workspace_id, project_id, whole, unsaid)
        if request.get("is_cast"):
            make_cast(records, workspace_id, project_id)

    kinds = {
        FILE: CreationKind(make_of_file, keep, _IMPORTS_AT_ONCE),
        ADDRESS: CreationKind(make_of_address, keep, _FETCHES_AT_ONCE),
    }
    return kinds | {with_cast(name): kind for name, kind in kinds.items()}


def with_cast(kind: str) -> str:
    """The name of the same kind of creation, for projects that get a cast."""
    return f"{kind} {CAST}"
