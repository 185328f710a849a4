"""The quality of a project's audio, which the contract lets nobody change once the project is there."""

from fastapi import APIRouter
from pydantic import BaseModel

from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.project_models import ProjectAnswer
from rhapsode.api.studio_views import view_project
from rhapsode.authoring.project_quality import set_quality
from rhapsode.studio.ids import ProjectId
from rhapsode.studio.project import QualityPreset

# A body without a Content-Type is read too.
router = APIRouter(tags=["projects"], route_class=JsonRoute, strict_content_type=False)


class QualityChanges(BaseModel):
    """Ours. What is missing or null stays as it is."""

    quality_preset: QualityPreset | None = None
    volume_normalization: bool | None = None


@router.patch("/rhapsode/v1/studio/projects/{project_id}", summary="Set a project's quality")
def set_project_quality(
    project_id: str, body: QualityChanges, services: ServicesOf, workspace_id: WorkspaceOf
) -> ProjectAnswer:
    """Let the next conversion store the audio in another way: it encodes what was spoken, and speaks nothing."""
    set_quality(
        services.records,
        workspace_id,
        ProjectId(project_id),
        quality_preset=body.quality_preset,
        volume_normalization=body.volume_normalization,
    )
    return ProjectAnswer(project=view_project(services, workspace_id, ProjectId(project_id)))
