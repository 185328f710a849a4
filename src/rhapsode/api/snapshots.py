"""Snapshots of projects and chapters: list and get. Their files are `snapshot_files`."""

from collections.abc import Iterator, Sequence

from fastapi import APIRouter, Response

from rhapsode.api import snapshot_models as models
from rhapsode.api.alignment_json import iterate_alignments
from rhapsode.api.asked_snapshots import AskedChapter, AskedChapterOf, AskedProject, AskedProjectOf
from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.audio.grid import stream_samples
from rhapsode.delivery import snapshots as found
from rhapsode.delivery.alignments import TimedText, iterate_timed
from rhapsode.delivery.snapshots import ChapterStart
from rhapsode.studio.ids import ChapterId, ProjectId
from rhapsode.studio.snapshot import ChapterSnapshot, ProjectSnapshot

# A body without a Content-Type is read too: samples in several languages send one.
router = APIRouter(tags=["snapshots"], route_class=JsonRoute, strict_content_type=False)

_PROJECT = "/v1/studio/projects/{project_id}/snapshots"
_CHAPTER = "/v1/studio/projects/{project_id}/chapters/{chapter_id}/snapshots"


@router.get(_PROJECT)
def get_project_snapshots(
    project_id: ProjectId, services: ServicesOf, workspace_id: WorkspaceOf
) -> models.ProjectSnapshots:
    """The snapshots of a project, newest first."""
    with services.records.read(workspace_id) as tx:
        return models.project_snapshots(project_id, found.list_of_project(tx, project_id))


@router.get(f"{_PROJECT}/{{project_snapshot_id}}", responses={200: {"model": models.ProjectSnapshotExtended}})
def get_project_snapshot(asked: AskedProjectOf) -> Response:
    """A snapshot with the alignment of each chapter, timed in the project's single file."""

    def write(snapshot: ProjectSnapshot, starts: Sequence[ChapterStart]) -> Iterator[bytes]:
        return iterate_alignments(
            models.project_snapshot(snapshot),
            (_timed(asked, start) for start in starts),
            duration_samples=stream_samples(snapshot.frame_count),
        )

    return asked.send(write)


@router.get(_CHAPTER)
def get_chapter_snapshots(
    project_id: ProjectId, chapter_id: ChapterId, services: ServicesOf, workspace_id: WorkspaceOf
) -> models.ChapterSnapshots:
    """The snapshots of a chapter, newest first."""
    with services.records.read(workspace_id) as tx:
        listed = found.list_of_chapter(tx, project_id, chapter_id)
    return models.chapter_snapshots(project_id, chapter_id, listed)


@router.get(f"{_CHAPTER}/{{chapter_snapshot_id}}", responses={200: {"model": models.ChapterSnapshotExtended}})
def get_chapter_snapshot(asked: AskedChapterOf) -> Response:
    """A snapshot with its alignment, timed in the chapter's own file."""

    def write(snapshot: ChapterSnapshot) -> Iterator[bytes]:
        timed = _timed(asked, ChapterStart(snapshot.chapter_snapshot_id, 0))
        return iterate_alignments(models.chapter_snapshot(snapshot), [timed])

    return asked.send(write)


def _timed(asked: AskedChapter | AskedProject, start: ChapterStart) -> Iterator[TimedText]:
    return iterate_timed(
        asked.services.records, asked.workspace_id, start.chapter_snapshot_id, start_frame=start.start_frame
    )
