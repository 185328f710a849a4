"""Snapshots where the wire looks for them: in their project, and in their chapter."""

from dataclasses import dataclass

from rhapsode.audio.encoding import ENCODINGS
from rhapsode.delivery.alignments import check_project_alignments
from rhapsode.storage import chapters, projects, snapshots
from rhapsode.storage.records import Transaction
from rhapsode.storage.snapshot_sizes import (
    SizedChapterSnapshot,
    SizedProjectSnapshot,
    list_sized_chapters,
    list_sized_projects,
)
from rhapsode.storage.snapshots import ListedSnapshot
from rhapsode.studio.errors import SnapshotNotFound
from rhapsode.studio.ids import ChapterId, ChapterSnapshotId, ProjectId, ProjectSnapshotId
from rhapsode.studio.snapshot import ChapterSnapshot, ProjectSnapshot


def list_of_project(tx: Transaction, project_id: ProjectId) -> list[ListedSnapshot]:
    """Newest first; none when nothing was converted. Raises: ProjectNotFound."""
    projects.get_project(tx, project_id)
    return snapshots.list_project_snapshots(tx, project_id)


def list_of_chapter(tx: Transaction, project_id: ProjectId, chapter_id: ChapterId) -> list[ListedSnapshot]:
    """Newest first; none when the chapter wasn't converted. Raises: ProjectNotFound; ChapterNotFound."""
    need_chapter(tx, project_id, chapter_id)
    return snapshots.list_chapter_snapshots(tx, project_id, chapter_id)


def list_sized_of_project(
    tx: Transaction, project_id: ProjectId, *, after: ProjectSnapshotId | None, count: int | None
) -> list[SizedProjectSnapshot]:
    """Newest first, with their chapters and what sizes are reckoned from. Raises: ProjectNotFound.

    after: which one they follow; None for the first.    count: at most; None for all.
    """
    projects.get_project(tx, project_id)
    return list_sized_projects(tx, project_id, after=after, count=count)


def list_sized_of_chapter(
    tx: Transaction,
    project_id: ProjectId,
    chapter_id: ChapterId,
    *,
    after: ChapterSnapshotId | None,
    count: int | None,
) -> list[SizedChapterSnapshot]:
    """Newest first. after, count: likewise.    Raises: ProjectNotFound; ChapterNotFound."""
    need_chapter(tx, project_id, chapter_id)
    return list_sized_chapters(tx, project_id, chapter_id, after=after, count=count)


def project_audio_bytes(snapshot: SizedProjectSnapshot) -> int:
    """How large a project's single file is: what `snapshot_files.plan_project_file` lays out."""
    stream_bytes = sum(chapter.stream_bytes for chapter in snapshot.chapters)
    cut_bytes = ENCODINGS[snapshot.encoding].end_cut_bytes if snapshot.chapters else 0
    return snapshot.head_bytes + stream_bytes - cut_bytes


def get_of_project(
    tx: Transaction, project_id: ProjectId, project_snapshot_id: ProjectSnapshotId
) -> ProjectSnapshot:
    """Raises: ProjectNotFound; SnapshotNotFound, also when the snapshot is another project's."""
    projects.get_project(tx, project_id)
    snapshot = snapshots.get_project_snapshot(tx, project_snapshot_id)
    if snapshot.project_id != project_id:
        # In the words of one that isn't anywhere: what other projects have is nobody's business here.
        msg = f"There is no project snapshot {project_snapshot_id}."
        raise SnapshotNotFound(msg)
    return snapshot


def get_of_chapter(
    tx: Transaction,
    project_id: ProjectId,
    chapter_id: ChapterId,
    chapter_snapshot_id: ChapterSnapshotId,
) -> ChapterSnapshot:
    """Raises: ProjectNotFound; ChapterNotFound; SnapshotNotFound, also when it is another chapter's."""
    need_chapter(tx, project_id, chapter_id)
    snapshot = snapshots.get_chapter_snapshot(tx, chapter_snapshot_id)
    if (snapshot.project_id, snapshot.chapter_id) != (project_id, chapter_id):
        msg = f"There is no chapter snapshot {chapter_snapshot_id}."
        raise SnapshotNotFound(msg)
    return snapshot


def get_newest_of_project(tx: Transaction, project_id: ProjectId) -> ProjectSnapshot:
    """Raises: ProjectNotFound; SnapshotNotFound, when the project was never converted."""
    listed = list_of_project(tx, project_id)
    if not listed:
        msg = f"Nothing of project {project_id} is being converted, and it has no snapshot yet. Convert it."
        raise SnapshotNotFound(msg)
    return snapshots.get_project_snapshot(tx, ProjectSnapshotId(listed[0].snapshot_id))


def get_newest_of_chapter(tx: Transaction, project_id: ProjectId, chapter_id: ChapterId) -> ChapterSnapshot:
    """Raises: ProjectNotFound; ChapterNotFound; SnapshotNotFound, when the chapter was never converted."""
    listed = list_of_chapter(tx, project_id, chapter_id)
    if not listed:
        msg = f"Chapter {chapter_id} isn't being converted, and it has no snapshot yet. Convert it."
        raise SnapshotNotFound(msg)
    return snapshots.get_chapter_snapshot(tx, ChapterSnapshotId(listed[0].snapshot_id))


@dataclass(frozen=True, slots=True)
class ChapterStart:
    """A chapter of a project's single file, which begins `start_frame` frames into it."""

    chapter_snapshot_id: ChapterSnapshotId
    start_frame: int


def list_chapter_starts(tx: Transaction, snapshot: ProjectSnapshot) -> list[ChapterStart]:
    """The chapters of a project's single file, in order. Raises: DataDamaged, when one has lost its alignment."""
    check_project_alignments(tx, snapshot.project_snapshot_id)
    starts, frame = [], 0
    for chapter_snapshot_id, frame_count in snapshots.list_chapter_frames(tx, snapshot.project_snapshot_id):
        starts.append(ChapterStart(chapter_snapshot_id, frame))
        frame += frame_count
    return starts


def need_project(tx: Transaction, project_id: ProjectId) -> None:
    """Raises ProjectNotFound."""
    projects.get_project(tx, project_id)


def need_chapter(tx: Transaction, project_id: ProjectId, chapter_id: ChapterId) -> None:
    """Raises: ProjectNotFound; ChapterNotFound."""
    projects.get_project(tx, project_id)
    chapters.check_chapter(tx, project_id, chapter_id)
