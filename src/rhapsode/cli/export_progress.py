"""Show how an export is made, and wait for it."""

import time
from collections.abc import Callable

from rich.progress import BarColumn, TextColumn

from rhapsode.api.export_models import ExportModel
from rhapsode.cli.console import errors, progress_bar
from rhapsode.cli.stopping import StopRequest

_LOOK_S = 0.05
_LATER_LOOK_S = 0.3


def watch_export(
    get_export: Callable[[], ExportModel], stop: StopRequest, wait: Callable[[float], object] = time.sleep
) -> None:
    """Draw an export's progress until it is ready.

    wait: for so many seconds, or until it may be ready.
    Raises: KeyboardInterrupt, when asked to stop; what `get_export` raises, where the export fails too.
    """
    bar = progress_bar(TextColumn("Encoding"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    looks = 0
    try:
        with bar:
            task = bar.add_task("", total=1.0)
            while (export := get_export()).status != "ready":
                bar.update(task, completed=export.progress)
                stop.raise_if_asked()
                looks += 1
                wait(_LOOK_S if looks < 20 else _LATER_LOOK_S)
    except KeyboardInterrupt:
        errors.print("Stopping: what is encoded is kept, and the same command goes on from there.")
        raise
