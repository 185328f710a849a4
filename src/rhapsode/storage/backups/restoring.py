"""Restore a backup: blobs first, then records that speak of them, then the directory is anybody's.

A restore that is killed leaves a directory that nobody takes for a whole one, and the next goes on with what
has come.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rhapsode.storage.backups.backup import BLOB_PREFIXES, Backup
from rhapsode.storage.backups.copying import copy_blobs, list_present
from rhapsode.storage.backups.rows import insert_rows
from rhapsode.storage.backups.target import list_backup_ids, read_backup, readable_target
from rhapsode.storage.backups.verifying import read_rows
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.directory import DataDirectory
from rhapsode.storage.files import move_durably
from rhapsode.storage.history_index import empty_index, fill_index, is_indexed
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, list_workspaces
from rhapsode.storage.sqlite import sqlite_engine, translated
from rhapsode.storage.stores import open_blobs
from rhapsode.studio.errors import BackupNotFound

_UNFINISHED = "records.restoring.sqlite3"


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was restored. missing: keys of blobs that are lost or damaged, in the target or before."""

    backup_id: str
    created_at_ms: int
    blob_count: int
    size_bytes: int
    missing: tuple[str, ...]


def restore_backup(
    place: str,
    data: Path,
    *,
    backup_id: str | None,
    blobs_url: str | None,
    on_progress: Callable[[int, int], None],
) -> RestoreReport:
    """Restore a backup, the newest if none is named, into a directory that is empty or not there.

    blobs_url: see `stores.open_blobs`.    on_progress: called with (bytes that are there, bytes in all).
    Raises: BackupNotFound; DataDamaged, when its rows are damaged; DataDirectoryRefused; DataDirectoryInUse;
    InvalidInput; StorageFull.
    """
    with readable_target(place) as source:
        chosen = backup_id or _newest(source, place)
        backup = read_backup(source, chosen)
        for digest in backup.rows:
            read_rows(source, digest)  # before anything is made of them
        with DataDirectory.open(data, "restore", restores=True) as directory:
            directory.begin_restore()
            directory.records_path.unlink(missing_ok=True)
            missing = _copy_blobs(source, open_blobs(directory, blobs_url), backup, on_progress)
            _make_records(source, backup, directory.records_path)
            directory.end_restore()
    size_bytes = sum(blob.size_bytes for blob in backup.blobs)
    return RestoreReport(
        chosen, backup.created_at_ms, len(backup.blobs), size_bytes, (*backup.missing, *missing)
    )


def _newest(source: Blobs, place: str) -> str:
    backup_ids = list_backup_ids(source)
    if not backup_ids:
        msg = f"There is no finished backup in {place}."
        raise BackupNotFound(msg)
    return backup_ids[-1]


def _copy_blobs(
    source: Blobs, blobs: Blobs, backup: Backup, on_progress: Callable[[int, int], None]
) -> tuple[str, ...]:
    present = list_present(blobs, BLOB_PREFIXES)
    lacking = [blob for blob in backup.blobs if present.get(blob.key) != blob.size_bytes]
    total = sum(blob.size_bytes for blob in backup.blobs)
    done = total - sum(blob.size_bytes for blob in lacking)

    def on_bytes(size_bytes: int) -> None:
        nonlocal done
        done += size_bytes
        on_progress(done, total)

    return copy_blobs(source, blobs, lacking, on_bytes=on_bytes).missing


def _make_records(source: Blobs, backup: Backup, path: Path) -> None:
    """Make the database beside its place, and give it its name when it is whole."""
    unfinished = path.with_name(_UNFINISHED)
    for leftover in path.parent.glob(_UNFINISHED + "*"):
        leftover.unlink()
    engine = sqlite_engine(unfinished, writes=True)
    try:
        with translated(), engine.begin() as connection:
            insert_rows(connection, backup.revision, (read_rows(source, digest) for digest in backup.rows))
    finally:
        engine.dispose()
    _index_history(Records.open_sqlite(unfinished))
    move_durably(unfinished, path)


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
