"""What seems wrong with the audio of projects and chapters. All of it is ours."""

from fastapi import APIRouter

from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.quality_models import Quality, quality_model
from rhapsode.rendering.quality import get_chapter_quality, get_project_quality
from rhapsode.studio.ids import ChapterId, ProjectId

# A body without a Content-Type is read too.
router = APIRouter(
    prefix="/rhapsode/v1/studio/projects/{project_id}",
    tags=["quality"],
    route_class=JsonRoute,
    strict_content_type=False,
)


@router.get("/quality", summary="Get a project's flaws")
def get_of_project(project_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> Quality:
    """What seems wrong with the speech that the narrated chapters of a project have now.

    Speech is looked at when it is made, and made again with another seed where its engine has one. What stays is told
    here until the passage is spoken again, because its text, its voice or its settings change.
    """
    return quality_model(get_project_quality(services.records, workspace_id, ProjectId(project_id)))


@router.get("/chapters/{chapter_id}/quality", summary="Get a chapter's flaws")
def get_of_chapter(
    project_id: str, chapter_id: str, services: ServicesOf, workspace_id: WorkspaceOf
) -> Quality:
    """The same of one chapter, narrated or not."""
    ids = ProjectId(project_id), ChapterId(chapter_id)
    return quality_model(get_chapter_quality(services.records, workspace_id, *ids))
