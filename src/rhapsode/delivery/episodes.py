"""What the episodes of a feed are: a chapter's MP3, and what is said in it."""

from collections.abc import Iterator

from rhapsode.delivery.alignments import grid_starts
from rhapsode.delivery.download import Download
from rhapsode.delivery.downloads import open_chapter
from rhapsode.delivery.formats.subtitles import chapter_vtt
from rhapsode.delivery.formats.timed_chapter import time_chapter
from rhapsode.storage import projects, snapshots
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.keys import digest
from rhapsode.storage.records import Records, Transaction
from rhapsode.studio.errors import SnapshotNotFound
from rhapsode.studio.ids import ChapterSnapshotId, ProjectId, WorkspaceId
from rhapsode.studio.snapshot import ChapterSnapshot


def open_episode(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    project_id: ProjectId,
    chapter_snapshot_id: ChapterSnapshotId,
) -> Download:
    """A chapter's MP3, of an older snapshot too. Raises: ProjectNotFound; SnapshotNotFound; DataDamaged."""
    with records.read(workspace_id) as tx:
        projects.get_project(tx, project_id)
        _get_chapter(tx, project_id, chapter_snapshot_id)
    return open_chapter(records, blobs, workspace_id, chapter_snapshot_id, as_mp3=True)


def open_transcript(
    records: Records, workspace_id: WorkspaceId, project_id: ProjectId, chapter_snapshot_id: ChapterSnapshotId
) -> Download:
    """The text of a chapter as WebVTT. Raises: ProjectNotFound; SnapshotNotFound; DataDamaged."""
    with records.read(workspace_id) as tx:
        project = projects.get_project(tx, project_id)
        chapter = _get_chapter(tx, project_id, chapter_snapshot_id)
    timed = time_chapter(
        records, workspace_id, chapter_snapshot_id, place_parts_at=lambda parts, _: grid_starts(parts)
    )
    return in_memory(
        b"".join(chapter_vtt(timed, project.language)),
        filename=f"{chapter.name}.vtt",
        media_type="text/vtt",
        modified_at_ms=chapter.created_at_ms,
    )


def _get_chapter(
    tx: Transaction, project_id: ProjectId, chapter_snapshot_id: ChapterSnapshotId
) -> ChapterSnapshot:
    snapshot = snapshots.get_chapter_snapshot(tx, chapter_snapshot_id)
    if snapshot.project_id != project_id:
        msg = f"There is no chapter snapshot {chapter_snapshot_id}."
        raise SnapshotNotFound(msg)
    return snapshot


def in_memory(content: bytes, *, filename: str, media_type: str, modified_at_ms: int) -> Download:
    """Something small that was written just now, as a file."""

    def read(start: int, end: int) -> Iterator[bytes]:
        yield content[start:end]

    return Download(filename, media_type, len(content), digest("in-memory/1", content), modified_at_ms, read)
