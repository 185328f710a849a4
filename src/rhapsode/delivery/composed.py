"""Files of many parts whose sizes are known: any stretch of them, with only those parts opened that it touches."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Generic, Protocol, TypeVar

from rhapsode.delivery.files import FilePiece, last_ends, wanted_of
from rhapsode.delivery.zip_layout import ZipLayout
from rhapsode.storage.pieces import GATHERED_BYTES, Piece, Wanted, in_pieces
from rhapsode.studio.errors import DataDamaged

_PART_MEMORY_BYTES = 150
_RUN_MEMORY_BYTES = 350

P = TypeVar("P")
K = TypeVar("K")
V = TypeVar("V")


class Content(Protocol):
    """Bytes whose places are known, of which any stretch can be read."""

    @property
    def size_bytes(self) -> int:
        """How many there are."""

    def wanted(self, start: int, end: int) -> Iterator[Wanted]:
        """What has to be read for the bytes from `start` to before `end`: it has some of them."""


def need_size(content: Content, size_bytes: int, name: str) -> None:
    """See that what is stored is as long as was promised: what follows would be elsewhere. Raises: DataDamaged."""
    if content.size_bytes != size_bytes:
        msg = f"{name} isn't as long as it was when it was made. Convert again."
        raise DataDamaged(msg)


class FilePieces:
    """What some pieces of a file have."""

    __slots__ = ("_pieces", "size_bytes")

    def __init__(self, pieces: Sequence[FilePiece]) -> None:
        self._pieces = pieces
        self.size_bytes = sum([piece.size_bytes for piece in pieces])

    def wanted(self, start: int, end: int) -> Iterator[Wanted]:
        """See `Content`."""
        return wanted_of(self._pieces, start, end)


class Composed(Generic[P]):
    """A file: what its parts are, in order, and where each of them ends."""

    def __init__(self, parts: Sequence[tuple[int, P]]) -> None:
        """parts: (size in bytes, what it is)."""
        self.parts = [part for _, part in parts]
        self._ends = list(accumulate(size_bytes for size_bytes, _ in parts))

    @property
    def size_bytes(self) -> int:
        """Of the whole file."""
        return self._ends[-1] if self._ends else 0

    def wanted(self, start: int, end: int, open_part: Callable[[int], Content]) -> Iterator[Wanted]:
        """What has to be read for the bytes from `start` to before `end`; 0 <= start <= end <= size.

        open_part: asked for a part, by its number, when its turn comes; it has as many bytes as it was said to have,
          or more behind them.    Raises: what it raises.
        """
        number = bisect_right(self._ends, start)
        while start < end:
            began = self._ends[number - 1] if number else 0
            stop = min(end, self._ends[number])
            yield from open_part(number).wanted(start - began, stop - began)
            start, number = stop, number + 1


class Prepared:
    """Bytes of which it is known once and for all what has to be read for them.

    memory_bytes: what that takes, more or less.    pack_ends: as `files.pack_ends` gives them.
    """

    def __init__(self, wanted: Iterable[Wanted]) -> None:
        pieces = list(in_pieces(wanted, first_bytes=GATHERED_BYTES))
        self._pieces = Composed([(piece.size_bytes, piece) for piece in pieces])
        self.memory_bytes = sum(map(_memory_bytes, pieces))
        self.pack_ends = last_ends((run.pack_id, run.end) for piece in pieces for run in piece.runs)

    @property
    def size_bytes(self) -> int:
        """See `Content`."""
        return self._pieces.size_bytes

    def wanted(self, start: int, end: int) -> Iterator[Wanted]:
        """See `Content`."""
        return self._pieces.wanted(start, end, self._pieces.parts.__getitem__)


def _memory_bytes(piece: Piece) -> int:
    at_hand_bytes = sum([len(part) for part in piece.parts if isinstance(part, bytes)])
    return at_hand_bytes + _PART_MEMORY_BYTES * len(piece.parts) + _RUN_MEMORY_BYTES * len(piece.runs)


def wanted_of_zip(
    layout: ZipLayout[P], start: int, end: int, open_entry: Callable[[int], Content]
) -> Iterator[Wanted]:
    """The same of a zip. open_entry: gives the file that an entry is, by its number, from 0."""
    first = bisect_right(layout.starts, start) - 1
    for number in range(first, len(layout.entries)):
        began = layout.starts[number]
        if began >= end:
            return
        yield from _wanted_of_entry(layout, number, start - began, end - began, open_entry)
    yield from wanted_of_directory(layout, start, end)


def wanted_of_directory(layout: ZipLayout[P], start: int, end: int) -> Iterator[Wanted]:
    """What of it is in the list at a zip's end."""
    began = layout.starts[-1]
    if end > began:
        yield layout.directory()[max(start - began, 0) : end - began]


def _wanted_of_entry(
    layout: ZipLayout[P], number: int, start: int, end: int, open_entry: Callable[[int], Content]
) -> Iterator[Wanted]:
    header = layout.header(number)
    content = open_entry(number)
    need_size(content, layout.entries[number].size_bytes, layout.entries[number].name)
    if start < len(header):
        yield header[max(start, 0) : end]
    if end > len(header):
        yield from content.wanted(max(start - len(header), 0), min(end - len(header), content.size_bytes))


class LookAhead(Generic[K, V]):
    """What is asked for in its order, of which the next few are looked up together.

    look_up: gives what belongs to each of some keys. The first is looked up alone, because its bytes are waited for,
      and so is each where one of the next few is damaged: what stands before it is whole.
    """

    def __init__(
        self, keys: Sequence[K], look_up: Callable[[Sequence[K]], Sequence[V]], *, at_once: int
    ) -> None:
        self._keys = keys
        self._look_up = look_up
        self._at_once = at_once
        self._start = 0
        self._found: Sequence[V] = ()

    def find(self, number: int) -> V:
        """What belongs to the key of this number. Raises: what `look_up` raises."""
        if not 0 <= number - self._start < len(self._found):
            self._found = self._look_up_from(number, self._at_once if self._found else 1)
            self._start = number
        return self._found[number - self._start]

    def _look_up_from(self, number: int, count: int) -> Sequence[V]:
        try:
            return self._look_up(self._keys[number : number + count])
        except DataDamaged:
            if count == 1:
                raise
            return self._look_up(self._keys[number : number + 1])
