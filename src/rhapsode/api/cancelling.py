"""Ending what is being converted. It is ours."""

from fastapi import APIRouter

from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.studio_models import Done
from rhapsode.studio.ids import ProjectId

# A body without a Content-Type is read too.
router = APIRouter(tags=["projects"], route_class=JsonRoute, strict_content_type=False)


@router.post("/rhapsode/v1/studio/projects/{project_id}/cancel", summary="Cancel a conversion")
def cancel(project_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> Done:
    """End all conversions of a project and of its chapters, those that wait too; audio that is made stays.

    The next conversion makes only what is missing. Where nothing is being converted, nothing is done. A project that
    is still being made isn't converted when it is.
    """
    services.rendering.cancel_project(workspace_id, ProjectId(project_id))
    return Done()
