"""Workspaces of the installation. Ours; for users who are admins of the workspace `default`."""

from fastapi import APIRouter

from rhapsode.access import workspaces
from rhapsode.access.caller import Caller
from rhapsode.api.context import CallerOf, ServicesOf
from rhapsode.api.json_body import JsonRoute
from rhapsode.api.people_models import (
    NewWorkspace,
    WorkspaceChanges,
    WorkspaceList,
    WorkspaceModel,
    workspace_model,
)
from rhapsode.api.studio_models import Done
from rhapsode.studio.errors import MissingPermission
from rhapsode.studio.ids import WorkspaceId

router = APIRouter(
    prefix="/rhapsode/v1/workspaces", tags=["people"], route_class=JsonRoute, strict_content_type=False
)


@router.get("", summary="List workspaces")
def list_all(services: ServicesOf, caller: CallerOf) -> WorkspaceList:
    """The workspaces of the installation, the oldest first."""
    _check(caller)
    found = workspaces.list_workspaces(services.records)
    return WorkspaceList(workspaces=[workspace_model(workspace) for workspace in found])


@router.post("", summary="Create a workspace")
def create(body: NewWorkspace, services: ServicesOf, caller: CallerOf) -> WorkspaceModel:
    """Make a workspace with nothing in it. `rhapsode keys create --workspace` makes its first key."""
    _check(caller)
    return workspace_model(workspaces.create_workspace(services.records, body.name))


@router.patch("/{workspace_id}", summary="Update a workspace")
def update(
    workspace_id: str, body: WorkspaceChanges, services: ServicesOf, caller: CallerOf
) -> WorkspaceModel:
    """Disable a workspace, so that nothing opens it and nothing of it is begun, or enable it again."""
    _check(caller)
    found = workspaces.get_workspace(services.records, workspace_id)
    if body.is_disabled is not None:
        found = workspaces.set_workspace_disabled(
            services.records, found.workspace_id, disabled=body.is_disabled
        )
        services.wake()
    return workspace_model(found)


@router.delete("/{workspace_id}", summary="Delete a workspace")
def delete(workspace_id: str, services: ServicesOf, caller: CallerOf) -> Done:
    """Let a workspace be gone at once, and all that is in it at the next clean-up."""
    _check(caller)
    workspaces.delete_workspace(services.records, services.blobs, WorkspaceId(workspace_id))
    return Done()


def _check(caller: Caller) -> None:
    if not caller.may_manage_workspaces:
        msg = "Workspaces are managed by users who are admins of the workspace default, or by `rhapsode workspaces`."
        raise MissingPermission(msg)
