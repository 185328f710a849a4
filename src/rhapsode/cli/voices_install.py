"""`rhapsode voices install`."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from rhapsode.cli.console import counted, errors, progress_bar, results
from rhapsode.cli.installation import Installation, open_installation
from rhapsode.cli.options import DataOption, data_directory
from rhapsode.studio.errors import InvalidInput
from rhapsode.voices.installing import Installed
from rhapsode.voices.licenses import describe_use
from rhapsode.voices.wanted import InstallOrder

_SHOWN = 12


def install(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME|PATH|URL",
            help="As `rhapsode voices --available` lists it; or a file, a folder (./voices) or an address of one.",
        ),
    ],
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="ENGINE",
            help="Of another package's engine: then its files, each as ROLE=PATH, make one voice.",
        ),
    ] = None,
    data: DataOption = None,
) -> None:
    """Install voices that are files.

    They come from their usual home or a mirror (RHAPSODE_VOICES_URL), stay here, and are everybody's who uses this
    data directory; nothing but this command ever asks for them. Stopped or cut off, it goes on where it was.
    """
    orders = (
        [_order_of_files(engine, names)] if engine is not None else [InstallOrder(_spelled(n)) for n in names]
    )
    with open_installation(data_directory(data), command="voices install") as installation:
        for order in orders:
            for installed in _install(installation, order):
                _print(installed)


def _spelled(name: str) -> str:
    """A path as whoever has the data directory finds it too."""
    is_path = not name.startswith(("http://", "https://")) and (
        "/" in name or "\\" in name or name.endswith(".onnx")
    )
    return _absolute(name) if is_path else name


def _absolute(path: str) -> str:
    return os.path.abspath(Path(path).expanduser())  # noqa: PTH100 -- Path.absolute leaves `..` in it


def _order_of_files(engine: str, given: list[str]) -> InstallOrder:
    """Raises: InvalidInput."""
    files = {}
    for each in given:
        role, _, path = each.partition("=")
        if not path:
            msg = f"{each} isn't ROLE=PATH, as in model=voice.bin: --engine says that all of them make one voice."
            raise InvalidInput(msg)
        files[role] = _absolute(path)
    return InstallOrder(Path(next(iter(files.values()))).stem, engine, files)


def _install(installation: Installation, order: InstallOrder) -> Iterator[Installed]:
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    bar = progress_bar(TextColumn(f"Installing {Path(order.name).name}", markup=False), *columns)
    try:
        with bar:
            task = bar.add_task("", total=None)
            yield from installation.install_voices(
                order, lambda done, total: bar.update(task, completed=done, total=total)
            )
    except KeyboardInterrupt:
        errors.print("Stopping: what has come is kept, and the same command goes on from there.")
        raise


def _print(installed: Installed) -> None:
    voices = installed.voices
    names = ", ".join(f"{voice.name} ({voice.language})" for voice in voices[:_SHOWN])
    more = f" and {len(voices) - _SHOWN} more" if len(voices) > _SHOWN else ""
    done = f"Installed {counted(len(voices), 'voice')}"
    what = "Nothing to do, these are installed already" if installed.was_there else done
    results.print(f"{what}: {names}{more}.", markup=False, soft_wrap=True)
    # Voices of one file have one licence.
    first = voices[0]
    use = describe_use(first)
    if use is None:
        results.print(
            f"Licence: {first.license or 'none'}. What they say may be sold.", markup=False, soft_wrap=True
        )
    else:
        errors.print(use, markup=False, soft_wrap=True)
