"""Write what a conversion made: an archive, or a single file."""

import contextlib
import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from rhapsode.app import App
from rhapsode.audio.encoding import ENCODINGS
from rhapsode.cli.console import errors
from rhapsode.delivery.archive import archive_bytes, plan_archive
from rhapsode.delivery.files import FilePiece, iterate_file, project_file
from rhapsode.storage import snapshots
from rhapsode.studio.errors import InvalidInput, StorageFull
from rhapsode.studio.ids import ProjectSnapshotId, WorkspaceId


@dataclass(frozen=True, slots=True)
class Output:
    """Where to write, and what: an archive or one MP3."""

    path: Path
    format: Literal["zip", "mp3"]


def plan_output(given: Path | None, book: Path, output_format: Literal["zip", "mp3"]) -> Output:
    """The file to write. Raises: InvalidInput, when its folder is missing or it is the book itself."""
    name = f"{book.stem}.{output_format}"
    if given is None:
        path = Path(name)
    elif given.is_dir():
        path = given / name
    else:
        path = given
    if not path.parent.is_dir():
        msg = f"The folder {path.parent} doesn't exist."
        raise InvalidInput(msg)
    if path.is_dir() or path.resolve() == book.resolve():
        msg = f"{path} can't be written: it is {'a folder' if path.is_dir() else 'the book itself'}."
        raise InvalidInput(msg)
    return Output(path, output_format)


def write_output(
    app: App, workspace_id: WorkspaceId, project_snapshot_id: ProjectSnapshotId, output: Output
) -> tuple[Path, int]:
    """Write the file, checked on the way; it appears only when it is whole. Return its path and size.

    Raises: StorageFull; DataDamaged; InvalidInput.
    """
    if output.format == "zip":
        layout = plan_archive(app.records, workspace_id, project_snapshot_id)
        content = archive_bytes(app.records, app.blobs, workspace_id, layout)
        size_bytes = layout.size_bytes
    else:
        pieces = _single_file(app, workspace_id, project_snapshot_id)
        content = iterate_file(app.blobs, pieces)
        size_bytes = sum(piece.size_bytes for piece in pieces)
    _write_whole(output.path, content, size_bytes)
    return output.path, size_bytes


def _single_file(
    app: App, workspace_id: WorkspaceId, project_snapshot_id: ProjectSnapshotId
) -> list[FilePiece]:
    with app.records.read(workspace_id) as tx:
        snapshot = snapshots.get_project_snapshot(tx, project_snapshot_id)
        if ENCODINGS[snapshot.encoding].extension != "mp3":
            msg = "A lossless project has no MP3: leave out --format mp3, or choose --quality high."
            raise InvalidInput(msg)
        return project_file(tx, snapshot)


def _write_whole(path: Path, content: Iterator[bytes], size_bytes: int) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with _writing(path), unfinished.open("wb") as file, _bar(path, size_bytes) as progress:
            task = progress.task_ids[0]
            for block in content:
                file.write(block)
                progress.advance(task, len(block))
            file.flush()
            os.fsync(file.fileno())
        with _writing(path):
            unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            msg = f"There is no space left to write {path}. The audio is kept: make room and run again."
            raise StorageFull(msg) from error
        msg = f"{path} can't be written: {error.strerror}."
        raise InvalidInput(msg) from error


def _bar(path: Path, size_bytes: int) -> Progress:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=errors,
        transient=True,
    )
    bar.add_task(f"Writing {path.name}", total=size_bytes)
    return bar
