"""`rhapsode check`: compare every stored byte with its checksum."""

from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from rhapsode.app import open_app
from rhapsode.cli.console import errors, in_megabytes, results
from rhapsode.cli.options import DataOption, data_directory
from rhapsode.storage.check import CheckReport, check_storage, rebuild_segments


def check(
    data: DataOption = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="First bring back lost records of segments from the packs.")
    ] = False,
) -> None:
    """Compare every stored byte with its checksum; exit status 1 when anything is damaged."""
    with open_app(data_directory(data), command="check") as app:
        if rebuild:
            results.print(f"{rebuild_segments(app.records, app.blobs):,} segments brought back from packs.")
        with _bar() as bar:
            task = bar.task_ids[0]
            report = check_storage(
                app.records,
                app.blobs,
                on_progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
    _print_report(report)
    if report.problems:
        raise typer.Exit(1)


def _bar() -> Progress:
    bar = Progress(TextColumn("Checking"), BarColumn(), DownloadColumn(), console=errors, transient=True)
    bar.add_task("", total=None)
    return bar


def _print_report(report: CheckReport) -> None:
    for problem in report.problems:
        errors.print(f"[red]Damaged:[/] {problem}", soft_wrap=True)
    results.print(
        f"{report.pack_count:,} packs with {report.segment_count:,} segments ({in_megabytes(report.size_bytes)}) "
        f"and {report.snapshot_count:,} snapshots checked: "
        + (f"{len(report.problems)} problems." if report.problems else "all well."),
    )
