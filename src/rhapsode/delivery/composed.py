"""Files of many parts whose sizes are known: any stretch of them, with only those parts opened that it touches."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

from rhapsode.delivery.files import FilePiece, wanted_of
from rhapsode.delivery.zip_layout import ZipLayout
from rhapsode.storage.wanted import Wanted
from rhapsode.studio.errors import DataDamaged

P = TypeVar("P")


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

    def wanted(
        self, start: int, end: int, find_pieces: Callable[[P], Sequence[FilePiece]]
    ) -> Iterator[Wanted]:
        """What has to be read for the bytes from `start` to before `end`; 0 <= start <= end <= size.

        find_pieces: asked for a part when its turn comes.    Raises: what `find_pieces` raises.
        """
        position = bisect_right(self._ends, start)
        while start < end:
            began = self._ends[position - 1] if position else 0
            stop = min(end, self._ends[position])
            pieces = find_pieces(self.parts[position])
            yield from wanted_of(pieces, start - began, stop - began)
            start, position = stop, position + 1


def wanted_of_zip(
    layout: ZipLayout[P], start: int, end: int, find_pieces: Callable[[int], Sequence[FilePiece]]
) -> Iterator[Wanted]:
    """The same of a zip. find_pieces: of the file that an entry is, by its number, from 0."""
    first = bisect_right(layout.starts, start) - 1
    for number in range(first, len(layout.entries)):
        began = layout.starts[number]
        if began >= end:
            return
        yield from wanted_of(_entry_pieces(layout, number, find_pieces), start - began, end - began)
    began = layout.starts[-1]
    if end > began:
        yield layout.directory()[max(start - began, 0) : end - began]


def _entry_pieces(
    layout: ZipLayout[P], number: int, find_pieces: Callable[[int], Sequence[FilePiece]]
) -> Iterator[FilePiece]:
    header = layout.header(number)
    yield FilePiece(len(header), header)
    pieces = find_pieces(number)
    if sum(piece.size_bytes for piece in pieces) != layout.entries[number].size_bytes:
        # All that follows would be elsewhere than was promised.
        msg = f"{layout.entries[number].name} isn't as long as it was when it was made. Convert again."
        raise DataDamaged(msg)
    yield from pieces
