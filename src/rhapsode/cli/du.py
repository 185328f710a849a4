"""`rhapsode du`: what takes up the disk, with or without a server that has the directory."""

from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.table import Table

from rhapsode.cli.console import in_megabytes, results
from rhapsode.cli.installation import open_installation
from rhapsode.cli.options import DataOption, data_directory
from rhapsode.storage.disk_usage import DiskUsage, PlaceUsage, WorkspaceUsage

_KINDS = {"speech": "Speech", "audio": "Audio", "image": "Images", "document": "Documents", "file": "Exports"}


def du(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, in bytes.")] = False,
    data: DataOption = None,
) -> None:
    """Show what takes up the disk.

    Of each project, what it needs alone; what it shares with others is there once.
    """
    with open_installation(data_directory(data), command="du", makes=False) as installation:
        usage = installation.measure_disk()
    if as_json:
        results.print(
            TypeAdapter(DiskUsage).dump_json(usage, indent=2).decode(), markup=False, soft_wrap=True
        )
        return
    results.print(_table(usage))
    results.print(_summary(usage), markup=False, soft_wrap=True)


def _table(usage: DiskUsage) -> Table:
    table = Table("Workspace", "Project", box=None)
    for heading in (*_KINDS.values(), "Shared"):
        table.add_column(heading, justify="right")
    for workspace in usage.workspaces:
        for place in workspace.places:
            table.add_row(*_cells(workspace, place))
    return table


def _cells(workspace: WorkspaceUsage, place: PlaceUsage) -> tuple[str, ...]:
    own = (in_megabytes(place.own_bytes.get(kind, 0)) for kind in _KINDS)
    name = place.name.replace("[", r"\[")
    return workspace.workspace_id, name, *own, in_megabytes(sum(place.shared_bytes.values()))


def _summary(usage: DiskUsage) -> str:
    shared = sum(workspace.shared_bytes for workspace in usage.workspaces)
    return (
        f"{in_megabytes(usage.total_bytes)} in all: shared, counted once, {in_megabytes(shared)}; voices "
        f"{in_megabytes(usage.voice_bytes)}; records {in_megabytes(usage.records_bytes)}; to be freed by clean-up "
        f"{in_megabytes(usage.reclaimable_bytes)}. The disk has {in_megabytes(usage.free_bytes)} left."
    )
