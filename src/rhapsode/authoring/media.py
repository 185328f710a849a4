"""Files that are kept as they came, each as one segment: covers, and the documents of projects."""

from rhapsode.storage import segments
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.packs import MediaMeta, PackWriter, SegmentKind
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import ProjectId


def keep_media(
    tx: Transaction,
    blobs: Blobs,
    project_id: ProjectId,
    kind: SegmentKind,
    *,
    key: bytes,
    content: bytes,
    media_type: str,
) -> bytes:
    """Keep a file once, however many projects have it; its key. Raises: StorageFull."""
    segments.want_segments(tx, project_id, {kind: [key]})
    if key not in segments.find_segments(tx, [key]):
        writer = PackWriter(blobs.temporary_directory(), tx.workspace_id, kind)
        writer.append(key, content, MediaMeta(media_type))
        pack = writer.close(blobs)
        assert pack is not None
        segments.commit_pack(tx, pack)
    return key
