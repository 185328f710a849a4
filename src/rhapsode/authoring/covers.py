"""Covers: images that are kept as segments."""

from rhapsode.authoring.media import keep_media
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.keys import image_key
from rhapsode.storage.records import Transaction
from rhapsode.studio.document import Cover
from rhapsode.studio.ids import ProjectId


def keep_cover(tx: Transaction, blobs: Blobs, project_id: ProjectId, cover: Cover | None) -> bytes | None:
    """Keep a cover once, however many chapters and projects show it; its key. Raises: StorageFull."""
    if cover is None:
        return None
    key = image_key(workspace_id=tx.workspace_id, content=cover.content)
    return keep_media(
        tx, blobs, project_id, "image", key=key, content=cover.content, media_type=cover.media_type
    )
