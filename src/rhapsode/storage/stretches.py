"""Reading what is spread over packs: in as few reads as it takes, each block checked, in pieces of a good size.

A sentence lies behind the one before it, but the pauses between them are one segment that lies somewhere. So what is
wanted next is collected, neighbours are read at once wherever they stand in the file, and a pause is read once.
"""

import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from isal import isal_zlib

from rhapsode.storage.blobs import Blobs, Stretch
from rhapsode.storage.pack_format import pack_key
from rhapsode.storage.packed import SegmentLocation
from rhapsode.studio.errors import DataDamaged, RhapsodeError
from rhapsode.studio.limits import BLOCK_BYTES

GATHERED_BYTES = 3 * 2**16
"""What is handed on at once: few steps for each download, and little memory for each of many slow clients."""

MOST_AT_ONCE = 4
"""Pieces that are given as one to who takes them at once: fewer steps, for few clients."""

_MOST_PLANNED = 16
_FIRST_BYTES = 2**15
_SMALL_BYTES = 2**14
_MOST_KEPT = 8

_Kept = dict[tuple[str, int], bytes]
"""Small blocks that were read and checked, by pack and offset."""


class WantedBlock(NamedTuple):
    """A block of a pack, of which the bytes from `start` to before `end` are wanted; it is read and checked whole."""

    pack_id: str
    offset: int
    size_bytes: int
    crc32: int
    start: int
    end: int


Wanted = bytes | WantedBlock
"""What a file is made of: bytes that are there already, or that have to be read."""


def find_blocks(location: SegmentLocation, start: int, end: int) -> Iterator[WantedBlock]:
    """The blocks of a segment that its bytes from `start` to before `end` are in; 0 <= start < end <= its size."""
    if location.size_bytes <= BLOCK_BYTES:
        # Most segments are one block, and a book has thousands.
        (crc32,) = location.block_crcs
        yield WantedBlock(location.pack_id, location.offset, location.size_bytes, crc32, start, end)
        return
    for number in range(start // BLOCK_BYTES, (end - 1) // BLOCK_BYTES + 1):
        began = number * BLOCK_BYTES
        size_bytes = min(BLOCK_BYTES, location.size_bytes - began)
        yield WantedBlock(
            location.pack_id,
            location.offset + began,
            size_bytes,
            location.block_crcs[number],
            max(start - began, 0),
            min(end - began, size_bytes),
        )


class Reading(Iterator[bytes]):
    """The bytes of all that is wanted, in order; but for the first and the last in pieces of at least GATHERED_BYTES.

    `next` waits for the records and the disk, so an event loop has it called in a thread. What `next_now` gives needs
    no waiting: nearly all of a file whose packs the system has in memory. One of both is called at a time.

    wanted: asked for what comes next some pieces ahead.
    Raises: BlobMissing; DataDamaged: in place of a block that isn't what was written; what `wanted` raises.
    """

    def __init__(self, blobs: Blobs, wanted: Iterable[Wanted]) -> None:
        self._blobs = blobs
        self._gathered = _gathered(wanted)
        self._error: Exception | None = None
        self._damage: DataDamaged | None = None
        self._planned: deque[_Batch] = deque()
        self._in_flight: deque[_Batch] = deque()
        self._kept: _Kept = {}
        self._plan_count = 1
        self._pieces = self._read()

    def __next__(self) -> bytes:
        """The next piece."""
        return next(self._pieces)

    def next_now(self, pieces: int = 1) -> bytes | None:
        """The next piece, if nothing has to be waited for; None where `next` has to be asked, also at the end.

        pieces: how many to give as one, at most MOST_AT_ONCE.
        """
        if self._in_flight or not self._planned or self._damage is not None:
            return None
        batches = [self._planned.popleft() for _ in range(min(pieces, len(self._planned)))]
        batch = batches[0] if len(batches) == 1 else _Batch([p for each in batches for p in each.parts])
        piece = batch.read_now(self._blobs, self._kept)
        if piece is None:
            self._planned.extendleft(reversed(batches))
        return piece

    def close(self) -> None:
        """Let go of everything; to be called by whoever stops before the end."""
        self._pieces.close()
        self._gathered.close()

    def _read(self) -> Generator[bytes]:
        contents = self._blobs.read_many(self._stretches())
        try:
            for content in contents:
                while not self._in_flight[0].runs:
                    yield from self._handed_on()
                if self._in_flight[0].takes_last(content):
                    yield from self._handed_on()
        finally:
            if isinstance(contents, Generator):
                contents.close()
        while self._in_flight:
            yield from self._handed_on()

    def _handed_on(self) -> Iterator[bytes]:
        joined, self._damage = self._in_flight.popleft().joined(self._kept)
        if joined:
            yield joined
        if self._damage is not None:
            raise self._damage

    def _stretches(self) -> Iterator[Stretch]:
        while self._planned or self._plan():
            batch = self._planned.popleft()
            self._in_flight.append(batch)
            yield from map(_stretch, batch.runs)

    def _plan(self) -> bool:
        """See what comes next; False at the end. What goes wrong with it is said when its turn comes."""
        if self._error is not None:
            raise self._error
        try:
            for parts in islice(self._gathered, self._plan_count):
                self._planned.append(_Batch([_known(part, self._kept) for part in parts]))
        except RhapsodeError as error:
            self._error = error
            if not self._planned:
                raise
        self._plan_count = _MOST_PLANNED
        return bool(self._planned)


def _gathered(wanted: Iterable[Wanted]) -> Generator[list[Wanted]]:
    """The same in lists that are handed on at once; nothing is held back that has nothing to be read with it."""
    parts: list[Wanted] = []
    size_bytes, limit_bytes = 0, _FIRST_BYTES
    for one in wanted:
        parts.append(one)
        if isinstance(one, WantedBlock):
            size_bytes += one.size_bytes
            if size_bytes >= limit_bytes:
                yield parts
                parts, size_bytes, limit_bytes = [], 0, GATHERED_BYTES
    if parts:
        yield parts


def _stretch(run: Sequence[WantedBlock]) -> Stretch:
    return Stretch(pack_key(run[0].pack_id), run[0].offset, sum(block.size_bytes for block in run))


def _known(part: Wanted, kept: _Kept) -> Wanted:
    """The same, or the bytes themselves where they were read a moment ago."""
    if isinstance(part, bytes) or (part.pack_id, part.offset) not in kept:
        return part
    return kept[part.pack_id, part.offset][part.start : part.end]


def _runs(parts: Iterable[Wanted]) -> list[list[WantedBlock]]:
    """The blocks that have to be read, each once, as neighbours in their packs."""
    blocks = {(part.pack_id, part.offset): part for part in parts if isinstance(part, WantedBlock)}
    runs: list[list[WantedBlock]] = []
    behind = None
    for block in sorted(blocks.values()):
        if behind != (block.pack_id, block.offset):
            runs.append([])
        runs[-1].append(block)
        behind = block.pack_id, block.offset + block.size_bytes
    return runs


class _Scratch(threading.local):
    """Where a thread reads to before what it has read is put in order."""

    def __init__(self) -> None:
        self.buffer = bytearray(MOST_AT_ONCE * (GATHERED_BYTES + BLOCK_BYTES))


_scratch = _Scratch()


class _Batch:
    """What is handed on at once, and what was read for it so far."""

    __slots__ = ("_contents", "parts", "runs")

    def __init__(self, parts: list[Wanted]) -> None:
        self.runs = _runs(parts)
        self.parts = parts
        self._contents: list[bytes | memoryview] = []

    def takes_last(self, content: bytes) -> bool:
        """Add what the next run has; whether it was the last one."""
        self._contents.append(content)
        return len(self._contents) == len(self.runs)

    def read_now(self, blobs: Blobs, kept: _Kept) -> bytes | None:
        """All bytes, if the system has them in memory and they are what was written."""
        buffer = memoryview(_scratch.buffer)
        self._contents, filled = [], 0
        for stretch in map(_stretch, self.runs):
            content = buffer[filled : filled + stretch.size_bytes]
            if len(content) < stretch.size_bytes or not blobs.read_now(stretch, content):
                self._contents = []
                return None
            self._contents.append(content)
            filled += stretch.size_bytes
        joined, damage = self.joined(kept)
        if damage is None:
            return joined
        # It is read again by who has to be told.
        self._contents = []
        return None

    def joined(self, kept: _Kept) -> tuple[bytes, DataDamaged | None]:
        """All bytes; where some are damaged, those that come before them, and what is wrong."""
        whole = self._find_whole()
        if whole is not None:
            return bytes(whole), None
        read = self._views()
        checked: list[bytes | memoryview] = []
        try:
            checked.extend(_checked(part, read, kept) for part in self.parts)
        except DataDamaged as error:
            return b"".join(checked), error
        return b"".join(checked), None

    def _find_whole(self) -> bytes | memoryview | None:
        """What was read, where it is in this order all that is wanted: then nothing has to be copied."""
        if len(self.runs) != 1 or self.parts != self.runs[0]:
            return None
        (content,), (run,) = self._contents, self.runs
        if run[0].start or run[-1].end < run[-1].size_bytes or not _are_whole(content, run):
            return None
        return content

    def _views(self) -> dict[tuple[str, int], memoryview]:
        views = {}
        for run, content in zip(self.runs, self._contents, strict=True):
            view, began = memoryview(content), run[0].offset
            for block in run:
                start = block.offset - began
                views[block.pack_id, block.offset] = view[start : start + block.size_bytes]
        return views


def _are_whole(content: bytes | memoryview, run: Sequence[WantedBlock]) -> bool:
    view, began = memoryview(content), run[0].offset
    return all(
        isal_zlib.crc32(view[block.offset - began :][: block.size_bytes]) == block.crc32 for block in run
    )


def _checked(part: Wanted, read: Mapping[tuple[str, int], memoryview], kept: _Kept) -> bytes | memoryview:
    if isinstance(part, bytes):
        return part
    place = part.pack_id, part.offset
    block = read[place]
    if isal_zlib.crc32(block) != part.crc32:
        msg = (
            f"Pack {part.pack_id}: bytes {part.offset} to {part.offset + part.size_bytes} differ from their "
            "checksums."
        )
        raise DataDamaged(msg)
    if part.size_bytes <= _SMALL_BYTES:
        _keep(kept, place, block)
    return block[part.start : part.end]


def _keep(kept: _Kept, place: tuple[str, int], block: memoryview) -> None:
    """Keep what is likely to come again soon; the pauses of a book are few."""
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[place] = bytes(block)
