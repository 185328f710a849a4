"""`rhapsode workspaces`: the workspaces of a data directory, with or without a server that has it."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from rhapsode.cli.console import results
from rhapsode.cli.installation import open_installation
from rhapsode.cli.moments import moment
from rhapsode.cli.options import DataOption, data_directory

workspaces = typer.Typer(
    help="Make, list, disable and delete workspaces.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_Workspace = Annotated[
    str,
    typer.Argument(metavar="WORKSPACE", help="Its name, or the id that `rhapsode workspaces list` shows."),
]


@workspaces.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")], data: DataOption = None
) -> None:
    """Make a workspace with nothing in it."""
    with open_installation(data_directory(data), command="workspaces create") as installation:
        made = installation.people.create_workspace(name)
    _print(f"The workspace {made.name} has the id {made.workspace_id}.")


@workspaces.command("list")
def list_workspaces(data: DataOption = None) -> None:
    """List the workspaces."""
    with open_installation(data_directory(data), command="workspaces list", makes=False) as installation:
        found = installation.people.list_workspaces()
    table = Table("Id", "Name", "Made", "Disabled", box=None)
    for workspace in found:
        disabled = "" if workspace.disabled_at_ms is None else moment(workspace.disabled_at_ms)
        table.add_row(
            workspace.workspace_id, escape(workspace.name), moment(workspace.created_at_ms), disabled
        )
    results.print(table)


@workspaces.command()
def disable(workspace: _Workspace, data: DataOption = None) -> None:
    """Let nothing open a workspace, and nothing of it be begun."""
    with open_installation(data_directory(data), command="workspaces disable", makes=False) as installation:
        changed = installation.people.set_workspace_disabled(workspace, disabled=True)
    _print(f"Nothing opens the workspace {changed.name} any more, and what it has is kept.")


@workspaces.command()
def enable(workspace: _Workspace, data: DataOption = None) -> None:
    """Open a workspace again that was disabled."""
    with open_installation(data_directory(data), command="workspaces enable", makes=False) as installation:
        changed = installation.people.set_workspace_disabled(workspace, disabled=False)
    _print(f"The workspace {changed.name} is open again.")


@workspaces.command()
def delete(
    workspace: _Workspace,
    now: Annotated[
        bool,
        typer.Option(
            "--now",
            help="Let its data go before this ends, and not at the next clean-up. Downloads of it break off, and a "
            "backup under way lacks it.",
        ),
    ] = False,
    data: DataOption = None,
) -> None:
    """Delete a workspace with all that is in it: projects, audio, history, voices, users and keys."""
    with open_installation(data_directory(data), command="workspaces delete", makes=False) as installation:
        deleted = installation.people.delete_workspace(workspace, now=now)
    _print(
        f"The workspace {deleted.name} is gone" + ("." if now else "; its data goes at the next clean-up.")
    )


def _print(sentence: str) -> None:
    results.print(sentence, markup=False, soft_wrap=True)
