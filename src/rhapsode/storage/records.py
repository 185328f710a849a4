"""Records: transactions on the tables of schema.py, on SQLite or Postgres.

Synchronous on purpose (docs/decisions/0007): workflow steps and commands are threads; an event loop calls
these functions in a thread. A transaction belongs to one workspace, and every query names it.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.database import COMMON, Database
from rhapsode.storage.news import News
from rhapsode.storage.rows import insert_or_ignore
from rhapsode.storage.sqlite_database import SqliteDatabase
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

    Writing transactions of a workspace follow one another, whichever processes they are of: what one reads stays so
    until it ends. Those of different workspaces may run beside each other where the database can do that.
    A thread has one transaction at a time: a second `write` inside a `write` would wait for itself.
    commits: tells of each workspace that something of it was committed in this process.
    is_shared: whether other processes may write too.
    """

    def __init__(self, database: Database, *, is_shared: bool = False) -> None:
        self._database = database
        self.commits = News[WorkspaceId]()
        self.is_shared = is_shared

    @classmethod
    def open_sqlite(cls, path: Path) -> "Records":
        """Open or create the database file and bring it to the newest schema; one that is older is copied before.

        Raises: DataDirectoryRefused when a newer version has migrated it or it can't be written; DataDamaged
        when it isn't a database; StorageFull.
        """
        return cls._opened(SqliteDatabase(path))

    @classmethod
    def open_postgres(cls, url: str, *, migrates: bool = False) -> "Records":
        """Open a database of Postgres, and bring it to the newest schema when it is empty, or `migrates`.

        url: as in "postgresql://user:password@host/database".
        Raises: DataDirectoryRefused, when another version has migrated it or it can't be opened; RecordsUnavailable.
        """
        # The driver is an extra, which one machine alone doesn't need.
        from rhapsode.storage.postgres import PostgresDatabase

        return cls._opened(PostgresDatabase(url, migrates=migrates), is_shared=True)

    @classmethod
    def _opened(cls, database: Database, *, is_shared: bool = False) -> "Records":
        records = cls(database, is_shared=is_shared)
        try:
            records.migrate()
        except BaseException:
            records.close()
            raise
        return records

    def size_bytes(self) -> int:
        """What the database takes on its disk."""
        return self._database.size_bytes()

    def migrate(self) -> None:
        """Bring the database to the newest schema with the default workspace, or leave it as it was.

        Raises: DataDirectoryRefused when a newer version has migrated it.
        """
        self._database.migrate()
        with self.write(DEFAULT_WORKSPACE_ID) as tx:
            ensure_workspace(tx)

    @contextlib.contextmanager
    def write(self, workspace_id: WorkspaceId) -> Iterator[Transaction]:
        """A writing transaction: committed and on disk when the block ends, rolled back when it raises.

        Raises: StorageFull, with nothing of the transaction kept; DataDamaged; DataDirectoryInUse when a foreign
        program has kept the database locked for half a minute; RecordsUnavailable, after which nobody knows whether
        it was kept.
        """
        with self._database.writing(workspace_id) as (connection, now_ms):
            yield Transaction(connection, workspace_id, now_ms)
        self.commits.tell(workspace_id)

    @contextlib.contextmanager
    def read(self, workspace_id: WorkspaceId) -> Iterator[Transaction]:
        """A reading transaction: sees one state of all tables, whatever is written meanwhile, and can't write.

        Raises: DataDamaged; RecordsUnavailable.
        """
        with self._database.reading() as (connection, now_ms):
            yield Transaction(connection, workspace_id, now_ms)

    @contextlib.contextmanager
    def write_common(self, what: str) -> Iterator[Transaction]:
        """A writing transaction on what belongs to no workspace. what: of which one follows another, as for `write`.

        Raises: as `write` does.
        """
        with self._database.writing(f"{COMMON}{what}") as (connection, now_ms):
            yield Transaction(connection, DEFAULT_WORKSPACE_ID, now_ms)

    def find_damage(self) -> list[str]:
        """What the database itself finds wrong with its files; empty when all is well."""
        return self._database.find_damage()

    def close(self) -> None:
        """Close every connection."""
        self._database.close()


def current_ms(records: Records) -> int:
    """What time it is in Unix milliseconds, by the clock that dates what is written."""
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        return tx.now_ms


def exclude_others(tx: Transaction, what: str) -> None:
    """Wait for the end of every transaction, of whatever workspace, that has excluded others from the same.

    They wait for the end of this one. For what workspaces share: within one, transactions follow each other anyway.
    """
    if tx.connection.dialect.name != "sqlite":
        name = sa.func.hashtextextended(f"{COMMON}{what}", 0)
        tx.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(name)))


def check_alone(tx: Transaction) -> None:
    """See that a transaction still keeps others from what it excludes them from.

    Before anything that no rollback takes back: a process that stood still, or has waited for a store, may have lost
    its session meanwhile, with all locks.    Raises: as `Records.write` does.
    """
    tx.connection.execute(sa.select(1))


def ensure_workspace(tx: Transaction) -> None:
    """Make the transaction's workspace where there is none."""
    values = {"workspace_id": tx.workspace_id, "name": tx.workspace_id, "created_at_ms": tx.now_ms}
    tx.connection.execute(insert_or_ignore(tx.connection, schema.workspaces), values)


def list_workspaces(records: Records) -> list[WorkspaceId]:
    """Every workspace of the installation, but for those that were deleted."""
    workspace = schema.workspaces.c
    query = sa.select(workspace.workspace_id).where(workspace.deleted_at_ms.is_(None))
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        return list(tx.connection.execute(query.order_by(workspace.workspace_id)).scalars())
