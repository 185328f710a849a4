"""Reading what is spread over packs: in as few reads as it takes, each block checked, in pieces of a good size.

A sentence lies behind the one before it, but the pauses between them are one segment that lies somewhere. So what is
wanted next is collected, neighbours are read at once wherever they stand in the file, and a pause is read once.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from isal import isal_zlib

from rhapsode.storage.blobs import Blobs, Stretch
from rhapsode.storage.pack_format import pack_key
from rhapsode.storage.present import Kept, Part, Scratch, read_present
from rhapsode.storage.wanted import Wanted, WantedBlock
from rhapsode.studio.errors import DataDamaged, RhapsodeError
from rhapsode.studio.limits import BLOCK_BYTES

GATHERED_BYTES = 3 * 2**16
"""What is handed on at once: few steps for each download, and little memory for each of many slow clients."""

MOST_AT_ONCE = 4
"""Pieces that are given as one to who takes them at once: fewer steps, for few clients."""

_MOST_PLANNED = 64
_LEAST_PLANNED = 32
_FIRST_BYTES = 2**15
_scratch = Scratch(MOST_AT_ONCE * (GATHERED_BYTES + BLOCK_BYTES))


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
        self._planned: deque[list[Wanted]] = deque()
        self._in_flight: deque[_Batch] = deque()
        self._kept = Kept()
        self._plan_count = 1
        self._knows_all = False
        self._pieces = self._read()

    def __next__(self) -> bytes:
        """The next piece."""
        return next(self._pieces)

    def next_now(self, pieces: int = 1) -> list[Part] | None:
        """What the next piece consists of, if nothing has to be waited for; None where `next` has to be asked.

        pieces: how many to give as one, at most MOST_AT_ONCE.
        """
        if self._in_flight or not self._planned or self._damage is not None:
            return None
        pieces = min(pieces, len(self._planned))
        parts = self._planned[0] if pieces == 1 else list(chain.from_iterable(islice(self._planned, pieces)))
        found = read_present(parts, self._blobs, self._kept, _scratch)
        if found is not None:
            for _ in range(pieces):
                self._planned.popleft()
        return found

    @property
    def wants_to_look_ahead(self) -> bool:
        """Whether so little is known of what comes next that `next_now` will soon have nothing."""
        return not (self._knows_all or self._in_flight) and len(self._planned) < _LEAST_PLANNED

    def look_ahead(self) -> None:
        """See what comes next, which asks the records: in a thread. `next_now` may be called meanwhile."""
        planned = 0
        try:
            for parts in islice(self._gathered, self._plan_count):
                self._planned.append(parts)
                planned += 1
            self._knows_all = planned < self._plan_count
        except RhapsodeError as error:
            self._error, self._knows_all = error, True
        self._plan_count = _MOST_PLANNED

    def close(self) -> None:
        """Let go of everything; to be called by whoever stops before the end."""
        self._kept.close()
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
        views, self._damage = self._in_flight.popleft().checked(self._kept)
        if views:
            yield b"".join(views)
        if self._damage is not None:
            raise self._damage

    def _stretches(self) -> Iterator[Stretch]:
        while self._planned or self._plan():
            batch = _Batch([self._kept.find(part) for part in self._planned.popleft()])
            self._in_flight.append(batch)
            yield from map(_stretch, batch.runs)

    def _plan(self) -> bool:
        """See what comes next; False at the end. What goes wrong with it is said when its turn comes."""
        if self._error is None:
            self.look_ahead()
        if self._error is not None and not self._planned:
            raise self._error
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

    def checked(self, kept: Kept) -> tuple[list[bytes | memoryview], DataDamaged | None]:
        """All parts in order; where one is damaged, those that come before it, and what is wrong."""
        read = self._views()
        checked: list[bytes | memoryview] = []
        try:
            checked.extend(_checked(part, read, kept) for part in self.parts)
        except DataDamaged as error:
            return checked, error
        return checked, None

    def _views(self) -> dict[tuple[str, int], memoryview]:
        views = {}
        for run, content in zip(self.runs, self._contents, strict=True):
            view, began = memoryview(content), run[0].offset
            for block in run:
                start = block.offset - began
                views[block.pack_id, block.offset] = view[start : start + block.size_bytes]
        return views


def _checked(part: Wanted, read: Mapping[tuple[str, int], memoryview], kept: Kept) -> bytes | memoryview:
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
    kept.keep(part, block)
    return block[part.start : part.end]
