"""`rhapsode check`: compare every stored byte with its checksum."""

from typing import Annotated

import typer

from rhapsode.api.own_wire import CheckOrder
from rhapsode.cli.console import copying_bar, counted, errors, in_megabytes, results
from rhapsode.cli.installation import open_installation
from rhapsode.cli.options import DataOption, data_directory
from rhapsode.rendering.repair import RepairReport
from rhapsode.storage.check import CheckReport


def check(
    data: DataOption = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="First bring back lost records of segments from the packs.")
    ] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="First make again what is damaged or missing and can be.")
    ] = False,
) -> None:
    """Check every stored byte.

    Compares what is stored with its checksums; the exit status is 1 when anything is damaged, and left so.
    """
    directory = data_directory(data)
    with (
        open_installation(directory, command="check", makes=False) as installation,
        copying_bar("Checking") as bar,
    ):
        task = bar.task_ids[0]
        outcome = installation.check(
            CheckOrder(rebuild, repair),
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    report = outcome.report
    if outcome.rebuilt_segments is not None:
        results.print(f"{counted(outcome.rebuilt_segments, 'segment')} brought back from packs.")
    if outcome.repair is not None:
        _show_repair(outcome.repair)
    for problem in report.problems:
        errors.print(f"Damaged: {problem}", style="red", markup=False)
    results.print(f"{directory}: {_summary(report)}", markup=False, soft_wrap=True)
    if report.problems:
        raise typer.Exit(1)


def _show_repair(repair: RepairReport) -> None:
    made_again = f"{counted(repair.remade_segments, 'segment')} made again, "
    results.print(made_again + f"{counted(repair.repaired_packs, 'pack')} repaired.")
    for loss in repair.losses:
        errors.print(f"Lost: {loss}", style="red", markup=False)
    for owner in repair.damaged:
        errors.print(f"Needs what is lost: {owner}", markup=False)


def _summary(report: CheckReport) -> str:
    return (
        f"{counted(report.pack_count, 'pack')} with {counted(report.segment_count, 'segment')} "
        f"({in_megabytes(report.size_bytes)}) and {counted(report.snapshot_count, 'snapshot')} checked: "
        + (f"{counted(len(report.problems), 'problem')}." if report.problems else "all well.")
    )
