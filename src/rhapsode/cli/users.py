"""`rhapsode users`: who works in the workspaces of a data directory, with or without a server that has it."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from rhapsode.cli.console import results
from rhapsode.cli.installation import open_installation
from rhapsode.cli.moments import moment
from rhapsode.cli.options import DataOption, WorkspaceOption, data_directory
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.studio.people import Role

users = typer.Typer(
    help="Make, list, disable and delete users.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_User = Annotated[
    str, typer.Argument(metavar="USER", help="Their login, or the id that `rhapsode users list` shows.")
]
_ROLES = "admin does everything in the workspace; editor makes and changes projects; viewer looks on and downloads."


@users.command()
def create(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="An e-mail address, or another name.")],
    role: Annotated[Role, typer.Option(help=_ROLES)] = "viewer",
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="What they are called.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE_ID,
    data: DataOption = None,
) -> None:
    """Make a user. `rhapsode keys create --user` makes a key of theirs."""
    with open_installation(data_directory(data), command="users create") as installation:
        made = installation.people.create_user(workspace, login, role=role, name=name)
    _print(f"The user {made.login} has the id {made.user_id}.")


@users.command("list")
def list_users(data: DataOption = None) -> None:
    """List the users of all workspaces."""
    with open_installation(data_directory(data), command="users list", makes=False) as installation:
        found = installation.people.list_users()
        names = {known.workspace_id: known.name for known in installation.people.list_workspaces()}
    table = Table("Id", "Login", "Name", "Role", "Workspace", "Made", "Disabled", box=None)
    for user in found:
        disabled = "" if user.disabled_at_ms is None else moment(user.disabled_at_ms)
        workspace = escape(names.get(user.workspace_id, user.workspace_id))
        made = moment(user.created_at_ms)
        table.add_row(
            user.user_id, escape(user.login), escape(user.name), user.role, workspace, made, disabled
        )
    results.print(table)


@users.command("set-role")
def set_role(
    user: _User,
    role: Annotated[Role, typer.Argument(metavar="ROLE", help=_ROLES)],
    data: DataOption = None,
) -> None:
    """Say what a user may do, by keys and sessions of theirs too."""
    with open_installation(data_directory(data), command="users set-role", makes=False) as installation:
        changed = installation.people.change_user(user, role=role)
    _print(f"The user {changed.login} is {changed.role} now.")


@users.command()
def disable(user: _User, data: DataOption = None) -> None:
    """Let nothing of a user's open anything, and end their sessions."""
    with open_installation(data_directory(data), command="users disable", makes=False) as installation:
        changed = installation.people.change_user(user, disabled=True)
    _print(f"Nothing of {changed.login} opens anything any more.")


@users.command()
def enable(user: _User, data: DataOption = None) -> None:
    """Let a user in again who was disabled."""
    with open_installation(data_directory(data), command="users enable", makes=False) as installation:
        changed = installation.people.change_user(user, disabled=False)
    _print(f"The user {changed.login} is let in again.")


@users.command()
def delete(user: _User, data: DataOption = None) -> None:
    """Delete a user with their keys and sessions. What they have made is the workspace's, and stays."""
    with open_installation(data_directory(data), command="users delete", makes=False) as installation:
        deleted = installation.people.delete_user(user)
    _print(
        f"The user {deleted.login} is gone, with all keys and sessions. Projects are the workspace's, and stay."
    )


def _print(sentence: str) -> None:
    results.print(sentence, markup=False, soft_wrap=True)
