"""What is downloaded, each as a `Download`: a snapshot's audio and archive, an item of the history, several items.

Records are asked for what a file is; where its bytes lie is asked when they are read, chapter by chapter.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from rhapsode.audio.encode import library_versions
from rhapsode.audio.encoding import ENCODINGS
from rhapsode.audio.output_formats import get_output_format
from rhapsode.delivery import snapshots as found
from rhapsode.delivery.archive import archive_digest, iterate_archive, plan_archive
from rhapsode.delivery.archive_extras import NO_EXTRAS, ArchiveExtras
from rhapsode.delivery.download import Download, ReadStretch
from rhapsode.delivery.history import (
    download_digest,
    file_name,
    get_named_file,
    iterate_download,
    iterate_item,
    plan_download,
)
from rhapsode.delivery.mp3_copy import MP3_COPY, iterate_mp3_copy, mp3_copy_bytes
from rhapsode.delivery.snapshot_files import iterate_chapter, iterate_project, plan_project_file
from rhapsode.storage import snapshots
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.keys import digest
from rhapsode.storage.records import Records
from rhapsode.studio.ids import (
    ChapterId,
    ChapterSnapshotId,
    HistoryItemId,
    ProjectId,
    ProjectSnapshotId,
    WorkspaceId,
)
from rhapsode.studio.snapshot import ChapterSnapshot, ProjectSnapshot

BookFormat = Literal["zip", "mp3"]

ZIP = "application/zip"
HISTORY_ZIP_NAME = "Rhapsode_history.zip"


def open_project_audio(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    project_snapshot_id: ProjectSnapshotId,
    *,
    as_mp3: bool = False,
) -> Download:
    """A project's single file. as_mp3: whether the MP3 of a lossless one is wanted.

    Raises: ProjectNotFound; SnapshotNotFound.
    """
    with records.read(workspace_id) as tx:
        snapshot = found.get_of_project(tx, project_id, project_snapshot_id)
    return _project_audio(records, blobs, workspace_id, snapshot, as_mp3=as_mp3)


def _project_audio(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, snapshot: ProjectSnapshot, *, as_mp3: bool
) -> Download:
    with records.read(workspace_id) as tx:
        file = plan_project_file(tx, snapshot)
        content = digest("project-audio/1", snapshots.get_project_digest(tx, snapshot.project_snapshot_id))
    read = partial(iterate_project, records, blobs, workspace_id, file)
    whole = _audio(snapshot, file.size_bytes, content, read)
    return _mp3_copy(snapshot, whole) if as_mp3 else whole


def open_chapter_audio(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    chapter_id: ChapterId,
    chapter_snapshot_id: ChapterSnapshotId,
    *,
    as_mp3: bool = False,
) -> Download:
    """A chapter's file. as_mp3: as `open_project_audio` takes it.

    Raises: ProjectNotFound; ChapterNotFound; SnapshotNotFound.
    """
    with records.read(workspace_id) as tx:
        found.get_of_chapter(tx, project_id, chapter_id, chapter_snapshot_id)
    return open_chapter(records, blobs, workspace_id, chapter_snapshot_id, as_mp3=as_mp3)


def open_chapter(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    chapter_snapshot_id: ChapterSnapshotId,
    *,
    as_mp3: bool = False,
) -> Download:
    """A chapter's file, whatever project it is of. as_mp3: as `open_project_audio` takes it.

    Raises: SnapshotNotFound.
    """
    with records.read(workspace_id) as tx:
        snapshot = snapshots.get_chapter_snapshot(tx, chapter_snapshot_id)
        content = digest("chapter-audio/1", snapshots.get_chapter_digest(tx, chapter_snapshot_id))
    read = partial(iterate_chapter, records, blobs, workspace_id, snapshot)
    whole = _audio(snapshot, snapshot.file_size_bytes, content, read)
    return _mp3_copy(snapshot, whole) if as_mp3 else whole


def _audio(
    snapshot: ProjectSnapshot | ChapterSnapshot, size_bytes: int, content: bytes, read: ReadStretch
) -> Download:
    encoding = ENCODINGS[snapshot.encoding]
    return Download(
        filename=f"{snapshot.name}.{encoding.extension}",
        media_type=encoding.media_type,
        size_bytes=size_bytes,
        digest=content,
        modified_at_ms=snapshot.created_at_ms,
        read=read,
    )


def _mp3_copy(snapshot: ProjectSnapshot | ChapterSnapshot, whole: Download) -> Download:
    """The MP3 of a WAV file; what is MP3 already is left as it is."""
    if whole.media_type == MP3_COPY.media_type:
        return whole
    return replace(
        whole,
        filename=f"{snapshot.name}.{MP3_COPY.extension}",
        media_type=MP3_COPY.media_type,
        size_bytes=mp3_copy_bytes(snapshot.frame_count),
        digest=digest("mp3-copy/1", library_versions(), whole.digest),
        read=partial(iterate_mp3_copy, whole, snapshot.frame_count),
    )


def open_archive(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    project_snapshot_id: ProjectSnapshotId,
    *,
    with_report: bool = False,
    extras: ArchiveExtras = NO_EXTRAS,
) -> Download:
    """A zip of a project's chapters. with_report: whether the mastering report is in it.    extras: what else is.

    Raises: ProjectNotFound; SnapshotNotFound.
    """
    with records.read(workspace_id) as tx:
        snapshot = found.get_of_project(tx, project_id, project_snapshot_id)
    return _archive(records, blobs, workspace_id, snapshot, with_report=with_report, extras=extras)


def _archive(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    snapshot: ProjectSnapshot,
    *,
    with_report: bool,
    extras: ArchiveExtras = NO_EXTRAS,
) -> Download:
    layout = plan_archive(records, workspace_id, snapshot, with_report=with_report, extras=extras)
    return Download(
        filename=f"{snapshot.name}.zip",
        media_type=ZIP,
        size_bytes=layout.size_bytes,
        digest=archive_digest(layout),
        modified_at_ms=max(snapshot.created_at_ms, extras.modified_at_ms),
        read=partial(iterate_archive, records, blobs, workspace_id, layout),
    )


def open_book(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    project_snapshot_id: ProjectSnapshotId,
    book_format: BookFormat,
    *,
    with_report: bool = False,
) -> Download:
    """What a project snapshot is as a file, whatever project it is of. Raises: SnapshotNotFound.

    with_report: whether the archive has the mastering report in it.
    """
    with records.read(workspace_id) as tx:
        snapshot = snapshots.get_project_snapshot(tx, project_snapshot_id)
    if book_format == "zip":
        return _archive(records, blobs, workspace_id, snapshot, with_report=with_report)
    return _project_audio(records, blobs, workspace_id, snapshot, as_mp3=False)


def open_item(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    history_item_id: HistoryItemId,
    output_format: str | None,
) -> Download:
    """An item's file in a format, or in its own (None). Raises: HistoryItemNotFound, also without such a file."""
    file = get_named_file(records, workspace_id, history_item_id, output_format)
    return Download(
        filename=file_name(file),
        media_type=get_output_format(file.output_format).media_type,
        size_bytes=file.size_bytes,
        digest=digest("history-file/1", file.owner_id, file.output_format, file.size_bytes, file.crc32),
        modified_at_ms=file.created_at_ms,
        read=partial(iterate_item, records, blobs, workspace_id, file),
    )


def open_items(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    history_item_ids: Sequence[HistoryItemId],
    output_format: str | None,
) -> Download:
    """A zip of items, each once, in their order. output_format: as `open_item` takes it.

    Raises: HistoryItemNotFound, naming the first id without such a file.
    """
    layout = plan_download(records, workspace_id, history_item_ids, output_format)
    return Download(
        filename=HISTORY_ZIP_NAME,
        media_type=ZIP,
        size_bytes=layout.size_bytes,
        digest=download_digest(layout),
        modified_at_ms=max([entry.payload.created_at_ms for entry in layout.entries]),
        read=partial(iterate_download, records, blobs, workspace_id, layout),
    )
