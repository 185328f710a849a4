"""Muted chapters: narrated by themselves, and left out of their project's audio."""

from fastapi import APIRouter
from pydantic import BaseModel

from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.studio_models import Done
from rhapsode.authoring.chapters import list_muted_chapters, mute_chapter
from rhapsode.studio.ids import ChapterId, ProjectId

# A body without a Content-Type is read too.
router = APIRouter(tags=["chapters"], route_class=JsonRoute, strict_content_type=False)


class MutedTracks(BaseModel):
    """Source: schema ProjectMutedTracksResponseModel."""

    chapter_ids: list[str]


class Muting(BaseModel):
    """Whether a chapter is muted. Ours: the contract lists muted chapters, and mutes none."""

    muted: bool


@router.get("/v1/studio/projects/{project_id}/muted-tracks", summary="List muted chapters")
def list_muted_tracks(project_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> MutedTracks:
    """The ids of the chapters that are muted, in order. Source: operation get_project_muted_tracks_endpoint."""
    muted = list_muted_chapters(services.records, workspace_id, ProjectId(project_id))
    return MutedTracks(chapter_ids=list(muted))


@router.put("/rhapsode/v1/studio/projects/{project_id}/chapters/{chapter_id}/muted", summary="Mute a chapter")
def mute(
    project_id: str, chapter_id: str, body: Muting, services: ServicesOf, workspace_id: WorkspaceOf
) -> Done:
    """Leave a chapter out of the project's next conversion, or let it in again."""
    ids = ProjectId(project_id), ChapterId(chapter_id)
    mute_chapter(services.records, workspace_id, *ids, muted=body.muted)
    return Done()
