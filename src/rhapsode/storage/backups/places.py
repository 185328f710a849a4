"""Where a restore brings a backup: a data directory, or a database and a store that several processes share."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from rhapsode.storage.backups.rows import insert_rows
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.directory import DataDirectory
from rhapsode.storage.files import move_durably
from rhapsode.storage.history_index import empty_index, fill_index, is_indexed
from rhapsode.storage.members import insert_installation
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, list_workspaces
from rhapsode.storage.shared import begin_shared, find_shared, refuse_shared
from rhapsode.storage.sqlite import sqlite_engine, translated
from rhapsode.storage.stores import open_blobs
from rhapsode.studio.errors import DataDirectoryRefused

_UNFINISHED = "records.restoring.sqlite3"


class RestorePlace(Protocol):
    """Where blobs and records come to be. What is there of a restore that was killed is gone on with."""

    def open_blobs(self) -> Blobs:
        """The store, for which nobody has written anything else.

        Raises: DataDirectoryRefused; InvalidInput; ObjectStoreFailed; RecordsUnavailable; StorageFull.
        """

    def make_records(self, revision: str, stretches: Iterable[bytes]) -> None:
        """The records, all of them or none. revision, stretches: see `rows.insert_rows`.

        Raises: as `open_blobs` does.
        """


class DirectoryPlace:
    """A data directory that has its records itself: see RestorePlace."""

    def __init__(self, directory: DataDirectory, blobs_url: str | None) -> None:
        self._directory = directory
        self._blobs_url = blobs_url

    def open_blobs(self) -> Blobs:
        """See RestorePlace."""
        refuse_shared(self._directory)
        self._directory.records_path.unlink(missing_ok=True)
        return open_blobs(self._directory, self._blobs_url)

    def make_records(self, revision: str, stretches: Iterable[bytes]) -> None:
        """See RestorePlace: the database is made beside its place, and named when it is whole."""
        path = self._directory.records_path
        unfinished = path.with_name(_UNFINISHED)
        for leftover in path.parent.glob(_UNFINISHED + "*"):
            leftover.unlink()
        _fill_sqlite(unfinished, revision, stretches)
        _index_history(Records.open_sqlite(unfinished))
        move_durably(unfinished, path)


class SharedPlace:
    """A database of Postgres and a store, both empty: see RestorePlace.

    The directory remembers what the store is said to belong to, and the database is told with its rows. So whoever
    goes on with a restore that was killed knows whether they are there, and from the directory, of which backup.
    """

    def __init__(
        self, directory: DataDirectory, database_url: str, blobs_url: str | None, backup_id: str
    ) -> None:
        # The driver is an extra.
        from rhapsode.storage.postgres_filling import EmptyPostgres

        self._directory = directory
        self._database_url = database_url
        self._blobs_url = blobs_url
        self._backup_id = backup_id
        self._database = EmptyPostgres(database_url)

    def open_blobs(self) -> Blobs:
        """See RestorePlace."""
        begun = self._directory.restored_backup_id
        if begun and self._is_filled():
            if begun != self._backup_id:
                msg = f"The database has the rows of the backup {begun} already. Add --backup {begun} to end that."
                raise DataDirectoryRefused(msg)
        else:
            # Hours before its rows come.
            self._database.check()
        return begin_shared(self._directory, self._blobs_url)

    def _is_filled(self) -> bool:
        installation_id = find_shared(self._directory)
        return installation_id is not None and self._database.is_filled_for(installation_id)

    def make_records(self, revision: str, stretches: Iterable[bytes]) -> None:
        """See RestorePlace. It comes after `open_blobs`, by which the directory knows the installation."""
        if self._is_filled():
            return
        installation_id = find_shared(self._directory)
        assert installation_id is not None
        self._directory.note_restored_backup(self._backup_id)
        with self._database.filling() as (connection, now_ms):
            insert_rows(connection, revision, stretches)
            insert_installation(connection, installation_id, now_ms)
        Records.open_postgres(self._database_url).close()


def _fill_sqlite(path: Path, revision: str, stretches: Iterable[bytes]) -> None:
    engine = sqlite_engine(path, writes=True)
    try:
        with translated(), engine.begin() as connection:
            insert_rows(connection, revision, stretches)
    finally:
        engine.dispose()


def _index_history(records: Records) -> None:
    try:
        workspace_ids = list_workspaces(records)
        with records.write(DEFAULT_WORKSPACE_ID) as tx:
            empty_index(tx)
            has_index = is_indexed(tx)
        for workspace_id in workspace_ids if has_index else ():
            with records.write(workspace_id) as tx:
                fill_index(tx)
    finally:
        records.close()
