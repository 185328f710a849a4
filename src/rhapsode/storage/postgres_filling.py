"""A database of Postgres that a restore fills."""

import contextlib
from collections.abc import Iterator

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.migration import find_revision
from rhapsode.storage.postgres import MIGRATION_LOCK, PostgresDatabase, translated_opening
from rhapsode.studio.errors import DataDirectoryRefused


class EmptyPostgres:
    """A database in which nothing has been kept yet. url: as Records.open_postgres takes it."""

    def __init__(self, url: str) -> None:
        self._url = url

    def check(self) -> None:
        """Raises: DataDirectoryRefused, when it isn't empty or can't be opened; RecordsUnavailable."""
        with self.filling():
            pass

    def is_filled_for(self, installation_id: str) -> bool:
        """Whether the records there are those of an installation, which came with them in one transaction.

        Raises: DataDirectoryRefused, when it can't be opened; RecordsUnavailable.
        """
        installation = schema.installation
        with (
            translated_opening(),
            contextlib.closing(PostgresDatabase(self._url)) as database,
            database.reading() as (connection, _),
        ):
            if not sa.inspect(connection).has_table(installation.name):
                return False
            found = connection.execute(sa.select(installation.c.installation_id)).scalars().all()
            return found == [installation_id]

    @contextlib.contextmanager
    def filling(self) -> Iterator[tuple[sa.Connection, int]]:
        """A transaction, as `Database.writing` has it, during which no process makes records there of its own.

        Raises: as `check` does.
        """
        with contextlib.ExitStack() as stack:
            with translated_opening():
                database = PostgresDatabase(self._url)
                stack.callback(database.close)
                connection, now_ms = stack.enter_context(database.writing(MIGRATION_LOCK))
                if find_revision(connection) is not None:
                    msg = "The database has records already, and a restore would mix the two. Choose an empty one."
                    raise DataDirectoryRefused(msg)
            yield connection, now_ms
