"""Write what a conversion made: an archive, or a single file."""

import contextlib
import errno
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from rhapsode.audio.encoding import QUALITY_ENCODINGS
from rhapsode.cli.console import progress_bar
from rhapsode.cli.incoming import Incoming
from rhapsode.cli.stopping import raise_if_interrupted
from rhapsode.delivery.blocks import gathered
from rhapsode.delivery.downloads import BookFormat
from rhapsode.delivery.formats.names import FORMAT_NAMES
from rhapsode.storage.files import write_through
from rhapsode.studio.errors import InvalidInput, RhapsodeError, StorageFull
from rhapsode.studio.project import QualityPreset

_KINDS: Mapping[BookFormat, str] = {"zip": "an archive", "mp3": "an MP3"}


@dataclass(frozen=True, slots=True)
class Output:
    """Where to write, and what: an archive or one MP3."""

    path: Path
    format: BookFormat


def choose_output(given: Path | None, book: Path, output_format: BookFormat) -> Output:
    """The file to write, as `choose_file` has it.

    Raises: InvalidInput, also when it is called as a file of another format is; StorageFull.
    """
    path = choose_file(given, book, f"{book.stem}.{output_format}")
    named = path.suffix[1:].lower()
    if named != output_format and named in ("zip", *FORMAT_NAMES):
        instead = (
            f"Add --format {named}" if named in get_args(BookFormat) else "`rhapsode export` makes such files"
        )
        msg = f"{path} can't be written: it would be {_KINDS[output_format]}. {instead}."
        raise InvalidInput(msg)
    return Output(path, output_format)


def choose_file(given: Path | None, book: Path, name: str) -> Path:
    """The file to write, which then can be written: better known before an hour of narration than after it.

    given: a file, or a folder for one of this name; None for the current one.    book: which must not be overwritten.
    Raises: InvalidInput; StorageFull.
    """
    path = given or Path()
    if path.is_dir():
        path = path / name
    if not path.parent.is_dir():
        msg = f"The folder {path.parent} doesn't exist."
        raise InvalidInput(msg)
    if path.resolve() == book.resolve():
        msg = f"{path} can't be written: it is the book itself."
        raise InvalidInput(msg)
    if path.exists() and not path.is_file():
        msg = f"{path} can't be written: it is {'a folder' if path.is_dir() else 'no ordinary file'}."
        raise InvalidInput(msg)
    with writing(path):
        _unfinished(path).touch()
        _unfinished(path).unlink()
    return path


def choose_folder(path: Path) -> Path:
    """The folder to write several files to, made and tried before an hour of narration.

    Raises: InvalidInput; StorageFull.
    """
    if path.exists() and not path.is_dir():
        msg = f"{path} can't be written: it is no folder."
        raise InvalidInput(msg)
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)
        _unfinished(path / "export").touch()
        _unfinished(path / "export").unlink()
    return path


def check_format(quality_preset: QualityPreset, output: Output) -> None:
    """Raises: InvalidInput, when one MP3 is wanted of a project that is stored as something else."""
    if output.format == "mp3" and QUALITY_ENCODINGS[quality_preset].extension != "mp3":
        msg = f"With --quality {quality_preset} there is no MP3: add --quality high, or --format zip."
        raise InvalidInput(msg)


def write_output(path: Path, download: Incoming) -> None:
    """Write a file, checked on the way; it appears only when it is whole.

    Raises: StorageFull; DataDamaged; InvalidInput, when the system refuses to write it.
    """
    unfinished = _unfinished(path)
    try:
        with (
            writing(path),
            unfinished.open("wb", buffering=0) as file,
            _bar(path, download.size_bytes) as progress,
            contextlib.closing(gathered(download.content)) as blocks,
        ):
            write_through(file, _shown(blocks, progress))
        with writing(path):
            unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _shown(blocks: Iterator[bytes], progress: Progress) -> Iterator[bytes]:
    for block in blocks:
        raise_if_interrupted()
        yield block
        progress.advance(progress.task_ids[0], len(block))


def _unfinished(path: Path) -> Path:
    return path.with_name(f".{path.name}.unfinished")


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say what is wrong where a file can't be written. Raises: StorageFull; InvalidInput."""
    try:
        yield
    except RhapsodeError:
        # That of an object store, of which a download is read, is an OSError too.
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            msg = f"There is no space left to write {path}. The audio is kept: make room and run again."
            raise StorageFull(msg) from error
        msg = f"{path} can't be written: {error.strerror}."
        raise InvalidInput(msg) from error


def _bar(path: Path, size_bytes: int) -> Progress:
    bar = progress_bar(TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    bar.add_task(f"Writing {path.name}", total=size_bytes)
    return bar
