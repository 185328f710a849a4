"""Snapshots with how long and how large they are, which the contract's lists don't say. All of it is ours."""

from fastapi import APIRouter
from pydantic import BaseModel

from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.audio.grid import seconds_of, stream_samples
from rhapsode.delivery import snapshots as found
from rhapsode.delivery.archive import archive_size_bytes
from rhapsode.storage.snapshot_sizes import SizedChapter, SizedChapterSnapshot, SizedProjectSnapshot
from rhapsode.studio.ids import ChapterId, ProjectId

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/rhapsode/v1/studio/projects/{project_id}",
    tags=["snapshots"],
    route_class=JsonRoute,
    strict_content_type=False,
)


class SnapshotChapterModel(BaseModel):
    """A chapter of a project's snapshot. size_bytes: of its file, which the archive has."""

    chapter_id: str
    chapter_snapshot_id: str
    name: str
    duration_secs: float
    size_bytes: int


class SizedProjectSnapshotModel(BaseModel):
    """A project as a conversion left it. duration_secs, audio_size_bytes: of its single file.

    archive_size_bytes: of the zip of its chapters, without a report or exports in it.    chapters: in order.
    """

    project_snapshot_id: str
    name: str
    created_at_unix: int
    duration_secs: float
    audio_size_bytes: int
    archive_size_bytes: int
    chapters: list[SnapshotChapterModel]


class SizedProjectSnapshots(BaseModel):
    """Newest first."""

    snapshots: list[SizedProjectSnapshotModel]


class SizedChapterSnapshotModel(BaseModel):
    """A chapter as a conversion left it. size_bytes: of its file."""

    chapter_snapshot_id: str
    name: str
    created_at_unix: int
    duration_secs: float
    size_bytes: int


class SizedChapterSnapshots(BaseModel):
    """Newest first."""

    snapshots: list[SizedChapterSnapshotModel]


@router.get("/snapshots", summary="List snapshots of a project with their sizes")
def get_sized_project_snapshots(
    project_id: ProjectId, services: ServicesOf, workspace_id: WorkspaceOf
) -> SizedProjectSnapshots:
    """The snapshots of a project, newest first, each with its chapters."""
    with services.records.read(workspace_id) as tx:
        listed = found.list_sized_of_project(tx, project_id)
    return SizedProjectSnapshots(snapshots=[_project_snapshot(snapshot) for snapshot in listed])


@router.get("/chapters/{chapter_id}/snapshots", summary="List snapshots of a chapter with their sizes")
def get_sized_chapter_snapshots(
    project_id: ProjectId, chapter_id: ChapterId, services: ServicesOf, workspace_id: WorkspaceOf
) -> SizedChapterSnapshots:
    """The snapshots of a chapter, newest first."""
    with services.records.read(workspace_id) as tx:
        listed = found.list_sized_of_chapter(tx, project_id, chapter_id)
    return SizedChapterSnapshots(snapshots=[_chapter_snapshot(snapshot) for snapshot in listed])


def _project_snapshot(snapshot: SizedProjectSnapshot) -> SizedProjectSnapshotModel:
    return SizedProjectSnapshotModel(
        project_snapshot_id=snapshot.project_snapshot_id,
        name=snapshot.name,
        created_at_unix=snapshot.created_at_ms // 1000,
        duration_secs=_duration_secs(snapshot.frame_count),
        audio_size_bytes=found.project_audio_bytes(snapshot),
        archive_size_bytes=archive_size_bytes([chapter.file for chapter in snapshot.chapters]),
        chapters=[_chapter(chapter) for chapter in snapshot.chapters],
    )


def _chapter(chapter: SizedChapter) -> SnapshotChapterModel:
    return SnapshotChapterModel(
        chapter_id=chapter.chapter_id,
        chapter_snapshot_id=chapter.file.chapter_snapshot_id,
        name=chapter.file.name,
        duration_secs=_duration_secs(chapter.frame_count),
        size_bytes=chapter.file.file_size_bytes,
    )


def _chapter_snapshot(snapshot: SizedChapterSnapshot) -> SizedChapterSnapshotModel:
    return SizedChapterSnapshotModel(
        chapter_snapshot_id=snapshot.chapter_snapshot_id,
        name=snapshot.name,
        created_at_unix=snapshot.created_at_ms // 1000,
        duration_secs=_duration_secs(snapshot.frame_count),
        size_bytes=snapshot.file_size_bytes,
    )


def _duration_secs(frame_count: int) -> float:
    return seconds_of(stream_samples(frame_count))
