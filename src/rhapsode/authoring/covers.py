"""Covers: images that are kept as segments."""

from rhapsode.storage import segments
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.keys import image_key
from rhapsode.storage.packs import ImageMeta, PackWriter
from rhapsode.storage.records import Transaction
from rhapsode.studio.document import Cover
from rhapsode.studio.ids import ProjectId


def keep_cover(tx: Transaction, blobs: Blobs, project_id: ProjectId, cover: Cover | None) -> bytes | None:
    """Keep a cover once, however many chapters and projects show it; its key. Raises: StorageFull."""
    if cover is None:
        return None
    key = image_key(workspace_id=tx.workspace_id, content=cover.content)
    segments.want_segments(tx, project_id, {"image": [key]})
    if key not in segments.find_segments(tx, [key]):
        writer = PackWriter(blobs.temporary_directory(), tx.workspace_id, "image")
        writer.append(key, cover.content, ImageMeta(cover.media_type))
        pack = writer.close(blobs)
        assert pack is not None
        segments.commit_pack(tx, pack)
    return key
