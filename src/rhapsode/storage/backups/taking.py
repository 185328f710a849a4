"""Take a backup: the records as they are at one moment, and then every blob of theirs that the target lacks.

What a backup consists of is in the target before the backup has a name, so one that is killed leaves only blobs that
the next one finds there. Whoever calls holds a running download meanwhile (`delivery.running`), where clean-up runs:
then none of the blobs goes before it was copied (docs/decisions/0036).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from rhapsode import __version__
from rhapsode.storage import schema
from rhapsode.storage.backups.backup import (
    ROWS_PREFIX,
    Backup,
    StoredBlob,
    backup_key,
    backup_to_bytes,
    rows_key,
)
from rhapsode.storage.backups.copying import copy_lacking, list_present
from rhapsode.storage.backups.pruning import prune
from rhapsode.storage.backups.rows import packed_stretch, row_stretches
from rhapsode.storage.backups.target import put_bytes, writable_target
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.files import translate_full_storage
from rhapsode.storage.packs import pack_key
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID, Records, Transaction
from rhapsode.storage.voice_files import voice_file_key
from rhapsode.studio.ids import new_id


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup is. size_bytes: of all its blobs.    copied_bytes: that the target lacked, rows too.

    missing: keys of blobs that are lost or damaged.    removed_count: of older backups.
    """

    backup_id: str
    blob_count: int
    size_bytes: int
    copied_bytes: int
    missing: tuple[str, ...]
    removed_count: int


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows that were read. spooled: files of those that the target lacks, by key."""

    digests: tuple[str, ...]
    spooled: dict[str, Path]
    read_at_ms: int


def take_backup(
    records: Records,
    blobs: Blobs,
    place: str,
    *,
    keep: int | None,
    on_progress: Callable[[int, int], None],
) -> BackupReport:
    """Take a backup, and remove those that are older than the newest `keep`, unless something was missing.

    place: see `target.writable_target`.    on_progress: called with (bytes that are there, bytes in all).
    Raises: as writable_target does; StorageFull.
    """
    with writable_target(place) as target:
        with records.read(DEFAULT_WORKSPACE_ID) as tx:
            rows, wanted = _spool_rows(tx, target), _list_blobs(tx)
        rows_bytes = _put_rows(target, rows)
        copied = copy_lacking(blobs, target, wanted, on_progress)
        whole = tuple(blob for blob in wanted if blob.key not in set(copied.missing))
        backup = Backup(rows.read_at_ms, __version__, schema.REVISION, rows.digests, whole, copied.missing)
        backup_id, content = backup_to_bytes(backup)
        put_bytes(target, backup_key(backup_id), content)
        removed = 0 if keep is None or copied.missing else prune(target, keep)
    return BackupReport(
        backup_id,
        len(whole),
        sum(blob.size_bytes for blob in whole),
        copied.size_bytes + rows_bytes + len(content),
        copied.missing,
        removed,
    )


def _spool_rows(tx: Transaction, target: Blobs) -> _Rows:
    """Read all rows at once: into files, so that no network keeps the transaction open."""
    present, folder = list_present(target, [ROWS_PREFIX]), target.temporary_directory()
    digests, spooled = list[str](), dict[str, Path]()
    for stretch in row_stretches(tx):
        digest = hashlib.sha256(stretch).hexdigest()
        digests.append(digest)
        key = rows_key(digest)
        if key not in present and key not in spooled:
            spooled[key] = folder / new_id()
            with translate_full_storage():
                spooled[key].write_bytes(packed_stretch(stretch))
    return _Rows(tuple(digests), spooled, tx.now_ms)


def _put_rows(target: Blobs, rows: _Rows) -> int:
    """Put what was read; return how many bytes."""
    size_bytes = sum(path.stat().st_size for path in rows.spooled.values())
    for key, path in rows.spooled.items():
        target.put(key, path)
    return size_bytes


def _list_blobs(tx: Transaction) -> list[StoredBlob]:
    """All that the records of every workspace expect to be there: packs, but not those that go, and files of voices.

    Voices first: a file of a voice that is removed now goes earlier than a pack.
    """
    file, pack, segment = schema.voice_files.c, schema.packs.c, schema.segments.c
    files = tx.connection.execute(
        sa.select(file.digest, file.size_bytes).distinct().order_by(file.digest)
    ).all()
    is_used = sa.exists().where(segment.pack_id == pack.pack_id)
    is_expected = sa.or_(is_used, pack.retired_at_ms.is_(None))
    packs = tx.connection.execute(
        sa.select(pack.pack_id, pack.size_bytes).where(is_expected).order_by(pack.created_at_ms, pack.pack_id)
    ).all()
    return [
        *(StoredBlob(voice_file_key(digest.hex()), size_bytes) for digest, size_bytes in files),
        *(StoredBlob(pack_key(pack_id), size_bytes) for pack_id, size_bytes in packs),
    ]
