"""The files that voices are made of, by their digests: in the store for all machines, local for those who speak."""

import contextlib
import hashlib
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import filelock

from rhapsode.storage.blobs import Blobs, Stretch
from rhapsode.storage.files import make_directories, move_durably, translate_full_storage
from rhapsode.studio.errors import BlobMissing, DataDamaged
from rhapsode.studio.ids import new_id
from rhapsode.studio.limits import MAX_VOICE_CACHE_BYTES

_BLOCK_BYTES = 2**20
_CACHE = ".voices"
_replacing = threading.Lock()
"""Held while a damaged file is deleted, lest it is one that somebody else has put in its place by now."""

_RECENT_S = 3600.0
"""A copy that was used since then may be open, or be opened a moment later."""


class VoiceFile(NamedTuple):
    """A file that a voice is made of. digest: SHA-256, in hex."""

    digest: str
    size_bytes: int


def voice_file_key(digest: str) -> str:
    """The key of the blob that is this file. digest: SHA-256, in hex."""
    return f"voices/{digest[:2]}/{digest}"


def find_local_file(blobs: Blobs, digest: str, *, cache_bytes: int = MAX_VOICE_CACHE_BYTES) -> Path:
    """Where a file is on this machine; where the store is elsewhere, it is fetched once for all processes.

    cache_bytes: how much of what was fetched may stay here; what wasn't used for the longest goes first.
    Raises: BlobMissing; DataDamaged; StorageFull.
    """
    key = voice_file_key(digest)
    path = blobs.path(key)
    return _cached(blobs, key, digest, cache_bytes) if path is None else path


def put_voice_file(blobs: Blobs, source: Path, file: VoiceFile) -> None:
    """Keep a finished file in the store; `source` stays as it is. One that is there and damaged is replaced.

    Raises: StorageFull.
    """
    key = voice_file_key(file.digest)
    with _replacing:
        if _is_there(blobs, key):
            if is_whole(blobs, file):
                return
            # A store keeps what has the right size.
            blobs.delete(key)
    copy = blobs.temporary_directory() / f"{new_id()}.voice"
    try:
        with translate_full_storage():
            shutil.copyfile(source, copy)
        blobs.put(key, copy)
    finally:
        copy.unlink(missing_ok=True)


def _is_there(blobs: Blobs, key: str) -> bool:
    try:
        blobs.size_bytes(key)
    except BlobMissing:
        return False
    return True


def is_whole(blobs: Blobs, file: VoiceFile) -> bool:
    """Whether the store has a file as it was put. Where the store is elsewhere, only its size is looked at."""
    key = voice_file_key(file.digest)
    try:
        if blobs.size_bytes(key) != file.size_bytes:
            return False
        return blobs.path(key) is None or digest_of_blob(blobs, file) == file.digest
    except (BlobMissing, DataDamaged):
        return False


def digest_of_blob(blobs: Blobs, file: VoiceFile) -> str:
    """The SHA-256 of the bytes that the store has for a file, in hex. Raises: BlobMissing; DataDamaged."""
    seen = hashlib.sha256()
    for block in _blocks(blobs, voice_file_key(file.digest), file.size_bytes):
        seen.update(block)
    return seen.hexdigest()


def _blocks(blobs: Blobs, key: str, size_bytes: int) -> Iterator[bytes]:
    stretches = (
        Stretch(key, start, min(_BLOCK_BYTES, size_bytes - start))
        for start in range(0, size_bytes, _BLOCK_BYTES)
    )
    return blobs.read_many(stretches)


def _cached(blobs: Blobs, key: str, digest: str, cache_bytes: int) -> Path:
    # Beside the directory that each start empties; no key begins with a dot.
    folder = blobs.temporary_directory().with_name(_CACHE)
    copy = folder / digest
    if not _touched(copy):
        with translate_full_storage():
            make_directories(folder)
            with filelock.FileLock(folder / f"{digest}.lock"):
                if not _touched(copy):
                    size_bytes = blobs.size_bytes(key)
                    _make_room(folder, cache_bytes - size_bytes)
                    _fetch(blobs, key, size_bytes, copy)
    return copy


def _touched(copy: Path) -> bool:
    """Whether a file was fetched before; then it was used just now."""
    try:
        used_at_s = copy.stat().st_mtime
    except FileNotFoundError:
        return False
    # Of what is in use all the time it is enough to say so now and then. Another process may just be removing it.
    if used_at_s < time.time() - _RECENT_S / 4:
        with contextlib.suppress(FileNotFoundError):
            os.utime(copy)
    return True


def _fetch(blobs: Blobs, key: str, size_bytes: int, copy: Path) -> None:
    """Have a copy that is whole once it has its name. Whoever calls this is alone."""
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    seen = hashlib.sha256()
    try:
        with unfinished.open("wb") as file:
            for block in _blocks(blobs, key, size_bytes):
                seen.update(block)
                file.write(block)
        if seen.hexdigest() != copy.name:
            msg = f"The voice file {copy.name} isn't what was stored."
            raise DataDamaged(msg)
        move_durably(unfinished, copy)
    finally:
        unfinished.unlink(missing_ok=True)


def _make_room(folder: Path, wanted_bytes: int) -> None:
    """Remove copies that nobody has used for a while, those first that weren't used for the longest."""
    found = []
    for path in folder.iterdir():
        # Another process may be removing it.
        with contextlib.suppress(FileNotFoundError):
            if not path.suffix:
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
    total_bytes = sum(size_bytes for _, size_bytes, _ in found)
    for used_at_s, size_bytes, path in sorted(found):
        if total_bytes <= wanted_bytes or used_at_s > time.time() - _RECENT_S:
            return
        path.unlink(missing_ok=True)
        total_bytes -= size_bytes
