"""The files that projects were made of, kept where the book can be read along in them."""

from rhapsode.authoring.media import keep_media
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.keys import document_key
from rhapsode.storage.records import Transaction
from rhapsode.studio.document import SourceFile
from rhapsode.studio.ids import ProjectId


def keep_source(
    tx: Transaction, blobs: Blobs, project_id: ProjectId, source: SourceFile | None
) -> bytes | None:
    """Keep a document's file once, however many projects are made of it; its key. Raises: StorageFull."""
    if source is None:
        return None
    key = document_key(workspace_id=tx.workspace_id, content=source.content)
    return keep_media(
        tx, blobs, project_id, "document", key=key, content=source.content, media_type=source.media_type
    )
