"""The archive of a project snapshot: one audio file for each chapter, in order."""

from collections.abc import Iterator

from rhapsode.audio.encoding import ENCODINGS
from rhapsode.delivery.files import chapter_bytes, chapter_pieces, check_packs
from rhapsode.delivery.zip_layout import LiteralPiece, PayloadPiece, ZipEntry, ZipLayout, entry_name, plan_zip
from rhapsode.storage import snapshots
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records
from rhapsode.studio.ids import ChapterSnapshotId, ProjectSnapshotId, WorkspaceId
from rhapsode.studio.snapshot import ChapterSnapshot

ArchiveLayout = ZipLayout[ChapterSnapshotId]


def plan_archive(
    records: Records, workspace_id: WorkspaceId, project_snapshot_id: ProjectSnapshotId
) -> ArchiveLayout:
    """Where every byte of the archive comes from; its size is exact. Raises: NotFound."""
    with records.read(workspace_id) as tx:
        snapshot = snapshots.get_project_snapshot(tx, project_snapshot_id)
        chapters = [snapshots.get_chapter_snapshot(tx, c) for c in snapshot.chapter_snapshot_ids]
    return plan_zip([_entry(chapter, i, len(chapters)) for i, chapter in enumerate(chapters, start=1)])


def _entry(chapter: ChapterSnapshot, ordinal: int, count: int) -> ZipEntry[ChapterSnapshotId]:
    return ZipEntry(
        name=entry_name(ordinal, count, chapter.name, ENCODINGS[chapter.encoding].extension),
        size_bytes=chapter.file_size_bytes,
        crc32=chapter.file_crc32,
        payload=chapter.chapter_snapshot_id,
    )


def archive_bytes(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, layout: ArchiveLayout
) -> Iterator[bytes]:
    """The archive's bytes in checked blocks; memory doesn't grow with its size.

    Raises: DataDamaged: before the first byte when a pack is missing, else in place of the damaged block.
    """
    for piece in layout.pieces:
        if isinstance(piece, PayloadPiece):
            check_packs(blobs, chapter_pieces(records, workspace_id, piece.payload))
    for piece in layout.pieces:
        if isinstance(piece, LiteralPiece):
            yield piece.content
        else:
            yield from chapter_bytes(records, blobs, workspace_id, piece.payload)
