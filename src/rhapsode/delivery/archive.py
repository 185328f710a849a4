"""The archive of a project snapshot: one audio file for each chapter, in order, and a report where one is wanted."""

from collections.abc import Iterator

from rhapsode.audio.encoding import ENCODINGS
from rhapsode.delivery.files import chapter_bytes, check_pack_ends
from rhapsode.delivery.report_text import project_report_text
from rhapsode.delivery.reports import report_project
from rhapsode.delivery.zip_layout import LiteralPiece, PayloadPiece, ZipEntry, ZipLayout, entry_name, plan_zip
from rhapsode.storage import snapshots
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.checksums import crc32_of
from rhapsode.storage.places import find_pack_ends
from rhapsode.storage.records import Records
from rhapsode.studio.ids import ChapterSnapshotId, ProjectSnapshotId, WorkspaceId
from rhapsode.studio.snapshot import ChapterSnapshot

REPORT_NAME = "Mastering report.txt"
"""No chapter's file has it: those begin with their number."""

ArchiveLayout = ZipLayout[ChapterSnapshotId | bytes]
"""What an entry is made of: a chapter's file, or the bytes themselves."""


def plan_archive(
    records: Records,
    workspace_id: WorkspaceId,
    project_snapshot_id: ProjectSnapshotId,
    *,
    with_report: bool = False,
) -> ArchiveLayout:
    """Where every byte of the archive comes from; its size is exact. Raises: NotFound.

    with_report: whether the mastering report is its last file.
    """
    with records.read(workspace_id) as tx:
        snapshot = snapshots.get_project_snapshot(tx, project_snapshot_id)
        chapters = [snapshots.get_chapter_snapshot(tx, c) for c in snapshot.chapter_snapshot_ids]
        report = project_report_text(report_project(tx, snapshot)).encode() if with_report else None
    entries = [_entry(chapter, i, len(chapters)) for i, chapter in enumerate(chapters, start=1)]
    if report is not None:
        entries.append(ZipEntry(REPORT_NAME, len(report), crc32_of(report), report))
    return plan_zip(entries)


def _entry(chapter: ChapterSnapshot, ordinal: int, count: int) -> ZipEntry[ChapterSnapshotId | bytes]:
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
    with records.read(workspace_id) as tx:
        ends = find_pack_ends(tx, _chapters(layout))
    check_pack_ends(blobs, ends)
    for piece in layout.pieces:
        if isinstance(piece, LiteralPiece):
            yield piece.content
        elif isinstance(piece.payload, bytes):
            yield piece.payload
        else:
            yield from chapter_bytes(records, blobs, workspace_id, piece.payload)


def _chapters(layout: ArchiveLayout) -> list[ChapterSnapshotId]:
    payloads = (piece.payload for piece in layout.pieces if isinstance(piece, PayloadPiece))
    return [payload for payload in payloads if not isinstance(payload, bytes)]
