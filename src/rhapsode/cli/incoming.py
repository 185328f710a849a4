"""A file on its way into a folder, out of this process or from a server."""

from collections.abc import Iterator
from dataclasses import dataclass

from rhapsode.delivery.blocks import gathered, read_ahead
from rhapsode.delivery.download import Download


@dataclass(frozen=True, slots=True)
class Incoming:
    """All bytes of a file in checked blocks, and how many they are.

    Reading raises DataDamaged: before the first byte when a pack is missing, else in place of the damaged block.
    """

    size_bytes: int
    content: Iterator[bytes]


def reading_ahead(download: Download) -> Incoming:
    """A file of this process, read and checked in a thread of its own while what came before is written."""
    return Incoming(download.size_bytes, read_ahead(gathered(download.content)))
