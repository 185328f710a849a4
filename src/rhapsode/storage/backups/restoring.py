"""Restore a backup: blobs first, then records that speak of them, then the directory is anybody's.

A restore that is killed leaves a directory that nobody takes for a whole one, and the next goes on with what
has come.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rhapsode.storage.backups.copying import copy_lacking
from rhapsode.storage.backups.places import DirectoryPlace, RestorePlace, SharedPlace
from rhapsode.storage.backups.rows import unpacked_stretch
from rhapsode.storage.backups.target import list_backup_ids, read_backup, readable_target
from rhapsode.storage.backups.verifying import read_packed_rows, read_rows
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.directory import DataDirectory
from rhapsode.storage.files import translate_full_storage
from rhapsode.studio.errors import BackupNotFound
from rhapsode.studio.ids import new_id


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
            blobs = restored.open_blobs()
            copied = copy_lacking(source, blobs, backup.blobs, on_progress)
            with _fetched_rows(source, backup.rows, blobs.temporary_directory()) as stretches:
                restored.make_records(backup.revision, stretches)
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


@contextlib.contextmanager
def _fetched_rows(source: Blobs, digests: Sequence[str], folder: Path) -> Iterator[Iterator[bytes]]:
    """All stretches of rows from this disk: a database ends a transaction that waits for a slow store."""
    paths = {digest: folder / new_id() for digest in digests}
    try:
        for digest, path in paths.items():
            packed = read_packed_rows(source, digest)
            with translate_full_storage():
                path.write_bytes(packed)
        yield (unpacked_stretch(digest, paths[digest].read_bytes()) for digest in digests)
    finally:
        for path in paths.values():
            path.unlink(missing_ok=True)


def _newest(source: Blobs, place: str) -> str:
    backup_ids = list_backup_ids(source)
    if not backup_ids:
        msg = f"There is no finished backup in {place}."
        raise BackupNotFound(msg)
    return backup_ids[-1]
