"""Blocks of packs, which is what files are made of."""

from collections.abc import Iterator
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
