"""Pieces of files: what is handed on at once, and what has to be read for it.

A sentence lies in its pack behind the one before it, but the pauses between them are one segment that lies somewhere.
So neighbours are read at once wherever they stand in a piece, and each block is read once for it.
"""

from bisect import bisect_right
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import accumulate

from isal import isal_zlib

from rhapsode.storage.wanted import WantedBlock
from rhapsode.studio.errors import DataDamaged

GATHERED_BYTES = 3 * 2**16
"""What is handed on at once: few steps for each download, and little memory for each of many slow clients."""

_FIRST_BYTES = 2**15


class Run:
    """Blocks that lie one behind the other in a pack: they are read at once.

    sizes_bytes, crcs32: of each block.
    """

    __slots__ = ("crcs32", "offset", "pack_id", "size_bytes", "sizes_bytes")

    def __init__(self, pack_id: str, offset: int) -> None:
        self.pack_id = pack_id
        self.offset = offset
        self.size_bytes = 0
        self.sizes_bytes: list[int] = []
        self.crcs32: list[int] = []

    @property
    def end(self) -> int:
        """The byte of the pack behind it."""
        return self.offset + self.size_bytes

    def append(self, size_bytes: int, crc32: int) -> None:
        """Add the block behind it."""
        self.size_bytes += size_bytes
        self.sizes_bytes.append(size_bytes)
        self.crcs32.append(crc32)

    def good_bytes(self, content: bytes | memoryview) -> int:
        """How many of the bytes that were read for it stand before the first that aren't what was written."""
        view, checked_bytes = memoryview(content), 0
        for size_bytes, crc32 in zip(self.sizes_bytes, self.crcs32, strict=True):
            end = checked_bytes + size_bytes
            if isal_zlib.crc32(view[checked_bytes:end]) != crc32:
                break
            checked_bytes = end
        return checked_bytes

    def damage(self, good_bytes: int) -> DataDamaged:
        """What is wrong behind its good bytes."""
        began = self.offset + good_bytes
        return DataDamaged(f"Pack {self.pack_id}: bytes {began} to {self.end} differ from their checksums.")


Part = bytes | tuple[int, int, int]
"""Bytes that are there already, or (number of a run, start, end) for some of that run's."""


class Piece:
    """Bytes of a file, one behind the other.    runs: what has to be read for it.    parts: what it consists of."""

    __slots__ = ("parts", "runs", "size_bytes")

    def __init__(self, runs: list[Run], parts: list[Part], size_bytes: int) -> None:
        self.runs = runs
        self.parts = parts
        self.size_bytes = size_bytes

    def assemble(self, contents: Sequence[bytes | memoryview]) -> list[bytes | memoryview]:
        """All parts in order. contents: what was read and checked for each run."""
        views = [memoryview(content) for content in contents]
        return [part if isinstance(part, bytes) else views[part[0]][part[1] : part[2]] for part in self.parts]

    def check(
        self, contents: Sequence[bytes | memoryview]
    ) -> tuple[list[bytes | memoryview], DataDamaged | None]:
        """The same of what wasn't checked; where something is damaged, the parts before it, and what is wrong."""
        good_bytes = [run.good_bytes(content) for run, content in zip(self.runs, contents, strict=True)]
        assembled = self.assemble(contents)
        for place, part in enumerate(self.parts):
            if not isinstance(part, bytes) and part[2] > good_bytes[part[0]]:
                return assembled[:place], self.runs[part[0]].damage(good_bytes[part[0]])
        return assembled, None

    def wanted(self, start: int, end: int) -> Iterator["bytes | WantedBlock | Piece"]:
        """Its bytes from `start` to before `end`, of which it has some: itself, or what of it has to be read."""
        if start <= 0 and end >= self.size_bytes:
            yield self
            return
        for part in self.parts:
            part_bytes = len(part) if isinstance(part, bytes) else part[2] - part[1]
            first, last = max(start, 0), min(end, part_bytes)
            start, end = start - part_bytes, end - part_bytes
            if first < last:
                yield part[first:last] if isinstance(part, bytes) else self._block(part, first, last)

    def _block(self, part: tuple[int, int, int], first: int, last: int) -> WantedBlock:
        """The block that a part is of, and the place of some of the part's bytes in it."""
        run, start = self.runs[part[0]], part[1]
        ends = list(accumulate(run.sizes_bytes))
        number = bisect_right(ends, start)
        began = ends[number] - run.sizes_bytes[number]
        within = start - began
        return WantedBlock(
            run.pack_id,
            run.offset + began,
            run.sizes_bytes[number],
            run.crcs32[number],
            within + first,
            within + last,
        )


Wanted = bytes | WantedBlock | Piece
"""What a file is made of: bytes that are there already, blocks that have to be read, and pieces of both."""


class _Collected:
    """What the next piece is made of."""

    def __init__(self) -> None:
        self.read_bytes = 0
        self.size_bytes = 0
        self._runs: list[Run] = []
        self._parts: list[Part] = []
        self._blocks: dict[tuple[str, int], tuple[int, int]] = {}
        self._ends: dict[tuple[str, int], int] = {}

    def piece(self) -> Piece:
        """All of it."""
        return Piece(self._runs, self._parts, self.size_bytes)

    def before(self, piece: Piece) -> Piece:
        """A piece with all of this before it, where nothing of this has to be read."""
        if not self._parts:
            return piece
        return Piece(piece.runs, [*self._parts, *piece.parts], self.size_bytes + piece.size_bytes)

    def append(self, one: bytes | WantedBlock) -> None:
        """Add what comes next."""
        if isinstance(one, bytes):
            self._parts.append(one)
            self.size_bytes += len(one)
            return
        pack_id, offset, size_bytes, _, start, end = one
        self.read_bytes += size_bytes
        self.size_bytes += end - start
        number, began = self._blocks.get((pack_id, offset)) or self._read_too(one)
        self._parts.append((number, began + start, began + end))

    def _read_too(self, block: WantedBlock) -> tuple[int, int]:
        """Have a block read: in which run, and where that has it."""
        pack_id, offset, size_bytes, crc32, _, _ = block
        # It may stand behind what is read anyway.
        number = self._ends.pop((pack_id, offset), None)
        if number is None:
            number = len(self._runs)
            self._runs.append(Run(pack_id, offset))
        run = self._runs[number]
        place = self._blocks[pack_id, offset] = number, run.size_bytes
        run.append(size_bytes, crc32)
        self._ends[pack_id, offset + size_bytes] = number
        return place


def in_pieces(wanted: Iterable[Wanted], *, first_bytes: int = _FIRST_BYTES) -> Generator[Piece]:
    """What is wanted in pieces for which GATHERED_BYTES are read, or a little more; those of the end may be smaller.

    What is a piece already stays one, with the bytes at hand that stand before it: nothing is held back.
    first_bytes: of the first, which is waited for.
    """
    collected, limit_bytes = _Collected(), first_bytes
    for one in wanted:
        if not isinstance(one, Piece):
            collected.append(one)
            if collected.read_bytes < limit_bytes:
                continue
            yield collected.piece()
        elif collected.read_bytes:
            yield collected.piece()
            yield one
        else:
            yield collected.before(one)
        collected, limit_bytes = _Collected(), GATHERED_BYTES
    if collected.size_bytes:
        yield collected.piece()
