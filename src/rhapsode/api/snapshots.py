"""Snapshots of projects and chapters: list and get. Their files are `snapshot_files`."""

from fastapi import APIRouter, Request, Response

from rhapsode.api import snapshot_models as models
from rhapsode.api.alignment_json import alignments_response
from rhapsode.api.chosen_form import choose_form
from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.audio.grid import stream_samples
from rhapsode.delivery import snapshots as found
from rhapsode.delivery.alignments import check_alignments, iterate_timed
from rhapsode.storage.snapshots import get_chapter_digest, get_project_digest
from rhapsode.studio.ids import ChapterId, ChapterSnapshotId, ProjectId, ProjectSnapshotId

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
def get_project_snapshot(
    request: Request,
    project_id: ProjectId,
    project_snapshot_id: ProjectSnapshotId,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
) -> Response:
    """A snapshot with the alignment of each chapter, timed in the project's single file."""
    with services.records.read(workspace_id) as tx:
        snapshot = found.get_of_project(tx, project_id, project_snapshot_id)
        form = choose_form(request, get_project_digest(tx, project_snapshot_id))
        if (unchanged := form.find_unchanged(request)) is not None:
            return unchanged
        starts = found.list_chapter_starts(tx, snapshot)
    return alignments_response(
        request,
        models.project_snapshot(snapshot),
        (
            iterate_timed(
                services.records, workspace_id, chapter.chapter_snapshot_id, start_frame=chapter.start_frame
            )
            for chapter in starts
        ),
        form,
        duration_samples=stream_samples(snapshot.frame_count),
    )


@router.get(_CHAPTER)
def get_chapter_snapshots(
    project_id: ProjectId, chapter_id: ChapterId, services: ServicesOf, workspace_id: WorkspaceOf
) -> models.ChapterSnapshots:
    """The snapshots of a chapter, newest first."""
    with services.records.read(workspace_id) as tx:
        listed = found.list_of_chapter(tx, project_id, chapter_id)
    return models.chapter_snapshots(project_id, chapter_id, listed)


@router.get(f"{_CHAPTER}/{{chapter_snapshot_id}}", responses={200: {"model": models.ChapterSnapshotExtended}})
def get_chapter_snapshot(
    request: Request,
    project_id: ProjectId,
    chapter_id: ChapterId,
    chapter_snapshot_id: ChapterSnapshotId,
    services: ServicesOf,
    workspace_id: WorkspaceOf,
) -> Response:
    """A snapshot with its alignment, timed in the chapter's own file."""
    with services.records.read(workspace_id) as tx:
        snapshot = found.get_of_chapter(tx, project_id, chapter_id, chapter_snapshot_id)
        form = choose_form(request, get_chapter_digest(tx, chapter_snapshot_id))
        if (unchanged := form.find_unchanged(request)) is not None:
            return unchanged
        check_alignments(tx, chapter_snapshot_id)
    alignment = iterate_timed(services.records, workspace_id, chapter_snapshot_id)
    return alignments_response(request, models.chapter_snapshot(snapshot), [alignment], form)
