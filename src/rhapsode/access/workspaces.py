"""Workspaces of an installation: made, disabled and deleted with all that is in them."""

from rhapsode.access.audit import note, note_alone
from rhapsode.storage import conversions, workspaces
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.purge import purge_workspace
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records
from rhapsode.studio.errors import InvalidInput, WorkspaceNotFound
from rhapsode.studio.ids import WorkspaceId, new_id
from rhapsode.studio.people import Workspace, checked_name

list_workspaces = workspaces.list_all_workspaces


def create_workspace(records: Records, name: str) -> Workspace:
    """Make a workspace with nothing in it. Raises: InvalidInput; NameTaken."""
    with records.write(WorkspaceId(new_id())) as tx:
        workspace = workspaces.insert_workspace(tx, checked_name(name))
        note(tx, "workspace.created", workspace.workspace_id)
    return workspace


def get_workspace(records: Records, name_or_id: str) -> Workspace:
    """A workspace by what it is called. Raises: WorkspaceNotFound."""
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        found = workspaces.find_workspace_by_name(tx, name_or_id)
    if found is None:
        msg = f"There is no workspace {name_or_id}: `rhapsode workspaces list` shows all."
        raise WorkspaceNotFound(msg)
    return found


def set_workspace_disabled(records: Records, workspace_id: WorkspaceId, *, disabled: bool) -> Workspace:
    """Let nothing open a workspace and nothing of it be begun, or all of it again. Raises: WorkspaceNotFound."""
    with records.write(workspace_id) as tx:
        workspaces.get_workspace(tx)
        workspaces.set_disabled(tx, disabled=disabled)
        note(tx, "workspace.disabled" if disabled else "workspace.enabled", workspace_id)
        return workspaces.get_workspace(tx)


def delete_workspace(records: Records, blobs: Blobs, workspace_id: WorkspaceId, *, now: bool = False) -> None:
    """Let a workspace be gone at once for everybody, and what is in it at the next clean-up.

    now: let that go before this returns.    What it shares with others stays theirs.
    Raises: WorkspaceNotFound; InvalidInput, for the one that commands work in.
    """
    if workspace_id == DEFAULT_WORKSPACE_ID:
        msg = "The workspace default can't be deleted: commands work in it. Delete what is in it, or disable it."
        raise InvalidInput(msg)
    with records.write(workspace_id) as tx:
        workspaces.get_workspace(tx)
        for conversion in conversions.list_unfinished_conversions(tx):
            conversions.finish_conversion(tx, conversion.conversion_id, "cancelled")
        workspaces.mark_deleted(tx)
    # Not in its own log, which goes with it.
    note_alone(records, DEFAULT_WORKSPACE_ID, "workspace.deleted", workspace_id)
    if now:
        purge_workspace(records, blobs, workspace_id)
