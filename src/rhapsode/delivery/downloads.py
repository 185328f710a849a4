"""A narrated book as one download: the archive, or the single MP3 with chapter marks."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from rhapsode.delivery.archive import archive_bytes, plan_archive
from rhapsode.delivery.blocks import gathered, read_ahead
from rhapsode.delivery.files import iterate_file, project_file
from rhapsode.storage import snapshots
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records
from rhapsode.studio.ids import ProjectSnapshotId, WorkspaceId

BookFormat = Literal["zip", "mp3"]


@dataclass(frozen=True, slots=True)
class Download:
    """All bytes of a file in checked blocks, and how many they are.

    Reading raises DataDamaged: before the first byte when a pack is missing, else in place of the damaged block.
    """

    size_bytes: int
    content: Iterator[bytes]


def reading_ahead(download: Download) -> Download:
    """The same bytes, read and checked in a thread of their own while those before them are written."""
    return replace(download, content=read_ahead(gathered(download.content)))


def open_book(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    project_snapshot_id: ProjectSnapshotId,
    book_format: BookFormat,
    *,
    with_report: bool = False,
) -> Download:
    """What a project snapshot is as a file. Raises: SnapshotNotFound; DataDamaged.

    with_report: whether the archive has the mastering report in it.
    """
    if book_format == "zip":
        layout = plan_archive(records, workspace_id, project_snapshot_id, with_report=with_report)
        return Download(layout.size_bytes, archive_bytes(records, blobs, workspace_id, layout))
    with records.read(workspace_id) as tx:
        pieces = project_file(tx, snapshots.get_project_snapshot(tx, project_snapshot_id))
    return Download(sum(piece.size_bytes for piece in pieces), iterate_file(blobs, pieces))
