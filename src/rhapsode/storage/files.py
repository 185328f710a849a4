"""Files that survive a power failure: the steps that every writer in this room takes in the same order."""

import contextlib
import errno
import io
import os
from collections.abc import Iterator
from pathlib import Path

from rhapsode.studio.errors import StorageFull

# Windows knows no quota error of its own.
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


@contextlib.contextmanager
def translate_full_storage() -> Iterator[None]:
    """Turn the system's "no space left" and "quota exceeded" into StorageFull; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            msg = f"There is no space left for {error.filename or 'what was being written'}."
            raise StorageFull(msg) from error
        raise


def write_all(file: io.FileIO, content: bytes) -> None:
    """Write all of `content` to an unbuffered file, which may take it in several pieces."""
    remaining = memoryview(content)
    while remaining:
        remaining = remaining[file.write(remaining) :]


def sync_file(path: Path) -> None:
    """Bring a file's bytes to the disk. An error is final: a second attempt may succeed for lost bytes."""
    # Windows flushes only what is open for writing.
    with path.open("r+b", buffering=0) as file:
        os.fsync(file.fileno())


def sync_directory(path: Path) -> None:
    """Bring a directory's names to the disk. Windows has no such call and keeps them in its journal."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directories(path: Path, *, mode: int = 0o777) -> None:
    """Make a directory and its missing parents, each of them on the disk when this returns."""
    if path.is_dir():
        return
    make_directories(path.parent, mode=mode)
    path.mkdir(mode=mode, exist_ok=True)
    sync_directory(path.parent)


def move_durably(source: Path, target: Path) -> None:
    """Give a finished file its name: after a power failure all of its bytes are found there, or no file.

    Both lie in one file system. Replaces what had the name.
    """
    sync_file(source)
    source.replace(target)
    sync_directory(target.parent)
