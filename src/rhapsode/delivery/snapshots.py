"""Snapshots where the wire looks for them: in their project, and in their chapter."""

from dataclasses import dataclass

from rhapsode.delivery.alignments import check_alignments
from rhapsode.storage import chapters, projects, snapshots
from rhapsode.storage.records import Transaction
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
    _need_chapter(tx, project_id, chapter_id)
    return snapshots.list_chapter_snapshots(tx, project_id, chapter_id)


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
    _need_chapter(tx, project_id, chapter_id)
    snapshot = snapshots.get_chapter_snapshot(tx, chapter_snapshot_id)
    if (snapshot.project_id, snapshot.chapter_id) != (project_id, chapter_id):
        msg = f"There is no chapter snapshot {chapter_snapshot_id}."
        raise SnapshotNotFound(msg)
    return snapshot


@dataclass(frozen=True, slots=True)
class ChapterStart:
    """A chapter of a project's single file, which begins `start_frame` frames into it."""

    chapter_snapshot_id: ChapterSnapshotId
    start_frame: int


def list_chapter_starts(tx: Transaction, snapshot: ProjectSnapshot) -> list[ChapterStart]:
    """The chapters of a project's single file, in order. Raises: DataDamaged, when one has lost its alignment."""
    starts, frame = [], 0
    for chapter_snapshot_id in snapshot.chapter_snapshot_ids:
        check_alignments(tx, chapter_snapshot_id)
        starts.append(ChapterStart(chapter_snapshot_id, frame))
        frame += snapshots.get_chapter_snapshot(tx, chapter_snapshot_id).frame_count
    return starts


def _need_chapter(tx: Transaction, project_id: ProjectId, chapter_id: ChapterId) -> None:
    projects.get_project(tx, project_id)
    chapters.check_chapter(tx, project_id, chapter_id)
