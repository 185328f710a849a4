"""Bytes of one answer on the disk, which are gone with whoever holds them, also after a kill."""

import contextlib
import io
import threading
from collections.abc import Iterator
from pathlib import Path

from rhapsode.storage.files import translate_full_storage, write_all
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import new_id
from rhapsode.studio.limits import BLOCK_BYTES


class Spool:
    """A file that one process writes (`SpoolWriter`) and this one reads, also while it is written. Thread-safe.

    path: its name, until the writer has opened it; then nobody finds it by one.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / f"{new_id()}.spool"
        self._lock = threading.Lock()
        with translate_full_storage():
            self._file = self.path.open("x+b", buffering=0)

    def iterate_blocks(self, offset: int, size_bytes: int) -> Iterator[bytes]:
        """So many bytes from `offset`, at most BLOCK_BYTES at a time. Raises: DataDamaged, when there are fewer."""
        for start in range(offset, offset + size_bytes, BLOCK_BYTES):
            yield self.read(start, min(BLOCK_BYTES, offset + size_bytes - start))

    def read(self, offset: int, size_bytes: int) -> bytes:
        """So many bytes from `offset`. Raises: DataDamaged, when there are fewer."""
        with self._lock:
            self._file.seek(offset)
            content = self._file.read(size_bytes)
        if len(content) < size_bytes:
            msg = "What was made for an answer is cut short."
            raise DataDamaged(msg)
        return content

    def close(self) -> None:
        """Give the space back. Safe to call twice."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __del__(self) -> None:
        # An answer that nobody began to read.
        with contextlib.suppress(AttributeError):
            self.close()


class SpoolWriter:
    """Writes a spool, in whichever process; to be used in a `with` block."""

    def __init__(self, path: Path) -> None:
        self._file: io.FileIO = path.open("r+b", buffering=0)
        # Windows keeps the name of what is open: there it goes when the reader closes it.
        with contextlib.suppress(PermissionError):
            path.unlink()

    def append(self, content: bytes) -> None:
        """Write behind what is there. Raises: StorageFull."""
        with translate_full_storage():
            write_all(self._file, content)

    def __enter__(self) -> "SpoolWriter":
        return self

    def __exit__(self, *error: object) -> None:
        with translate_full_storage():
            self._file.close()
