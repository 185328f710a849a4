"""`rhapsode restore`: a backup becomes a data directory."""

from typing import Annotated

import typer

from rhapsode.cli.backup import PlaceArgument, absolute, print_missing
from rhapsode.cli.console import copying_bar, counted, in_megabytes, results
from rhapsode.cli.options import DataOption, data_directory
from rhapsode.settings import Settings
from rhapsode.storage.backups.restoring import restore_backup
from rhapsode.storage.backups.target import list_backup_ids, readable_target


def restore(
    source: PlaceArgument,
    backup: Annotated[
        str | None, typer.Option(metavar="ID", help="Which one, as --list shows it; else the newest.")
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="Only say which backups there are.")] = False,
    data: DataOption = None,
) -> None:
    """Bring a backup back, into an empty data directory.

    With RHAPSODE_DATABASE_URL, records go to an empty database. The exit status is 1 when something of it is damaged;
    all else is restored.
    """
    place = absolute(source)
    if list_all:
        with readable_target(place) as target:
            for backup_id in list_backup_ids(target):
                results.print(backup_id, markup=False)
        return
    directory, settings = data_directory(data), Settings()
    database_url = settings.database_url
    with copying_bar("Restoring") as bar:
        report = restore_backup(
            place,
            directory,
            backup_id=backup,
            blobs_url=settings.blobs_url,
            database_url=None if database_url is None else database_url.get_secret_value(),
            on_progress=lambda done, total: bar.update(bar.task_ids[0], completed=done, total=total),
        )
    print_missing(report.missing)
    results.print(
        f"{directory}: {counted(report.blob_count, 'file')} ({in_megabytes(report.size_bytes)}) "
        f"of the backup {report.backup_id} restored.",
        markup=False,
        soft_wrap=True,
    )
    if report.missing:
        raise typer.Exit(1)
