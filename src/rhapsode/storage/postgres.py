"""Records on Postgres: connections for any number of processes, and what its errors mean.

Everything that is decided in a transaction was thought out for SQLite, whose writers follow one another. Here those
of a workspace do, by an advisory lock on its name that ends with the transaction (docs/decisions/0054).
Source: postgresql.org/docs/current: 9.28.10 (advisory locks), appendix A (error codes), 20.2 and 20.11 (time-outs).
"""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.adapt import Buffer, Loader
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from rhapsode.storage import schema
from rhapsode.storage.database import COMMON
from rhapsode.storage.migration import bring_up_to_date, find_revision
from rhapsode.storage.postgres_session import records_session
from rhapsode.studio.errors import (
    DataDamaged,
    DataDirectoryRefused,
    InvalidInput,
    RecordsUnavailable,
    StorageFull,
)

_WRITERS, _READERS, _COMMON = 4, 8, 2
"""Connections of one process at most. A server of Postgres has a hundred for all, unless it is told otherwise.

What is common has its own: it is written within a moment, and those who wait for a workspace would keep this process
from saying that it lives."""
_CONNECTION_WAIT_S = 30.0
_RETURN_WAIT_S = 5.0
"""So long a transaction that hasn't begun waits for a database that is away: what a restart takes."""
_RETURN_LOOK_S = 0.1

MIGRATION_LOCK = f"{COMMON}migration"
"""Of whoever makes or changes the tables."""

# The lock first: the time is when it was given.
_LOCK = sa.text(
    "SELECT pg_advisory_xact_lock(hashtextextended(:workspace_id, 0)), "
    "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
)

_WAIT_ON = sa.text("SET LOCAL lock_timeout = 0")
"""A migration of much takes minutes, and whoever opens the records meanwhile waits for it."""

_LOCKED = "55P03"
_GONE_CLASSES = {"08", "40", "57", "58"}  # connections, rolled back, ended by an operator, of the system
_GONE = {"53200", "53300", _LOCKED}  # memory, connections, a lock
_FULL = {"53100"}
_DAMAGED = {"XX001", "XX002"}
_REFUSED_CLASSES = {"28", "3D", "42"}  # who asks, what for, what they may


class _WholeNumber(Loader):
    """A sum of whole numbers, which Postgres calls numeric; no column is of that type."""

    def load(self, data: Buffer) -> int:
        return int(bytes(data))


class PostgresDatabase:
    """A database that any number of processes have: see storage.database.

    migrates: whether one that an older version has made is brought to the newest schema. Otherwise only an empty one
      is: other processes may still be of the older version.
    """

    def __init__(self, url: str, *, migrates: bool = False) -> None:
        self._migrates = migrates
        self._writer = _engine(url, connections=_WRITERS)
        self._reader = _engine(url, connections=_READERS).execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._common = _engine(url, connections=_COMMON)
        self._began_at_ms = time.time_ns() // 1_000_000 - _elapsed_ms()

    @contextlib.contextmanager
    def writing(self, lock: str) -> Iterator[tuple[sa.Connection, int]]:
        """See Database."""
        engine = self._common if lock.startswith(COMMON) else self._writer
        with translated(), _connected(engine) as connection, connection.begin():
            if lock == MIGRATION_LOCK:
                connection.execute(_WAIT_ON)
            _, now_ms = connection.execute(_LOCK, {"workspace_id": lock}).one()
            # Machines have clocks of their own, which may be set at any moment. All that is written is dated by that
            # of the database, and from there on time only passes.
            self._began_at_ms = now_ms - _elapsed_ms()
            yield connection, now_ms

    @contextlib.contextmanager
    def reading(self) -> Iterator[tuple[sa.Connection, int]]:
        """See Database."""
        with translated(), _connected(self._reader) as connection:
            yield connection, self._began_at_ms + _elapsed_ms()

    def migrate(self) -> None:
        """See Database. Raises also: DataDirectoryRefused, when it isn't to be migrated, or can't be opened."""
        with translated_opening(), self.writing(MIGRATION_LOCK) as (connection, _):
            revision = find_revision(connection)
            if revision is not None and revision < schema.REVISION and not self._migrates:
                msg = "The database is of an older version of Rhapsode. `rhapsode migrate` brings it to this one."
                raise DataDirectoryRefused(msg)
            bring_up_to_date(connection)

    def find_damage(self) -> list[str]:
        """See Database: it has no way to tell, but `pg_amcheck` has."""
        return []

    def size_bytes(self) -> int:
        """See Database: all tables and indexes, those of the job engine too."""
        with self.reading() as (connection, _):
            return int(
                connection.scalar(sa.select(sa.func.pg_database_size(sa.func.current_database()))) or 0
            )

    def close(self) -> None:
        """See Database."""
        for engine in (self._reader, self._writer, self._common):
            engine.dispose()


def _engine(url: str, *, connections: int) -> sa.Engine:
    engine = sa.create_engine(
        sa.make_url(url).set(drivername="postgresql+psycopg"),
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=_CONNECTION_WAIT_S,
        pool_pre_ping=True,
        # Errors are logged, and parameters are texts, secrets of webhooks and tokens of players.
        hide_parameters=True,
        connect_args=records_session(),
    )

    sa.event.listen(engine, "handle_error", _leave_out_values)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: psycopg.Connection[Any], _record: Any) -> None:
        connection.adapters.register_loader("numeric", _WholeNumber)

    return engine


def _leave_out_values(context: sa.ExceptionContext) -> None:
    """Let an error say what was wrong without the details, in which the server quotes rows: errors are logged."""
    error, translation = context.original_exception, context.sqlalchemy_exception
    if not isinstance(error, psycopg.Error) or error.diag.message_primary is None:
        return
    whole, brief = str(error), error.diag.message_primary
    error.args = (brief,)
    if translation is not None:
        translation.args = tuple(
            said.replace(whole, brief) if isinstance(said, str) else said for said in translation.args
        )


@contextlib.contextmanager
def _connected(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection, which is waited for while the database is being started again."""
    until_s = time.monotonic() + _RETURN_WAIT_S
    while True:
        try:
            connection = engine.connect()
            break
        except DBAPIError as error:
            if not _is_gone(error) or time.monotonic() >= until_s:
                raise
            time.sleep(_RETURN_LOOK_S)
    with connection:
        yield connection


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Let errors of the database that have a meaning for people come out as ours."""
    try:
        yield
    except PoolTimeout as error:
        msg = "The database has no connection left for this; try again in a moment."
        raise RecordsUnavailable(msg) from error
    except DBAPIError as error:
        code = _code_of(error)
        if code in _FULL:
            msg = "There is no space left for the records; nothing of the last step was kept."
            raise StorageFull(msg) from error
        if code in _DAMAGED:
            msg = f"The records are damaged: {error.orig}."
            raise DataDamaged(msg) from error
        if code == _LOCKED:
            msg = "Others have kept what this needs locked for too long; try again in a moment."
            raise RecordsUnavailable(msg) from error
        if _is_gone(error):
            msg = "The database can't be reached."
            raise RecordsUnavailable(msg) from error
        if isinstance(error.orig, psycopg.DataError) and "NUL" in str(error.orig):
            msg = "A text with the character NUL in it can't be kept. Take it out."
            raise InvalidInput(msg) from error
        raise


@contextlib.contextmanager
def translated_opening() -> Iterator[None]:
    """The same while a database is opened, when one that can't be used is a matter of the address or of rights."""
    try:
        yield
    except RecordsUnavailable as error:
        msg = f"The database can't be opened: {_words_of(error.__cause__)}"
        raise RecordsUnavailable(msg) from error
    except DBAPIError as error:
        if _code_of(error)[:2] in _REFUSED_CLASSES:
            msg = f"The database can't be opened: {_words_of(error)}"
            raise DataDirectoryRefused(msg) from error
        raise


def _words_of(error: BaseException | None) -> str:
    """What the driver says, in one line, without what was asked."""
    said = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(str(said).split())


def _is_gone(error: DBAPIError) -> bool:
    """Whether another attempt may succeed, when the database is back or others have ended."""
    code = _code_of(error)
    is_lost = error.connection_invalidated or (isinstance(error.orig, psycopg.OperationalError) and not code)
    return is_lost or code in _GONE or code[:2] in _GONE_CLASSES


def _code_of(error: DBAPIError) -> str:
    """SQLSTATE; empty where there was no server to give one."""
    return getattr(error.orig, "sqlstate", None) or ""


def _elapsed_ms() -> int:
    return time.monotonic_ns() // 1_000_000
