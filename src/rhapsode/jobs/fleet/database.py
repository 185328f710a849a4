"""The fleet's database: connections that wait while it is away, and locks that nobody holds who has stopped."""

import contextlib
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import OperationalError

from rhapsode.studio.errors import RecordsUnavailable

CLAIM_LOCK, RESCUE_LOCK = 7_404_201, 7_404_202
"""Names of advisory locks, the same in all processes. Source: pg_advisory_xact_lock(bigint)."""

_RETRY_S = 0.5
_POOL_SIZE, _MOST_CONNECTIONS = 5, 20


class FleetDatabase:
    """One process' connections.

    A connection that is wanted while the database is away comes when it is back. So the job engine, which tries again
    after pauses of up to a minute, is never told that it can't connect, and goes on at once.
    url: as `Records.open_postgres` takes it.
    parameters: what each connection is begun with, by the names of libpq.
    """

    def __init__(self, url: str, parameters: Mapping[str, str | int]) -> None:
        self._is_patient = False
        self._closed = threading.Event()
        self.engine = sa.create_engine(
            sa.make_url(url).set(drivername="postgresql+psycopg"),
            connect_args=dict(parameters),
            pool_size=_POOL_SIZE,
            max_overflow=_MOST_CONNECTIONS - _POOL_SIZE,
            # Who waits behind those who wait for the database waits as long as they do.
            pool_timeout=24 * 3600,
            # Errors are logged.
            hide_parameters=True,
        )
        sa.event.listen(self.engine, "do_connect", self._connect)

    def open(self) -> None:
        """See that it is there. From now on it is waited for. Raises: RecordsUnavailable."""
        try:
            with self.engine.connect():
                self._is_patient = True
        except OperationalError as error:
            msg = "The database can't be reached."
            raise RecordsUnavailable(msg) from error

    def give_up(self) -> None:
        """Wait for it no longer: whoever wants a connection gets one now or never."""
        self._closed.set()

    def close(self) -> None:
        """Let go of all connections, when nobody uses any."""
        self.give_up()
        self.engine.dispose()

    @contextlib.contextmanager
    def alone(self, lock: int, *, wait_ms: int) -> Iterator["Alone | None"]:
        """Be the only one of all processes in a block with this lock; None when another one is.

        A process that is stopped in there loses it after some seconds.
        wait_ms: how long others are waited for, at least 1.
        """
        with self.engine.connect() as connection, connection.begin():
            try:
                connection.execute(sa.text(f"SET LOCAL lock_timeout = {int(wait_ms)}"))
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                    raise
                connection.rollback()
                yield None
                return
            yield Alone(connection)

    def _connect(self, dialect: Dialect, _record: Any, arguments: Any, options: Any) -> Any:
        while True:
            try:
                return dialect.connect(*arguments, **options)
            except dialect.loaded_dbapi.OperationalError:
                if not self._is_patient or self._closed.wait(_RETRY_S):
                    raise


class Alone:
    """A lock that this process has."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def check(self) -> None:
        """See that it still has it: it may have been stopped meanwhile. Raises: OperationalError."""
        self._connection.execute(sa.select(1))

    def now_ms(self) -> int:
        """What time it is in Unix milliseconds, by the clock that dates works."""
        seconds = sa.func.extract("epoch", sa.func.clock_timestamp())
        return int(self._connection.execute(sa.select(seconds * 1000)).scalar_one())


_LOCK_NOT_AVAILABLE = "55P03"
"""Source: PostgreSQL's error codes, lock_not_available."""
