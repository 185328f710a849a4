"""Deleting with undo: deleted projects and chapters, restored. All of it is ours: the contract's are gone at once."""

from fastapi import APIRouter
from pydantic import BaseModel

from rhapsode.api.context import ServicesOf, WorkspaceOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.project_models import ProjectAnswer
from rhapsode.api.studio_models import Done
from rhapsode.api.studio_views import view_project
from rhapsode.authoring.restoring import list_deleted_projects, restore_chapter, restore_project
from rhapsode.studio.ids import ChapterId, ProjectId

router = APIRouter(prefix="/rhapsode/v1/studio", route_class=JsonRoute, strict_content_type=False)


class DeletedProjectModel(BaseModel):
    """A project that can be restored. purged_at_unix: from then on it can be gone at any moment."""

    project_id: str
    name: str
    deleted_at_unix: int
    purged_at_unix: int


class DeletedProjects(BaseModel):
    """The projects that can be restored, the last one that was deleted first."""

    projects: list[DeletedProjectModel]


@router.get("/deleted-projects", summary="List deleted projects", tags=["projects"])
def list_deleted(services: ServicesOf, workspace_id: WorkspaceOf) -> DeletedProjects:
    """The projects that were deleted less than a day ago, and can be restored."""
    deleted = list_deleted_projects(services.records, workspace_id)
    return DeletedProjects(
        projects=[
            DeletedProjectModel(
                project_id=each.project_id,
                name=each.name,
                deleted_at_unix=each.deleted_at_ms // 1000,
                purged_at_unix=each.purged_at_ms // 1000,
            )
            for each in deleted
        ]
    )


@router.post("/projects/{project_id}/restore", summary="Restore a project", tags=["projects"])
def restore(project_id: str, services: ServicesOf, workspace_id: WorkspaceOf) -> ProjectAnswer:
    """Have a project again that was deleted less than a day ago, as it was. Conversions stay cancelled.

    If the command line has made another project of the same file since, that one stays what it meets there.
    """
    restore_project(services.records, workspace_id, ProjectId(project_id))
    # What was still being made of it goes on.
    services.creations.wake()
    return ProjectAnswer(project=view_project(services, workspace_id, ProjectId(project_id)))


@router.post(
    "/projects/{project_id}/chapters/{chapter_id}/restore", summary="Restore a chapter", tags=["chapters"]
)
def restore_deleted_chapter(
    project_id: str, chapter_id: str, services: ServicesOf, workspace_id: WorkspaceOf
) -> Done:
    """Have a chapter again that was deleted less than a day ago, where it stood."""
    restore_chapter(services.records, workspace_id, ProjectId(project_id), ChapterId(chapter_id))
    return Done()
