"""Restore a backup: blobs first, then records that speak of them, then the directory is anybody's.

A restore that is killed leaves a directory that nobody takes for a whole one, and the next goes on with what
has come.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rhapsode.storage.backups.copying import copy_lacking
from rhapsode.storage.backups.places import DirectoryPlace, RestorePlace, SharedPlace
from rhapsode.storage.backups.target import list_backup_ids, read_backup, readable_target
from rhapsode.storage.backups.verifying import read_rows
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.directory import DataDirectory
from rhapsode.studio.errors import BackupNotFound


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
    database_url: str | None = None,
    on_progress: Callable[[int, int], None],
) -> RestoreReport:
    """Restore a backup, the newest if none is named, into a directory that is empty or not there.

    blobs_url: see `stores.open_blobs`.    database_url: of an empty database for the records, which then aren't in
    the directory.    on_progress: called with (bytes that are there, bytes in all).
    Raises: BackupNotFound; DataDamaged, when its rows are damaged; DataDirectoryRefused; DataDirectoryInUse;
    InvalidInput; RecordsUnavailable; StorageFull.
    """
    with readable_target(place) as source:
        chosen = backup_id or _newest(source, place)
        backup = read_backup(source, chosen)
        for digest in backup.rows:
            read_rows(source, digest)  # before anything is made of them
        with DataDirectory.open(data, "restore", restores=True) as directory:
            restored = _place(directory, blobs_url, database_url, chosen)
            directory.begin_restore()
            copied = copy_lacking(source, restored.open_blobs(), backup.blobs, on_progress)
            restored.make_records(backup.revision, (read_rows(source, digest) for digest in backup.rows))
            directory.end_restore()
    size_bytes = sum(blob.size_bytes for blob in backup.blobs)
    return RestoreReport(
        chosen, backup.created_at_ms, len(backup.blobs), size_bytes, (*backup.missing, *copied.missing)
    )


def _place(
    directory: DataDirectory, blobs_url: str | None, database_url: str | None, backup_id: str
) -> RestorePlace:
    if database_url is None:
        return DirectoryPlace(directory, blobs_url)
    return SharedPlace(directory, database_url, blobs_url, backup_id)


def _newest(source: Blobs, place: str) -> str:
    backup_ids = list_backup_ids(source)
    if not backup_ids:
        msg = f"There is no finished backup in {place}."
        raise BackupNotFound(msg)
    return backup_ids[-1]
