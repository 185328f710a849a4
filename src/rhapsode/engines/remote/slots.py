"""So many at once, of all processes of a machine: each holds a file's lock, which ends with it, however it ends."""

import contextlib
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import filelock

_LOOK_S = (0.01, 0.05)


class Slots:
    """A number of places, as files in a folder. Thread-safe, and for any number of processes."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._count = count
        self._looking = threading.Lock()

    @contextlib.contextmanager
    def hold(self, *, wait_s: float) -> Iterator[bool]:
        """Hold a place as long as the block lasts. Gives False, when none was free in so many seconds.

        Raises: OSError, when the folder can't be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = self._taken(time.monotonic() + wait_s)
        try:
            yield lock is not None
        finally:
            if lock is not None:
                lock.release()

    def _taken(self, until_s: float) -> filelock.BaseFileLock | None:
        # Of a process one thread looks at a time, however many texts it has told a server of.
        if not self._looking.acquire(timeout=max(0.0, until_s - time.monotonic())):
            return None
        try:
            return self._looked_for(until_s)
        finally:
            self._looking.release()

    def _looked_for(self, until_s: float) -> filelock.BaseFileLock | None:
        while True:
            # In any order: those who look at the same moment would all stop at the same place.
            for number in random.sample(range(self._count), self._count):
                lock = filelock.FileLock(self._folder / f"slot-{number}.lock", timeout=0)
                with contextlib.suppress(filelock.Timeout):
                    lock.acquire()
                    return lock
            if time.monotonic() > until_s:
                return None
            time.sleep(random.uniform(*_LOOK_S))  # noqa: S311 -- no secret
