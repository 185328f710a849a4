"""Backups fit every database: what was kept in one is the same in the other, and the way back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.postgres import PostgresServer
from tests.unit.storage.stored import (
    commit,
    everything,
    keep_snapshot,
    key_of,
    records_path,
    write_pack,
)
from tests.unit.storage.test_backups import list_backups, opened, packs_of, take
from tests.unit.storage.test_history import insert, make_item

from rhapsode.app import App, open_app
from rhapsode.storage.backups import rows as backup_rows
from rhapsode.storage.backups.restoring import restore_backup
from rhapsode.storage.check import check_storage
from rhapsode.storage.directory import DataDirectory
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.records import Records
from rhapsode.studio.errors import DataDamaged, DataDirectoryRefused, InvalidInput

Stored = dict[str, list[dict[str, Any]]]


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """A small library on SQLite: a snapshot, segments that nothing refers to, and items of the history."""
    records, blobs = Records.open_sqlite(records_path(tmp_path)), LocalBlobs(tmp_path / "blobs")
    commit(records, write_pack(blobs, {key_of("spare"): b"unused"}))
    insert(records, make_item(text="The tide comes in: Zoë, Ægir, 𝄞."), make_item(1_770_000_000_000))
    keep_snapshot(records, blobs, ["one", "two", "three"])
    yield records
    records.close()


@pytest.fixture
def backup(records: Records, tmp_path: Path) -> Path:
    """A backup of it."""
    take(records, LocalBlobs(tmp_path / "blobs"), tmp_path / "backup")
    return tmp_path / "backup"


@pytest.fixture
def database_url(postgres: PostgresServer) -> str:
    """An empty database."""
    return postgres.new_database()


def restore(backup: Path, data: Path, database_url: str, store: Path, backup_id: str | None = None) -> None:
    report = restore_backup(
        str(backup),
        data,
        backup_id=backup_id,
        blobs_url=store.as_uri(),
        database_url=database_url,
        on_progress=lambda _done, _total: None,
    )
    assert report.missing == ()


def fleet_member(data: Path, database_url: str, store: Path) -> Iterator[App]:
    with open_app(
        data, command="backup", process_count=1, blobs_url=store.as_uri(), database_url=database_url
    ) as app:
        yield app


def lasting(records: Records) -> Stored:
    return {name: rows for name, rows in everything(records).items() if name not in backup_rows.NOT_KEPT}


def test_a_library_goes_to_postgres_and_back(
    records: Records, backup: Path, database_url: str, tmp_path: Path
) -> None:
    """Every row and every byte, and what is written there next gets numbers that nothing has."""
    expected, packs = lasting(records), packs_of(LocalBlobs(tmp_path / "blobs"))
    restore(backup, tmp_path / "member", database_url, tmp_path / "store")

    for app in fleet_member(tmp_path / "member", database_url, tmp_path / "store"):
        assert isinstance(app.blobs, LocalBlobs)
        assert (lasting(app.records), packs_of(app.blobs)) == (expected, packs)
        commit(app.records, write_pack(app.blobs, {key_of("new"): b"new" * 100}))
        assert check_storage(app.records, app.blobs).problems == ()
        there, packs = lasting(app.records), packs_of(app.blobs)
        take(app.records, app.blobs, backup)

    assert len(list_backups(backup)) == 2
    restore_backup(
        str(backup), tmp_path / "back", backup_id=None, blobs_url=None, on_progress=lambda _d, _t: None
    )
    for restored, blobs in opened(tmp_path / "back"):
        assert (lasting(restored), packs_of(blobs)) == (there, packs)
        assert check_storage(restored, blobs).problems == ()


def test_what_has_something_is_never_restored_into(
    backup: Path, database_url: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    """Neither a database nor a store, nor the directory of a process that works on others."""
    (tmp_path / "used" / "packs" / "ab").mkdir(parents=True)
    (tmp_path / "used" / "packs" / "ab" / f"{'ab' * 32}.pack").write_bytes(b"somebody's")

    with pytest.raises(DataDirectoryRefused, match="The database has records already"):
        restore(backup, tmp_path / "a", postgres.new_records(), tmp_path / "store")
    with pytest.raises(DataDirectoryRefused, match="has packs already"):
        restore(backup, tmp_path / "b", database_url, tmp_path / "used")
    with pytest.raises(InvalidInput, match="RHAPSODE_BLOBS_URL"):
        restore_backup(
            str(backup),
            tmp_path / "c",
            backup_id=None,
            blobs_url=None,
            database_url=database_url,
            on_progress=lambda _done, _total: None,
        )
    restore(backup, tmp_path / "d", database_url, tmp_path / "store")
    with pytest.raises(DataDirectoryRefused, match="has data already"):
        restore(backup, tmp_path / "d", postgres.new_database(), tmp_path / "store")
    with pytest.raises(DataDirectoryRefused, match="has the packs of other records"):
        restore(backup, tmp_path / "e", postgres.new_database(), tmp_path / "store")


def test_a_restore_that_breaks_off_is_gone_on_with(
    records: Records, backup: Path, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database stays empty until it has all, and the same restore again finds the store it has begun.

    It finds its rows too, and another backup's restore finds that they aren't its own.
    """

    def fail(*_arguments: object) -> None:
        raise DataDamaged

    with monkeypatch.context() as patch:
        patch.setattr(backup_rows, "_advance_serials", fail)
        with pytest.raises(DataDamaged):
            restore(backup, tmp_path / "member", database_url, tmp_path / "store")
    with pytest.raises(DataDirectoryRefused, match="broken off"):
        DataDirectory.open(tmp_path / "member", "serve")
    engine = sa.create_engine(database_url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()

    with monkeypatch.context() as patch:
        patch.setattr(DataDirectory, "end_restore", fail)
        with pytest.raises(DataDamaged):
            restore(backup, tmp_path / "member", database_url, tmp_path / "store")
    (backup_id,) = list_backups(backup)
    take(records, LocalBlobs(tmp_path / "blobs"), backup)
    with pytest.raises(DataDirectoryRefused, match=f"Add --backup {backup_id}"):
        restore(backup, tmp_path / "member", database_url, tmp_path / "store")
    restore(backup, tmp_path / "member", database_url, tmp_path / "store", backup_id)
    for app in fleet_member(tmp_path / "member", database_url, tmp_path / "store"):
        assert check_storage(app.records, app.blobs).problems == ()
