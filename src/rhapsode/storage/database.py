"""What records need of a database. storage.sqlite and storage.postgres each have it in their way."""

from contextlib import AbstractContextManager
from typing import Protocol

import sqlalchemy as sa

COMMON = "rhapsode/"
"""What the locks begin with of what belongs to no workspace."""


class Database(Protocol):
    """Connections to one database, for any number of threads.

    Whatever a method does may raise StorageFull, DataDamaged, DataDirectoryInUse and RecordsUnavailable, which are
    what its own errors mean to people.
    """

    def writing(self, lock: str) -> AbstractContextManager[tuple[sa.Connection, int]]:
        """A connection in a transaction that is committed and on disk when the block ends, and what time it is.

        lock: of two transactions with the same one, of whatever process, the second begins when the first has ended.
        The time is in Unix milliseconds, by the same clock for all who write.
        """

    def reading(self) -> AbstractContextManager[tuple[sa.Connection, int]]:
        """A connection in a transaction that sees one state of all tables and can't write, and what time it is."""

    def migrate(self) -> None:
        """Bring the database to the newest schema, or leave it as it was.

        Raises also: DataDirectoryRefused, when a newer version has migrated it.
        """

    def find_damage(self) -> list[str]:
        """What the database itself finds wrong with its files; empty when all is well, or it has no way to tell."""

    def size_bytes(self) -> int:
        """What it takes on its disk."""

    def close(self) -> None:
        """Close every connection."""
