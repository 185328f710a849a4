"""A place for backups: a store of blobs that says it is one, and has nothing else in it."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import filelock

from rhapsode.storage.backups.backup import (
    BACKUPS_PREFIX,
    Backup,
    backup_from_bytes,
    backup_key,
    find_backup_id,
)
from rhapsode.storage.backups.copying import reading
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.files import make_directories, translate_full_storage
from rhapsode.storage.stores import open_store
from rhapsode.studio.errors import (
    BackupNotFound,
    BlobMissing,
    DataDirectoryInUse,
    DataDirectoryRefused,
    InvalidInput,
)
from rhapsode.studio.ids import new_id

_MARK_KEY = "rhapsode-backups"
_LOCK_FILE = ".lock"
_OWN_NAMES = frozenset({_LOCK_FILE, ".temporary", "lost+found"})
_MARK = b"A place for backups of Rhapsode, format 1\n"


@contextlib.contextmanager
def writable_target(place: str) -> Iterator[Blobs]:
    """A target for whoever adds or removes something; it becomes one where there is nothing yet.

    place: an absolute path, or the address of an object store, as in "s3://bucket/prefix".
    Raises: DataDirectoryRefused, when something else is there; DataDirectoryInUse, when somebody is writing;
    InvalidInput; StorageFull.
    """
    with _opened(place) as blobs, _alone(blobs):
        mark = _find_mark(blobs)
        if mark != _MARK and (mark is not None or _has_something(blobs)):
            msg = f"{place} has something else in it than backups of Rhapsode. Choose an empty place."
            raise DataDirectoryRefused(msg)
        if mark is None:
            put_bytes(blobs, _MARK_KEY, _MARK)
        yield blobs


@contextlib.contextmanager
def readable_target(place: str) -> Iterator[Blobs]:
    """A target that has backups. Raises: BackupNotFound, where there is none; InvalidInput."""
    with _opened(place) as blobs:
        if _find_mark(blobs) != _MARK:
            msg = f"There are no backups of Rhapsode in {place}."
            raise BackupNotFound(msg)
        yield blobs


def put_bytes(blobs: Blobs, key: str, content: bytes) -> None:
    """Keep a few bytes durably."""
    source = blobs.temporary_directory() / new_id()
    with translate_full_storage():
        source.write_bytes(content)
    blobs.put(key, source)


def list_backup_ids(blobs: Blobs) -> list[str]:
    """All backups of a target, the oldest first."""
    ids = (find_backup_id(key) for key, _ in blobs.list_keys(BACKUPS_PREFIX))
    return [backup_id for backup_id in ids if backup_id is not None]


def read_backup(blobs: Blobs, backup_id: str) -> Backup:
    """What a backup is made of. Raises: BackupNotFound; DataDamaged; DataDirectoryRefused, for a later format."""
    key = backup_key(backup_id)
    try:
        if find_backup_id(key) is None:
            raise BlobMissing
        with reading(key):
            content = blobs.read(key, 0, blobs.size_bytes(key))
        return backup_from_bytes(backup_id, content)
    except BlobMissing as error:
        msg = f"There is no backup {backup_id}."
        raise BackupNotFound(msg) from error


@contextlib.contextmanager
def _opened(place: str) -> Iterator[Blobs]:
    with tempfile.TemporaryDirectory(prefix="rhapsode-") as temporary:
        yield open_store(place, Path(temporary))


def _find_mark(blobs: Blobs) -> bytes | None:
    try:
        return blobs.read(_MARK_KEY, 0, blobs.size_bytes(_MARK_KEY))
    except BlobMissing:
        return None


def _has_something(blobs: Blobs) -> bool:
    mark = blobs.path(_MARK_KEY)
    if mark is None:
        return next(blobs.list_keys(""), None) is not None
    # A target that was being made has only files of ours, and they begin with a dot.
    return any(entry.name not in _OWN_NAMES for entry in mark.parent.iterdir())


@contextlib.contextmanager
def _alone(blobs: Blobs) -> Iterator[None]:
    """Be the only one who writes to a folder, and remove what a killed one has left. Other stores have no locks."""
    mark = blobs.path(_MARK_KEY)
    if mark is None:
        yield
        return
    lock = filelock.FileLock(mark.parent / _LOCK_FILE, thread_local=False)
    try:
        with translate_full_storage():
            # Rows hold all texts, and the secrets of webhooks and links.
            make_directories(mark.parent, mode=0o700)
            lock.acquire(timeout=0)
    except filelock.Timeout:
        msg = f"Another command is writing to {mark.parent}. Wait until it has ended."
        raise DataDirectoryInUse(msg) from None
    except OSError as error:
        msg = f"{mark.parent} can't be used for backups: {error.strerror or error}."
        raise InvalidInput(msg) from error
    try:
        if _find_mark(blobs) == _MARK:
            for leftover in blobs.temporary_directory().iterdir():
                leftover.unlink()
        yield
    finally:
        lock.release()
