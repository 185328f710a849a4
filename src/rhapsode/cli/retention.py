"""`rhapsode retention`: how long workspaces keep what was spoken, with or without a server."""

from typing import Annotated

import typer
from rich.table import Table

from rhapsode.cli.console import results
from rhapsode.cli.installation import open_installation
from rhapsode.cli.options import DataOption, WorkspaceOption, data_directory
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.storage.retention import Retention
from rhapsode.studio.ids import WorkspaceId

retention = typer.Typer(
    help="Show and set how long the history is kept.", no_args_is_help=True, rich_markup_mode=None
)
_FOR_EVER = "forever"


@retention.command()
def show(data: DataOption = None) -> None:
    """Show how long each workspace keeps its history."""
    with open_installation(data_directory(data), command="retention show") as installation:
        retentions = installation.list_retentions()
    table = Table("Workspace", "History, days", box=None)
    for kept in retentions:
        table.add_row(kept.workspace_id, _FOR_EVER if kept.history_days is None else str(kept.history_days))
    results.print(table)


@retention.command("set")
def set_days(
    history_days: Annotated[
        str, typer.Option(metavar="N|forever", help="0 keeps nothing: what is spoken leaves no item.")
    ],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE_ID,
    data: DataOption = None,
) -> None:
    """Keep the history of a workspace for so many days.

    Older items go with the next clean-up. Converted chapters stay as long as their snapshots.
    """
    days = _days_of(history_days)
    with open_installation(data_directory(data), command="retention set") as installation:
        installation.set_retention(Retention(WorkspaceId(workspace), days))
    kept = "for ever" if days is None else f"for {days:,} days" if days else "not at all"
    results.print(f"The history of {workspace} is kept {kept}.", markup=False, soft_wrap=True)


def _days_of(given: str) -> int | None:
    if given == _FOR_EVER:
        return None
    if given.isascii() and given.isdecimal() and int(given) <= 36_500:
        return int(given)
    msg = f"a number of days up to 36500, or {_FOR_EVER}"
    raise typer.BadParameter(msg, param_hint="--history-days")
