"""Blocks of packs, which is what files are made of."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rhapsode.storage.packed import SegmentLocation
from rhapsode.studio.limits import BLOCK_BYTES


class WantedBlock(NamedTuple):
    """A block of a pack, of which the bytes from `start` to before `end` are wanted; it is read and checked whole."""

    pack_id: str
    offset: int
    size_bytes: int
    crc32: int
    start: int
    end: int


def find_blocks(location: SegmentLocation, start: int, end: int) -> Iterable[WantedBlock]:
    """The blocks of a segment that its bytes from `start` to before `end` are in; 0 <= start < end <= its size."""
    pack_id, offset, size_bytes, crcs = location
    if size_bytes <= BLOCK_BYTES:
        # Most segments are one block, and a book has thousands.
        return (WantedBlock(pack_id, offset, size_bytes, crcs[0], start, end),)
    return _find_blocks(location, start, end)


def _find_blocks(location: SegmentLocation, start: int, end: int) -> Iterator[WantedBlock]:
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
