"""Reading what the system has in memory, block by block, for whoever must not wait.

It is read to a place that all downloads of a thread share, and checked there, while the processor has it at hand.
Handed on is where it lies in its file, so that the system can send it from there.
"""

import threading
from collections.abc import Iterable, Sequence
from itertools import chain

from isal import isal_zlib

from rhapsode.storage.blobs import Blobs
from rhapsode.storage.files import OpenFile
from rhapsode.storage.pack_format import pack_key
from rhapsode.storage.wanted import Wanted, WantedBlock

SMALL_BYTES = 2**14
"""A pause is often no more, and is kept; its place isn't worth a call of the system."""

_MOST_KEPT = 8


class FileStretch:
    """Bytes of an open file that were read, and are what was written.

    views: what was read; good until the thread that has read it reads anything else.
    """

    __slots__ = ("_size_bytes", "file", "offset", "views")

    def __init__(self, file: OpenFile, offset: int, view: memoryview) -> None:
        self.file = file
        self.offset = offset
        self.views = [view]
        self._size_bytes = len(view)

    def __len__(self) -> int:
        return self._size_bytes

    def is_before(self, file: OpenFile, offset: int) -> bool:
        """Whether its bytes end where others begin."""
        return self.file is file and self.offset + self._size_bytes == offset

    def append(self, view: memoryview) -> None:
        """Add what stands behind it."""
        self.views.append(view)
        self._size_bytes += len(view)


Part = bytes | FileStretch
"""What is handed on where nothing has to be waited for: small things themselves, large ones by their place."""


def list_views(parts: Iterable[Part]) -> list[bytes | memoryview]:
    """Where the bytes of parts are that were read a moment ago."""
    views = (part.views if isinstance(part, FileStretch) else (part,) for part in parts)
    return list(chain.from_iterable(views))


def join_parts(parts: Iterable[Part]) -> bytes:
    """The bytes of parts that were read a moment ago."""
    return b"".join(list_views(parts))


class Kept:
    """What is likely to come again soon: small blocks that were read and checked, and packs that are open."""

    def __init__(self) -> None:
        self._blocks: dict[tuple[str, int], bytes] = {}
        self._files: dict[str, OpenFile] = {}

    def find(self, part: Wanted) -> Wanted:
        """The bytes that a part stands for, if they are here; the part itself otherwise."""
        if isinstance(part, bytes):
            return part
        block = self._blocks.get((part.pack_id, part.offset))
        return part if block is None else block[part.start : part.end]

    def keep(self, part: WantedBlock, block: bytes | memoryview) -> None:
        """Keep a block that was checked, if it is small; the pauses of a book are few."""
        if part.size_bytes > SMALL_BYTES:
            return
        if len(self._blocks) >= _MOST_KEPT:
            self._blocks.clear()
        self._blocks[part.pack_id, part.offset] = bytes(block)

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


def read_present(parts: Sequence[Wanted], blobs: Blobs, kept: Kept, scratch: Scratch) -> list[Part] | None:
    """All parts, if the system has them in memory and they are what was written; None otherwise."""
    scratch.clear()
    found: list[Part] = []
    number = 0
    while number < len(parts):
        run = _Run(parts, number, kept)
        if not run.read(blobs, kept, scratch, found):
            return None
        number += len(run.parts)
    return found


class _Run:
    """Parts whose blocks lie one behind the other in a pack, with what is at hand before and between them."""

    __slots__ = ("_end", "_first", "parts")

    def __init__(self, parts: Sequence[Wanted], start: int, kept: Kept) -> None:
        """The longest one that begins with the part of this number."""
        self._first: WantedBlock | None = None
        self._end = 0
        self.parts: list[bytes | WantedBlock] = []
        for number in range(start, len(parts)):
            part = kept.find(parts[number])
            if not isinstance(part, bytes):
                if self._first is None:
                    self._first = part
                elif part.offset != self._end or part.pack_id != self._first.pack_id:
                    return
                self._end = part.offset + part.size_bytes
            self.parts.append(part)

    def read(self, blobs: Blobs, kept: Kept, scratch: Scratch, found: list[Part]) -> bool:
        """Add what was read and checked; False where that isn't possible without waiting, or something is damaged."""
        if self._first is None:
            found.extend(part for part in self.parts if isinstance(part, bytes))
            return True
        began = self._first.offset
        file = kept.open(blobs, self._first.pack_id)
        content = None if file is None else scratch.read(file, began, self._end - began)
        if file is None or content is None:
            return False
        for part in self.parts:
            if isinstance(part, bytes):
                found.append(part)
                continue
            block = content[part.offset - began : part.offset - began + part.size_bytes]
            if isal_zlib.crc32(block) != part.crc32:
                return False
            kept.keep(part, block)
            _append(found, file, part, block)
        return True


def _append(found: list[Part], file: OpenFile, part: WantedBlock, block: memoryview) -> None:
    """Add what was read, the large of it by its place. Neighbours are one."""
    view = block if part.end - part.start == part.size_bytes else block[part.start : part.end]
    if len(view) <= SMALL_BYTES:
        found.append(bytes(view))
        return
    offset = part.offset + part.start
    before = found[-1] if found else b""
    if isinstance(before, FileStretch) and before.is_before(file, offset):
        before.append(view)
    else:
        found.append(FileStretch(file, offset, view))
