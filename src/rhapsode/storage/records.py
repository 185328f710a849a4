"""Records: transactions on the tables of schema.py, on SQLite or Postgres.

Synchronous on purpose (docs/decisions/0007): workflow steps and commands are threads; an event loop calls
these functions in a thread. A transaction belongs to one workspace, and every query names it.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from rhapsode.storage import schema, sqlite
from rhapsode.storage.migration import bring_up_to_date
from rhapsode.storage.rows import insert_or_ignore
from rhapsode.studio.ids import WorkspaceId

DEFAULT_WORKSPACE_ID = WorkspaceId("default")


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction in one workspace; `now_ms` is the same for all it writes."""

    connection: sa.Connection
    workspace_id: WorkspaceId
    now_ms: int


class Records:
    """The tables of one installation, for any number of threads.

    A thread has one transaction at a time: a second `write` inside a `write` would wait for itself.
    """

    def __init__(self, writer: sa.Engine, reader: sa.Engine) -> None:
        self._writer = writer
        self._reader = reader
        # SQLite has one writer: waiting here costs nothing, waiting inside SQLite costs busy retries.
        self._write_lock = threading.Lock() if writer.dialect.name == "sqlite" else contextlib.nullcontext()

    @classmethod
    def open_sqlite(cls, path: Path) -> "Records":
        """Open or create the database file and bring it to the newest schema.

        Raises: DataDirectoryRefused when a newer version has migrated it or it can't be written; DataDamaged
        when it isn't a database; StorageFull.
        """
        records = cls(sqlite.sqlite_engine(path, writes=True), sqlite.sqlite_engine(path, writes=False))
        try:
            with sqlite.translated_opening(path):
                records.migrate()
        except BaseException:
            records.close()
            raise
        return records

    def migrate(self) -> None:
        """Bring the database to the newest schema with the default workspace, or leave it as it was.

        Raises: DataDirectoryRefused when a newer version has migrated it.
        """
        with self._write_lock, self._writer.begin() as connection:
            bring_up_to_date(connection)
        with self.write(DEFAULT_WORKSPACE_ID) as tx:
            ensure_workspace(tx)

    @contextlib.contextmanager
    def write(self, workspace_id: WorkspaceId) -> Iterator[Transaction]:
        """A writing transaction: committed and on disk when the block ends, rolled back when it raises.

        Raises: StorageFull, with nothing of the transaction kept; DataDamaged; DataDirectoryInUse when a foreign
        program has kept the database locked for half a minute.
        """
        with self._write_lock, sqlite.translated(), self._writer.begin() as connection:
            yield Transaction(connection, workspace_id, _now_ms())

    @contextlib.contextmanager
    def read(self, workspace_id: WorkspaceId) -> Iterator[Transaction]:
        """A reading transaction: sees one state of all tables, whatever is written meanwhile, and can't write.

        Raises: DataDamaged.
        """
        with sqlite.translated(), self._reader.connect() as connection:
            yield Transaction(connection, workspace_id, _now_ms())

    def find_damage(self) -> list[str]:
        """What the database itself finds wrong with its file; empty when all is well."""
        with self._reader.connect() as connection:
            return sqlite.find_damage(connection) if connection.dialect.name == "sqlite" else []

    def close(self) -> None:
        """Close every connection. The writer is last, so that it is the one that empties the WAL."""
        self._reader.dispose()
        self._writer.dispose()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def ensure_workspace(tx: Transaction) -> None:
    """Make the transaction's workspace where there is none."""
    values = {"workspace_id": tx.workspace_id, "name": tx.workspace_id, "created_at_ms": tx.now_ms}
    tx.connection.execute(insert_or_ignore(tx.connection, schema.workspaces), values)


def list_workspaces(records: Records) -> list[WorkspaceId]:
    """Every workspace of the installation."""
    workspace_id = schema.workspaces.c.workspace_id
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        return list(tx.connection.execute(sa.select(workspace_id).order_by(workspace_id)).scalars())
