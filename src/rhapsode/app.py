"""Build and wire everything for one data directory."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rhapsode.rendering.conversions import Rendering
from rhapsode.rendering.pool import RenderPool
from rhapsode.storage.check import adopt_unknown_packs
from rhapsode.storage.directory import DataDirectory
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.records import Records


@dataclass(frozen=True, slots=True)
class App:
    """What a command works with, as long as it has the data directory to itself."""

    directory: DataDirectory
    records: Records
    blobs: LocalBlobs
    pool: RenderPool
    rendering: Rendering


@contextlib.contextmanager
def open_app(data: Path, *, command: str, process_count: int | None = None) -> Iterator[App]:
    """Take the data directory and open what is in it; let go of everything at the end.

    command: what others are told who want the directory meanwhile.
    Raises: DataDirectoryInUse; DataDirectoryRefused; DataDamaged; StorageFull.
    """
    with DataDirectory.open(data, command) as directory:
        records = Records.open_sqlite(directory.records_path)
        pool = RenderPool(process_count or available_cores())
        blobs = LocalBlobs(directory.blobs_path)
        try:
            adopt_unknown_packs(records, blobs)
            yield App(directory, records, blobs, pool, Rendering(records, blobs, pool))
        finally:
            pool.stop()
            records.close()


def available_cores() -> int:
    """Cores this process may run on, which a container limits."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
