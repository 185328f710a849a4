"""`rhapsode backup`: all that a data directory has, into another place, with or without a server that has it."""

from pathlib import Path
from typing import Annotated

import typer

from rhapsode.api.own_wire import BackupOrder
from rhapsode.cli.console import copying_bar, counted, errors, in_megabytes, results
from rhapsode.cli.installation import open_installation
from rhapsode.cli.options import DataOption, data_directory
from rhapsode.storage.backups.taking import BackupReport
from rhapsode.storage.backups.verifying import verify_backups

PlaceArgument = Annotated[
    str, typer.Argument(metavar="PLACE", help="A folder, or an address such as s3://bucket/prefix.")
]


def backup(
    target: PlaceArgument,
    keep: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Afterwards, remove all but the newest N backups there."),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Make none: read all that is there, and compare it with its checksums."
        ),
    ] = False,
    data: DataOption = None,
) -> None:
    """Copy everything to another place.

    Copies what isn't there yet, while a server runs too. The exit status is 1 when anything is damaged.
    """
    if verify:
        if keep is not None:
            msg = "Verifying makes no backup and removes none. Give --keep without --verify."
            raise typer.BadParameter(msg)
        _verify(absolute(target))
        return
    directory = data_directory(data)
    with (
        open_installation(directory, command="backup", makes=False) as installation,
        copying_bar("Copying") as bar,
    ):
        report = installation.back_up(
            BackupOrder(absolute(target), keep),
            on_progress=lambda done, total: bar.update(bar.task_ids[0], completed=done, total=total),
        )
    print_missing(report.missing)
    results.print(_summary(report), markup=False, soft_wrap=True)
    if report.missing:
        raise typer.Exit(1)


def absolute(place: str) -> str:
    """A place as a server understands it, which runs in another folder."""
    return place if "://" in place else str(Path(place).absolute())


def print_missing(keys: tuple[str, ...]) -> None:
    """Say what isn't there any more."""
    for key in keys:
        errors.print(f"Damaged: {key} is lost, or isn't what it was.", style="red", markup=False)


def _verify(place: str) -> None:
    with copying_bar("Verifying") as bar:
        report = verify_backups(
            place, on_progress=lambda done, total: bar.update(bar.task_ids[0], completed=done, total=total)
        )
    for problem in report.problems:
        errors.print(f"Damaged: {problem}", style="red", markup=False)
    found = counted(len(report.problems), "problem") + "." if report.problems else "all well."
    results.print(
        f"{counted(report.backup_count, 'backup')} of {counted(report.blob_count, 'file')} "
        f"({in_megabytes(report.size_bytes)}) verified: {found}",
        soft_wrap=True,
    )
    if report.problems:
        raise typer.Exit(1)


def _summary(report: BackupReport) -> str:
    removed = f", {counted(report.removed_count, 'older backup')} removed" if report.removed_count else ""
    return (
        f"Backup {report.backup_id}: {counted(report.blob_count, 'file')} ({in_megabytes(report.size_bytes)}), "
        f"of which {in_megabytes(report.copied_bytes)} copied with the records{removed}."
    )
