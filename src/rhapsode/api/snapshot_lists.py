"""Snapshots with how long and how large they are, which the contract's lists don't say. All of it is ours."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_answer import json_answer
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.paging import Page, check_page_size, read_place
from rhapsode.audio.grid import seconds_of, stream_samples
from rhapsode.delivery import snapshots as found
from rhapsode.delivery.archive import archive_size_bytes
from rhapsode.storage.snapshot_sizes import SizedChapter, SizedChapterSnapshot, SizedProjectSnapshot
from rhapsode.studio.ids import ChapterId, ChapterSnapshotId, ProjectId, ProjectSnapshotId
from rhapsode.studio.limits import MAX_SNAPSHOT_PAGE

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
    """Newest first. next: what `start_after` has to be for the next page; null on the last."""

    snapshots: list[SizedProjectSnapshotModel]
    next: str | None


class SizedChapterSnapshotModel(BaseModel):
    """A chapter as a conversion left it. size_bytes: of its file."""

    chapter_snapshot_id: str
    name: str
    created_at_unix: int
    duration_secs: float
    size_bytes: int


class SizedChapterSnapshots(BaseModel):
    """Newest first. next: what `start_after` has to be for the next page; null on the last."""

    snapshots: list[SizedChapterSnapshotModel]
    next: str | None


async def _page(page_size: int | None = None, start_after: str | None = None) -> Page:
    if page_size is not None:
        check_page_size(page_size, most=MAX_SNAPSHOT_PAGE)
    return Page(page_size, read_place(start_after, name="start_after", of_what="snapshot"))


PageOf = Annotated[Page, Depends(_page)]


@router.get(
    "/snapshots",
    summary="List snapshots of a project with their sizes",
    response_class=Response,
    responses={200: {"model": SizedProjectSnapshots}},
)
def get_sized_project_snapshots(
    project_id: ProjectId, services: ServicesOf, workspace_id: WorkspaceOf, page: PageOf
) -> Response:
    """The snapshots of a project, newest first, each with its chapters: all of them, or `page_size` at a time."""
    after = None if page.after is None else ProjectSnapshotId(page.after)
    with services.records.read(workspace_id) as tx:
        listed = found.list_sized_of_project(tx, project_id, after=after, count=page.wanted_count)
    shown, has_more = page.cut(listed)
    return json_answer(
        SizedProjectSnapshots(
            snapshots=[_project_snapshot(snapshot) for snapshot in shown],
            next=shown[-1].project_snapshot_id if has_more else None,
        )
    )


@router.get(
    "/chapters/{chapter_id}/snapshots",
    summary="List snapshots of a chapter with their sizes",
    response_class=Response,
    responses={200: {"model": SizedChapterSnapshots}},
)
def get_sized_chapter_snapshots(
    project_id: ProjectId,
    chapter_id: ChapterId,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
    page: PageOf,
) -> Response:
    """The snapshots of a chapter, newest first: all of them, or `page_size` at a time."""
    after = None if page.after is None else ChapterSnapshotId(page.after)
    with services.records.read(workspace_id) as tx:
        listed = found.list_sized_of_chapter(tx, project_id, chapter_id, after=after, count=page.wanted_count)
    shown, has_more = page.cut(listed)
    return json_answer(
        SizedChapterSnapshots(
            snapshots=[_chapter_snapshot(snapshot) for snapshot in shown],
            next=shown[-1].chapter_snapshot_id if has_more else None,
        )
    )


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
