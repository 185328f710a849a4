"""`rhapsode retention`: how long workspaces keep what was spoken, with or without a server."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from rhapsode.cli.console import results
from rhapsode.cli.installation import open_installation
from rhapsode.cli.options import DataOption, WorkspaceOption, data_directory
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.storage.retention import RetentionChange
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.limits import MAX_RETENTION_DAYS

retention = typer.Typer(
    help="Show and set how long the history and masters are kept.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_FOR_EVER = "forever"


@retention.command()
def show(data: DataOption = None) -> None:
    """Show how long each workspace keeps its history, and the speech that its audio was made of."""
    with open_installation(data_directory(data), command="retention show", makes=False) as installation:
        retentions = installation.list_retentions()
        names = {kept.workspace_id: kept.name for kept in installation.people.list_workspaces()}
    table = Table("Workspace", "Name", "History, days", "Masters, days", box=None)
    for kept in retentions:
        name = escape(names.get(kept.workspace_id, ""))
        table.add_row(kept.workspace_id, name, _shown(kept.history_days), _shown(kept.masters_days))
    results.print(table)


def _shown(days: int | None) -> str:
    return _FOR_EVER if days is None else str(days)


@retention.command("set")
def set_days(
    history_days: Annotated[
        str | None,
        typer.Option(metavar="N|forever", help="0 keeps nothing: what is spoken leaves no item."),
    ] = None,
    masters_days: Annotated[
        str | None,
        typer.Option(
            metavar="N|forever", help="Since speech was spoken or encoded. Another quality then speaks again."
        ),
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE_ID,
    data: DataOption = None,
) -> None:
    """Keep the history of a workspace, or its masters, for so many days.

    Older items go with the next clean-up. Converted chapters stay as long as their snapshots. Masters are the
    lossless speech that audio was made of: without them all that was made stays as it is.
    """
    changes: list[RetentionChange] = []
    if history_days is not None:
        days = _days_of(history_days, option="--history-days", fewest=0)
        changes.append(RetentionChange(WorkspaceId(workspace), "history", days))
    if masters_days is not None:
        days = _days_of(masters_days, option="--masters-days", fewest=1)
        changes.append(RetentionChange(WorkspaceId(workspace), "masters", days))
    if not changes:
        msg = "say what is kept for how long: --history-days or --masters-days"
        raise typer.BadParameter(msg)
    with open_installation(data_directory(data), command="retention set", makes=False) as installation:
        for change in changes:
            installation.set_retention(change)
    for change in changes:
        results.print(_sentence(change), markup=False, soft_wrap=True)


def _sentence(change: RetentionChange) -> str:
    kept = {None: "for ever", 0: "not at all"}.get(change.days, f"for {change.days or 0:,} days")
    if change.kept == "history":
        return f"The history of {change.workspace_id} is kept {kept}."
    return f"The masters of {change.workspace_id} are kept {kept}."


def _days_of(given: str, *, option: str, fewest: int) -> int | None:
    if given == _FOR_EVER:
        return None
    if given.isascii() and given.isdecimal() and fewest <= int(given) <= MAX_RETENTION_DAYS:
        return int(given)
    msg = f"a number of days from {fewest} to {MAX_RETENTION_DAYS}, or {_FOR_EVER}"
    raise typer.BadParameter(msg, param_hint=option)
