"""Records on SQLite: connections, and what its errors mean.

One connection writes. Readers have connections of their own, which never wait for it.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool
from sqlalchemy.util import LRUCache

from rhapsode.studio.errors import DataDamaged, DataDirectoryInUse, DataDirectoryRefused, StorageFull

_log = structlog.get_logger()
_BUSY_TIMEOUT_MS = 30_000
_READER_CONNECTIONS = 16
# Of each: what is asked for again is in the memory of the system, and 16 times the usual 2 MiB would stay taken.
_READER_CACHE_KIB = 512
# SQLite calls only "no space left" full; a quota or a limit on the size of files comes as one of the others.
_FULL = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_SHMSIZE,
}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_REFUSED = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}


class _OneDialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's own, but all are equal: what was compiled for one connection serves every other.

    To compile a statement takes 3 ms, which readers and writer of a process would each need for theirs.
    """

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _OneDialect)

    def __hash__(self) -> int:
        return hash(_OneDialect)


sa.dialects.registry.register("sqlite.rhapsode", __name__, _OneDialect.__name__)
_compiled: LRUCache[Any, Any] = LRUCache(1000)


def sqlite_engine(path: Path, *, writes: bool) -> sa.Engine:
    """Connections to a database file: the one that writes, which makes the file, or those that read."""
    engine = sa.create_engine(
        sa.URL.create("sqlite+rhapsode", database=str(path)),
        poolclass=QueuePool,
        pool_size=1 if writes else _READER_CONNECTIONS,
        max_overflow=0,
        connect_args={"check_same_thread": False},
        # Errors are logged, and parameters are texts, secrets of webhooks and tokens of players.
        hide_parameters=True,
        execution_options={"compiled_cache": _compiled},
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
    return [*common, "query_only = ON", "wal_autocheckpoint = 0", f"cache_size = -{_READER_CACHE_KIB}"]


def can_damage_wal(version: tuple[int, ...]) -> bool:
    """Whether this SQLite can damage a database that two connections write or checkpoint at the same moment.

    Source: sqlite.org/wal.html, The WAL-Reset Bug: mended in 3.51.3, and in 3.50.7 and 3.44.6 of older lines.
    """
    mended_in_its_line = {(3, 50): 7, (3, 44): 6}.get((version[0], version[1]))
    return version < (3, 51, 3) and (mended_in_its_line is None or version[2] < mended_in_its_line)


def note_old_version() -> None:
    """Log what an old SQLite means, once at the start of a server: nothing, unless somebody else writes its files."""
    if can_damage_wal(sqlite3.sqlite_version_info):
        _log.info(
            "sqlite.old",
            version=sqlite3.sqlite_version,
            meaning="Another program that writes to Rhapsode's databases while it runs could damage them: open them"
            " only to read, or while nothing runs. Rhapsode writes each through one connection. 3.51.3 mends it.",
        )


def find_damage(connection: sa.Connection) -> list[str]:
    """What the database finds wrong with its own file and its foreign keys; empty when all is well."""
    try:
        answers = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    except DBAPIError as error:
        if _primary_code(error) not in _DAMAGED:
            raise
        return [str(error.orig)]
    lost = {(table, parent) for table, _, parent, _ in orphans}
    return [
        *(str(answer) for answer in answers if answer != "ok"),
        *(f"rows of {table} refer to rows of {parent} that are missing" for table, parent in sorted(lost)),
    ]


def copy_database(connection: sa.Connection, target: Path) -> None:
    """Copy all of a database, as the connection sees it, to a file that isn't there.

    Raises: StorageFull; DataDamaged, when it can't be read.
    """
    opened = connection.connection.driver_connection
    assert isinstance(opened, sqlite3.Connection)
    try:
        with contextlib.closing(sqlite3.connect(target)) as copy:
            opened.backup(copy)
    except sqlite3.Error as error:
        if error.sqlite_errorcode in _FULL:
            msg = f"There is no space left for {target.name}, a copy of the records before they are migrated."
            raise StorageFull(msg) from error
        if error.sqlite_errorcode & 0xFF in _DAMAGED:
            msg = f"The records are damaged: {error}."
            raise DataDamaged(msg) from error
        raise


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Let errors of the database that have a meaning for people come out as ours."""
    try:
        yield
    except DBAPIError as error:
        code = _primary_code(error)
        if getattr(error.orig, "sqlite_errorcode", None) in _FULL:
            msg = "There is no space left for the records; nothing of the last step was kept."
            raise StorageFull(msg) from error
        if code in _DAMAGED:
            msg = f"The records are damaged: {error.orig}."
            raise DataDamaged(msg) from error
        if code in _BUSY:
            msg = "Another program keeps the records locked."
            raise DataDirectoryInUse(msg) from error
        raise


@contextlib.contextmanager
def translated_opening(path: Path) -> Iterator[None]:
    """The same while a database is opened, when one that can't be written is a matter of permissions."""
    try:
        with translated():
            yield
    except DBAPIError as error:
        if _primary_code(error) in _REFUSED:
            msg = f"The records in {path} can't be opened for writing: {error.orig}."
            raise DataDirectoryRefused(msg) from error
        raise


def _primary_code(error: DBAPIError) -> int | None:
    """SQLite's kind of error; its own codes add the place where it happened in the higher bits."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
