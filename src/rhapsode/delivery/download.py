"""What is handed out: a file of known length, of which any stretch can be read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

ReadStretch = Callable[[int, int], Iterator[bytes]]
"""(start, end) -> the bytes from byte `start` to before byte `end`, in checked blocks; 0 <= start < end <= size.

Raises: DataDamaged: before the first block when a pack that any byte of the file comes from is missing or cut short,
else in place of the damaged block. Whoever stops reading closes the iterator.
"""


@dataclass(frozen=True, slots=True)
class Download:
    """A file as clients get it.

    filename: as a person would call it, with its extension.    size_bytes: exact.
    digest: of all that decides the bytes, 32 bytes: two downloads of one digest have the same bytes, for ever.
    modified_at_ms: when what it is made of was made.    read: any stretch of it.
    """

    filename: str
    media_type: str
    size_bytes: int
    digest: bytes
    modified_at_ms: int
    read: ReadStretch

    @property
    def content(self) -> Iterator[bytes]:
        """All bytes."""
        return self.read(0, self.size_bytes)
