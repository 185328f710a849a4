"""One batch at a time writes to a folder."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import filelock

from rhapsode.studio.errors import InvalidInput

_LOCK_NAME = ".batch.lock"


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep others out until the block ends; the system lets them in when this process is killed.

    Raises: InvalidInput, when another batch writes there.
    """
    lock = filelock.FileLock(folder / _LOCK_NAME)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        msg = f"Another batch writes to {folder}. Wait until it has ended, or name another folder with --output."
        raise InvalidInput(msg) from error
    try:
        yield
    finally:
        lock.release()
