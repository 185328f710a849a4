"""Samples of voices on this machine's disk: spoken once, and kept as long as there is room.

They lie beside what is unfinished, in a folder that no start empties. Nothing refers to them: who misses one has it
spoken again.
"""

import contextlib
import time
from pathlib import Path
from typing import NamedTuple

from rhapsode.storage.blobs import Blobs
from rhapsode.storage.files import make_directories, move_durably, translate_full_storage
from rhapsode.studio.ids import new_id
from rhapsode.studio.limits import MAX_SAMPLE_FILES

_FOLDER = ".samples"


class SampleFile(NamedTuple):
    """content: an MP3.    spoken_at_ms: Unix milliseconds."""

    content: bytes
    spoken_at_ms: int


def find_sample(blobs: Blobs, key: str) -> SampleFile | None:
    """The sample of a key, a digest in hex of all that is heard of it."""
    path = _folder(blobs) / f"{key}.mp3"
    try:
        return SampleFile(path.read_bytes(), path.stat().st_mtime_ns // 1_000_000)
    except FileNotFoundError:
        return None


def keep_sample(blobs: Blobs, key: str, content: bytes, *, max_count: int = MAX_SAMPLE_FILES) -> SampleFile:
    """Keep a sample, and forget the oldest where there are too many. One that is there already stays.

    Returns: the one that is kept.    Raises: StorageFull.
    """
    folder = _folder(blobs)
    with translate_full_storage():
        make_directories(folder)
        found = find_sample(blobs, key)
        if found is None:
            _make_room(folder, max_count - 1)
            unfinished = folder / f"{new_id()}.unfinished"
            try:
                unfinished.write_bytes(content)
                move_durably(unfinished, folder / f"{key}.mp3")
            finally:
                unfinished.unlink(missing_ok=True)
    return found or find_sample(blobs, key) or SampleFile(content, time.time_ns() // 1_000_000)


def _folder(blobs: Blobs) -> Path:
    return blobs.temporary_directory().with_name(_FOLDER)


def _make_room(folder: Path, count: int) -> None:
    """Leave so many of the newest. What a killed process has left unfinished counts, and goes as others do."""
    times = []
    for path in folder.iterdir():
        # Another process may be removing it.
        with contextlib.suppress(FileNotFoundError):
            times.append((path.stat().st_mtime_ns, path))
    for _, path in sorted(times)[: max(len(times) - count, 0)]:
        path.unlink(missing_ok=True)
