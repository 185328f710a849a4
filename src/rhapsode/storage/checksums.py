"""CRC-32 of bytes, and of joined bytes from those of their parts (ISA-L: 0.07 CPU s/GiB)."""

from collections.abc import Iterable
from functools import reduce

from isal import isal_zlib


def crc32_of(content: bytes | memoryview) -> int:
    """The CRC-32 of some bytes."""
    return int(isal_zlib.crc32(content))


def crc32_of_join(parts: Iterable[tuple[int, int]]) -> int:
    """The CRC-32 of joined parts, from the (CRC-32, size in bytes) of each."""
    return reduce(lambda crc32, part: int(isal_zlib.crc32_combine(crc32, part[0], part[1])), parts, 0)
