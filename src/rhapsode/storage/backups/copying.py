"""Copies of blobs from one store to another, each compared with the digest in its name on the way."""

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from rhapsode.storage.backups.backup import BLOB_PREFIXES, StoredBlob
from rhapsode.storage.blobs import Blobs, Stretch
from rhapsode.storage.files import translate_full_storage
from rhapsode.studio.errors import DataDamaged, ObjectStoreFailed
from rhapsode.studio.ids import new_id

_BLOCK_BYTES = 2**20
_AT_ONCE = 4
"""Files are on a disk, and objects in a store, nearly as soon as one is."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied of some blobs, and which are missing or damaged where they should be."""

    size_bytes: int
    missing: tuple[str, ...]


def list_present(store: Blobs, prefixes: Sequence[str]) -> dict[str, int]:
    """Key and size in bytes of all that a store has behind some prefixes."""
    return {key: size_bytes for prefix in prefixes for key, size_bytes in store.list_keys(prefix)}


def copy_lacking(
    source: Blobs, target: Blobs, wanted: Sequence[StoredBlob], on_progress: Callable[[int, int], None]
) -> Copied:
    """Copy all that can be copied of what the target lacks. on_progress: called with (bytes that are done, in all).

    Raises: StorageFull; OSError, when the target can't be written.
    """
    present = list_present(target, BLOB_PREFIXES)
    lacking = [blob for blob in wanted if present.get(blob.key) != blob.size_bytes]
    total = sum(blob.size_bytes for blob in wanted)
    done = total - sum(blob.size_bytes for blob in lacking)
    on_progress(done, total)

    def on_bytes(size_bytes: int) -> None:
        nonlocal done
        done += size_bytes
        on_progress(done, total)

    return _copy_all(source, target, lacking, on_bytes)


def _copy_all(
    source: Blobs, target: Blobs, wanted: Sequence[StoredBlob], on_bytes: Callable[[int], None]
) -> Copied:
    """on_bytes: called with the bytes of each that is done, copied or not."""
    copied, missing = 0, list[str]()
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="copy") as threads:
        copies = {threads.submit(_copy, source, target, blob): blob for blob in wanted}
        try:
            for copy in as_completed(copies):
                blob = copies[copy]
                if copy.result():
                    copied += blob.size_bytes
                else:
                    missing.append(blob.key)
                on_bytes(blob.size_bytes)
        finally:
            # What has begun ends; after an error, nothing else begins.
            threads.shutdown(cancel_futures=True)
    return Copied(copied, tuple(sorted(missing)))


def _copy(source: Blobs, target: Blobs, blob: StoredBlob) -> bool:
    """Copy a blob; False when it is missing or isn't what its name says."""
    path, hasher = target.temporary_directory() / new_id(), hashlib.sha256()
    try:
        with translate_full_storage(), path.open("wb") as file:
            for block in _blocks(source, blob):
                hasher.update(block)
                file.write(block)
    except DataDamaged:
        path.unlink()
        return False
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if hasher.hexdigest() != blob.digest:
        path.unlink()
        return False
    target.put(blob.key, path)
    return True


def find_problem(store: Blobs, blob: StoredBlob) -> str | None:
    """What is wrong with a blob, which is read for that; None where it is what its name says."""
    hasher = hashlib.sha256()
    try:
        for block in _blocks(store, blob):
            hasher.update(block)
    except DataDamaged as error:
        return str(error)
    return (
        None
        if hasher.hexdigest() == blob.digest
        else f"The stored file {blob.key} differs from its checksum."
    )


def _blocks(store: Blobs, blob: StoredBlob) -> Iterator[bytes]:
    """All of a blob. Raises: BlobMissing; DataDamaged, when it is of another size or can't be read."""
    with reading(blob.key):
        if store.size_bytes(blob.key) != blob.size_bytes:
            msg = f"The stored file {blob.key} isn't as long as it was."
            raise DataDamaged(msg)
        yield from store.read_many(
            Stretch(blob.key, offset, min(_BLOCK_BYTES, blob.size_bytes - offset))
            for offset in range(0, blob.size_bytes, _BLOCK_BYTES)
        )


@contextlib.contextmanager
def reading(key: str) -> Iterator[None]:
    """Take what the system refuses to read for damaged: one bad sector mustn't keep all the rest from a copy.

    Raises: DataDamaged; ObjectStoreFailed, which says nothing of what is stored.
    """
    try:
        yield
    except ObjectStoreFailed:
        raise
    except OSError as error:
        msg = f"The stored file {key} can't be read: {error.strerror}."
        raise DataDamaged(msg) from error
