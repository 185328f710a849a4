"""Read all that is in a target and compare it with its checksums."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from rhapsode.storage.backups.backup import StoredBlob, rows_key
from rhapsode.storage.backups.copying import find_problem, reading
from rhapsode.storage.backups.rows import unpacked_stretch
from rhapsode.storage.backups.target import list_backup_ids, read_backup, readable_target
from rhapsode.storage.blobs import Blobs
from rhapsode.studio.errors import DataDamaged


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was read. size_bytes: of the blobs.    problems: each in words, with the backups that it hits."""

    backup_count: int
    blob_count: int
    size_bytes: int
    problems: tuple[str, ...]


@dataclass(slots=True)
class _Needed:
    """What backups need, each with the ids of those that do."""

    blobs: dict[StoredBlob, list[str]] = field(default_factory=dict)
    rows: dict[str, list[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def verify_backups(place: str, *, on_progress: Callable[[int, int], None]) -> VerifyReport:
    """Read every byte that backups need, once. on_progress: called with (bytes checked, bytes in all).

    Raises: BackupNotFound; InvalidInput.
    """
    with readable_target(place) as target:
        backup_ids = list_backup_ids(target)
        needed = _gather(target, backup_ids)
        problems = [
            *needed.problems,
            *_damaged_rows(target, needed),
            *_damaged_blobs(target, needed, on_progress),
        ]
    size_bytes = sum(blob.size_bytes for blob in needed.blobs)
    return VerifyReport(len(backup_ids), len(needed.blobs), size_bytes, tuple(problems))


def _gather(target: Blobs, backup_ids: list[str]) -> _Needed:
    needed = _Needed()
    for backup_id in backup_ids:
        try:
            backup = read_backup(target, backup_id)
        except DataDamaged as error:
            needed.problems.append(str(error))
            continue
        for key in backup.missing:
            needed.problems.append(f"{key} was lost before the backup {backup_id} was made.")
        for blob in backup.blobs:
            needed.blobs.setdefault(blob, []).append(backup_id)
        for digest in backup.rows:
            needed.rows.setdefault(digest, []).append(backup_id)
    return needed


def _damaged_rows(target: Blobs, needed: _Needed) -> Iterator[str]:
    for digest, backup_ids in needed.rows.items():
        try:
            read_rows(target, digest)
        except DataDamaged as error:
            yield f"{error} Hit: {_listed(backup_ids)}."


def _damaged_blobs(target: Blobs, needed: _Needed, on_progress: Callable[[int, int], None]) -> Iterator[str]:
    total, done = sum(blob.size_bytes for blob in needed.blobs), 0
    for blob, backup_ids in needed.blobs.items():
        problem = find_problem(target, blob)
        if problem is not None:
            yield f"{problem} Hit: {_listed(backup_ids)}."
        done += blob.size_bytes
        on_progress(done, total)


def _listed(backup_ids: list[str]) -> str:
    return ", ".join(dict.fromkeys(backup_ids))


def read_rows(target: Blobs, digest: str) -> bytes:
    """A stretch of rows. Raises: BlobMissing; DataDamaged."""
    return unpacked_stretch(digest, read_packed_rows(target, digest))


def read_packed_rows(target: Blobs, digest: str) -> bytes:
    """The same as they are kept, unchecked. Raises: BlobMissing; DataDamaged, where they can't be read."""
    key = rows_key(digest)
    with reading(key):
        return target.read(key, 0, target.size_bytes(key))
