"""The records of one machine: a file of SQLite as storage.database wants it."""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from rhapsode.storage.earlier_records import copy_before_migration, remove_old_copies
from rhapsode.storage.migration import bring_up_to_date
from rhapsode.storage.sqlite import find_damage, sqlite_engine, translated, translated_opening


class SqliteDatabase:
    """A database file, made when there is none: see storage.database. One process has it to itself.

    Raises (when it is opened): DataDirectoryRefused, when it can't be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = sqlite_engine(path, writes=True)
        self._reader = sqlite_engine(path, writes=False)
        # SQLite has one writer: waiting here costs nothing, waiting inside SQLite costs busy retries.
        self._write_lock = threading.Lock()

    @contextlib.contextmanager
    def writing(self, lock: str) -> Iterator[tuple[sa.Connection, int]]:  # noqa: ARG002 -- all exclude each other
        """See Database."""
        with self._write_lock, translated(), self._writer.begin() as connection:
            yield connection, _now_ms()

    @contextlib.contextmanager
    def reading(self) -> Iterator[tuple[sa.Connection, int]]:
        """See Database."""
        with translated(), self._reader.connect() as connection:
            yield connection, _now_ms()

    def migrate(self) -> None:
        """See Database; one that is older is copied before.

        Raises also: DataDirectoryRefused, when it can't be written.
        """
        with translated_opening(self._path):
            if self._path.exists():
                with self._reader.connect() as connection:
                    copy_before_migration(connection, self._path)
            with self._write_lock, self._writer.begin() as connection:
                bring_up_to_date(connection)
        remove_old_copies(self._path)

    def find_damage(self) -> list[str]:
        """See Database."""
        with self._reader.connect() as connection:
            return find_damage(connection)

    def size_bytes(self) -> int:
        """See Database: all of SQLite's files in its folder, copies and the job engine's too."""
        return sum(path.stat().st_size for path in self._path.parent.glob("*.sqlite3*"))

    def close(self) -> None:
        """Close every connection. The writer is last, so that it is the one that empties the WAL."""
        self._reader.dispose()
        self._writer.dispose()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
