"""Reading what the system has in memory, piece by piece, for whoever must not wait.

It is read to a place that all downloads of a thread share, and checked there, while the processor has it at hand.
"""

import threading
from collections.abc import Iterable

from rhapsode.storage.blobs import Blobs
from rhapsode.storage.files import OpenFile
from rhapsode.storage.pack_format import pack_key
from rhapsode.storage.pieces import Piece, Run

SMALL_BYTES = 2**14
"""A pause is often no more, and is kept."""

_MOST_KEPT = 8


class Kept:
    """What is likely to come again soon: small runs that were read and checked, and packs that are open."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, int, int], bytes] = {}
        self._files: dict[str, OpenFile] = {}

    def find(self, run: Run) -> bytes | None:
        """What was read for a run, if it is here."""
        if run.size_bytes > SMALL_BYTES:
            return None
        return self._runs.get((run.pack_id, run.offset, run.size_bytes))

    def keep(self, run: Run, content: bytes | memoryview) -> None:
        """Keep what was read and checked for a run, if it is small; the pauses of a book are few."""
        if run.size_bytes > SMALL_BYTES:
            return
        if len(self._runs) >= _MOST_KEPT:
            self._runs.clear()
        self._runs[run.pack_id, run.offset, run.size_bytes] = bytes(content)

    def open(self, blobs: Blobs, pack_id: str) -> OpenFile | None:
        """The file of a pack; that of the pack before it isn't held any longer."""
        file = self._files.get(pack_id)
        if file is None:
            self._files.clear()
            file = blobs.open_now(pack_key(pack_id))
            if file is not None:
                self._files[pack_id] = file
        return file

    def close(self) -> None:
        """Let go of the files."""
        self._files.clear()


class Scratch(threading.local):
    """Where a thread reads to. What is there is good until it reads anything else."""

    def __init__(self, size_bytes: int) -> None:
        self._view = memoryview(bytearray(size_bytes))
        self._filled = 0

    def clear(self) -> None:
        """Begin anew."""
        self._filled = 0

    def read(self, file: OpenFile, offset: int, size_bytes: int) -> memoryview | None:
        """Read behind what is there; None where that isn't possible without waiting."""
        end = self._filled + size_bytes
        into = self._view[self._filled : end]
        if len(into) < size_bytes or not file.read_now(offset, into):
            return None
        self._filled = end
        return into


def read_present(
    pieces: Iterable[Piece], blobs: Blobs, kept: Kept, scratch: Scratch
) -> list[bytes | memoryview] | None:
    """All parts of pieces, if the system has them in memory and they are what was written; None otherwise.

    They are good until the thread reads anything else.
    """
    scratch.clear()
    found: list[bytes | memoryview] = []
    for piece in pieces:
        contents: list[bytes | memoryview] = []
        for run in piece.runs:
            content = kept.find(run) or _read_run(run, blobs, kept, scratch)
            if content is None:
                return None
            contents.append(content)
        found += piece.assemble(contents)
    return found


def _read_run(run: Run, blobs: Blobs, kept: Kept, scratch: Scratch) -> memoryview | None:
    file = kept.open(blobs, run.pack_id)
    content = None if file is None else scratch.read(file, run.offset, run.size_bytes)
    if content is None or run.good_bytes(content) < run.size_bytes:
        return None
    kept.keep(run, content)
    return content
