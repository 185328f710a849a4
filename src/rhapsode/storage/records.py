"""Records: transactions on the tables of schema.py, on SQLite or Postgres.

Synchronous on purpose (docs/decisions/0007): workflow steps and commands are threads; an event loop calls
these functions in a thread. A transaction belongs to one workspace, and every query names it.
"""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from rhapsode.storage import schema
from rhapsode.studio.errors import DataDamaged, DataDirectoryRefused, StorageFull
from rhapsode.studio.ids import WorkspaceId

DEFAULT_WORKSPACE_ID = WorkspaceId("default")
_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_TIMEOUT_MS = 30_000
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction in one workspace; `now_ms` is the same for all it writes."""

    connection: sa.Connection
    workspace_id: WorkspaceId
    now_ms: int


class Records:
    """The tables of one installation."""

    def __init__(self, writer: sa.Engine, reader: sa.Engine) -> None:
        self._writer = writer
        self._reader = reader
        # SQLite has one writer: waiting here costs nothing, waiting inside SQLite costs busy retries.
        self._write_lock = threading.Lock() if writer.dialect.name == "sqlite" else contextlib.nullcontext()

    @classmethod
    def open_sqlite(cls, path: Path) -> "Records":
        """Open or create the database file and bring it to the newest schema.

        Raises: DataDirectoryRefused when a newer version has migrated it; DataDamaged when it isn't a database.
        """
        records = cls(_sqlite_engine(path, writes=True), _sqlite_engine(path, writes=False))
        with _translated():
            records.migrate()
        return records

    def migrate(self) -> None:
        """Bring the database to the newest schema, or leave it as it was; make the default workspace."""
        with self._write_lock, self._writer.connect() as connection:
            config = migration_config(connection)
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                msg = "The records were written by a newer version of Rhapsode; this one can't read them."
                raise DataDirectoryRefused(msg) from error
            connection.commit()
        with self.write(DEFAULT_WORKSPACE_ID) as tx:
            ensure_workspace(tx)

    @contextlib.contextmanager
    def write(self, workspace_id: WorkspaceId) -> Iterator[Transaction]:
        """A writing transaction: committed and on disk when the block ends, rolled back when it raises.

        Raises: StorageFull, with nothing of the transaction kept.
        """
        with self._write_lock, _translated(), self._writer.begin() as connection:
            yield Transaction(connection, workspace_id, time.time_ns() // 1_000_000)

    @contextlib.contextmanager
    def read(self, workspace_id: WorkspaceId) -> Iterator[Transaction]:
        """A reading transaction: sees one state of all tables; writes in it are refused."""
        with _translated(), self._reader.connect() as connection:
            yield Transaction(connection, workspace_id, time.time_ns() // 1_000_000)

    def find_damage(self) -> list[str]:
        """What the database itself finds wrong with its file; empty when all is well."""
        with self._reader.connect() as connection:
            if connection.dialect.name != "sqlite":
                return []
            answers = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        return [str(answer) for answer in answers if answer != "ok"]

    def close(self) -> None:
        """Close every connection. The writer is last, so that it is the one that empties the WAL."""
        self._reader.dispose()
        self._writer.dispose()


def ensure_workspace(tx: Transaction) -> None:
    """Make the transaction's workspace where there is none."""
    table = schema.workspaces
    known = sa.select(table.c.workspace_id).where(table.c.workspace_id == tx.workspace_id)
    if tx.connection.execute(known).first() is None:
        tx.connection.execute(
            table.insert().values(workspace_id=tx.workspace_id, name=tx.workspace_id, created_at_ms=tx.now_ms)
        )


def list_workspaces(records: Records) -> list[WorkspaceId]:
    """Every workspace of the installation."""
    with records.read(DEFAULT_WORKSPACE_ID) as tx:
        return list(tx.connection.execute(sa.select(schema.workspaces.c.workspace_id)).scalars())


def migration_config(connection: sa.Connection) -> Config:
    """Alembic's configuration for the migrations of this package on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _sqlite_engine(path: Path, *, writes: bool) -> sa.Engine:
    engine = sa.create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=1 if writes else 4,
        max_overflow=0 if writes else 12,
        connect_args={"check_same_thread": False},
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's begin is replaced below
        for pragma in _pragmas(writes=writes):
            connection.execute(f"PRAGMA {pragma}").close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A deferred transaction that turns into a writing one fails under load instead of waiting.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _pragmas(*, writes: bool) -> list[str]:
    common = [f"busy_timeout = {_BUSY_TIMEOUT_MS}", "foreign_keys = ON"]
    if writes:
        return [*common, "journal_mode = WAL", "synchronous = FULL"]
    # Only the writer checkpoints: SQLite before 3.51.3 can damage the WAL when two connections do.
    return [*common, "query_only = ON", "wal_autocheckpoint = 0"]


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        code = getattr(error.orig, "sqlite_errorcode", None)
        if code in _FULL:
            msg = "There is no space left for the records; nothing of the last step was kept."
            raise StorageFull(msg) from error
        if code in _DAMAGED:
            msg = f"The records are damaged: {error.orig}."
            raise DataDamaged(msg) from error
        raise
