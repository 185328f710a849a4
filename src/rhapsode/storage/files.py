"""Files that survive a power failure: the steps that every writer in this room takes in the same order."""

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from rhapsode.studio.errors import StorageFull

# Windows knows no quota error of its own.
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}

_NO_WAITING: int | None = getattr(os, "RWF_NOWAIT", None)

# Of 4 to 16 MiB, none was faster than another.
_ROUND_BYTES = 2**23


class OpenFile:
    """A file that is open for reading as long as somebody holds this. Raises: OSError."""

    __slots__ = ("__weakref__", "descriptor")

    def __init__(self, path: str) -> None:
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def __del__(self) -> None:
        # Where opening has failed there is none.
        with contextlib.suppress(AttributeError):
            os.close(self.descriptor)

    def read_now(self, offset: int, into: memoryview) -> bool:
        """Fill `into` with the bytes from `offset` on, if that takes no waiting for a disk.

        False where it would or nobody can tell, and where there are fewer: Linux tells what it has in memory.
        """
        if _NO_WAITING is None:
            return False
        try:
            return os.preadv(self.descriptor, [into], offset, _NO_WAITING) == len(into)
        except OSError:
            # What isn't in memory is an error too, and so is a file system that can't tell.
            return False


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


def write_through(file: io.FileIO, blocks: Iterable[bytes]) -> None:
    """Write blocks to an unbuffered file and bring them to the disk, from the first on and not after the last.

    For what nobody reads soon. The system is told so, and it keeps little of it: else a large file would push out of
    memory what is read again, and take its time to find room for itself.
    """
    waiting_bytes = 0
    for block in blocks:
        write_all(file, block)
        waiting_bytes += len(block)
        if waiting_bytes >= _ROUND_BYTES:
            _let_go(file)
            waiting_bytes = 0
    os.fsync(file.fileno())


def _let_go(file: io.FileIO) -> None:
    """Linux begins to write what isn't on the disk, and frees what is. Elsewhere nothing is known to help."""
    if sys.platform == "linux":
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


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


def write_durably(target: Path, content: bytes) -> None:
    """Make a small file or replace it, by way of one beside it whose name ends in `.new`.

    After a power failure all of it is there, or what was there before.    Raises: StorageFull.
    """
    unfinished = target.with_name(f"{target.name}.new")
    with translate_full_storage(), unfinished.open("wb", buffering=0) as file:
        write_all(file, content)
    move_durably(unfinished, target)
