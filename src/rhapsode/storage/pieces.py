"""Pieces of files: what is handed on at once, and what has to be read for it.

A sentence lies in its pack behind the one before it, but the pauses between them are one segment that lies somewhere.
So neighbours are read at once wherever they stand in a piece, and each block is read once for it.
"""

from collections.abc import Generator, Iterable, Sequence

from isal import isal_zlib

from rhapsode.storage.wanted import Wanted
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
        return DataDamaged(
            f"Pack {self.pack_id}: bytes {began} to {self.offset + self.size_bytes} differ from their checksums."
        )


class Piece:
    """Bytes of a file, one behind the other.

    runs: what has to be read for it.
    parts: what it consists of: bytes that are there already, or (number of a run, start, end) for some of that run's.
    """

    __slots__ = ("_ends", "_starts", "parts", "read_bytes", "runs")

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.parts: list[bytes | tuple[int, int, int]] = []
        self.read_bytes = 0
        self._starts: dict[tuple[str, int], int] = {}
        self._ends: dict[tuple[str, int], int] = {}

    def append(self, one: Wanted) -> None:
        """Add what comes next."""
        if isinstance(one, bytes):
            self.parts.append(one)
            return
        pack_id, offset, size_bytes, crc32, start, end = one
        self.read_bytes += size_bytes
        place = pack_id, offset
        number = self._ends.pop(place, None)
        if number is not None:
            # It stands behind a run that is there.
            run = self.runs[number]
            start, end = start + run.size_bytes, end + run.size_bytes
        else:
            number = self._starts.get(place)
            if number is not None:
                self.parts.append((number, start, end))
                return
            number = self._starts[place] = len(self.runs)
            self.runs.append(run := Run(pack_id, offset))
        run.append(size_bytes, crc32)
        self._ends[pack_id, offset + size_bytes] = number
        self.parts.append((number, start, end))

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


def gathered(wanted: Iterable[Wanted]) -> Generator[Piece]:
    """What is wanted in pieces; nothing is held back that has nothing to be read with it."""
    piece, limit_bytes = Piece(), _FIRST_BYTES
    for one in wanted:
        piece.append(one)
        if piece.read_bytes >= limit_bytes:
            yield piece
            piece, limit_bytes = Piece(), GATHERED_BYTES
    if piece.parts:
        yield piece
