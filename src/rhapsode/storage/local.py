"""Blobs as files of a local directory: the key is the path."""

import io
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from weakref import WeakValueDictionary

from rhapsode.storage.blobs import Stretch, checked_key, is_key
from rhapsode.storage.files import (
    OpenFile,
    make_directories,
    move_durably,
    sync_directory,
    translate_full_storage,
)
from rhapsode.studio.errors import BlobMissing, DataDamaged

# No key begins with a dot, so the unfinished files are never in the way of a blob.
_TEMPORARY = ".temporary"
_ABSENT = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class LocalBlobs:
    """The contract `Blobs` on one local file system; `root` and its parents are made when needed.

    writer: who writes there beside others, each with a temporary directory of its own; None for who has it alone.
    """

    def __init__(self, root: Path, writer: str | None = None) -> None:
        self._root = root
        self._writer = writer
        self._durable_directories: set[Path] = set()
        self._opened: WeakValueDictionary[str, OpenFile] = WeakValueDictionary()

    def __reduce__(self) -> tuple[type["LocalBlobs"], tuple[Path, str | None]]:
        # Another process opens its own files.
        return LocalBlobs, (self._root, self._writer)

    def put(self, key: str, source: Path) -> None:
        """See `Blobs.put`. The file is renamed, so it must lie in `temporary_directory`."""
        target = self.path(key)
        try:
            with translate_full_storage():
                if _size_of_file(target) == source.stat().st_size:
                    # The name may be another writer's, from a moment ago, and not on the disk yet.
                    sync_directory(target.parent)
                else:
                    self._move(key, source)
        finally:
            source.unlink(missing_ok=True)

    def put_again(self, key: str, source: Path) -> None:
        """See `Blobs.put_again`. The file is renamed, as in `put`."""
        try:
            with translate_full_storage():
                self._move(key, source)
        finally:
            source.unlink(missing_ok=True)

    def _move(self, key: str, source: Path) -> None:
        target = self.path(key)
        self._make_durable(target.parent)
        move_durably(source, target)
        self._opened.pop(key, None)

    def _make_durable(self, directory: Path) -> None:
        """Make a directory; once in this process, also bring the names on its way to the disk.

        A directory that exists may have been made by another writer just now and be lost by a power failure.
        """
        make_directories(directory)
        while directory != self._root and directory not in self._durable_directories:
            sync_directory(directory.parent)
            self._durable_directories.add(directory)
            directory = directory.parent

    def read(self, key: str, offset: int, size_bytes: int) -> bytes:
        """See `Blobs.read`."""
        try:
            # No buffer is made for it: an archive is read in thousands of such steps.
            with io.FileIO(self._place(key)) as file:
                file.seek(offset)
                content = _read_all(file, size_bytes)
        except _ABSENT as error:
            raise _missing(key) from error
        if len(content) < size_bytes:
            msg = f"The stored file {key} ends before byte {offset + size_bytes}."
            raise DataDamaged(msg)
        return content

    def read_many(self, stretches: Iterable[Stretch]) -> Iterator[bytes]:
        """See `Blobs.read_many`. The system reads ahead by itself."""
        for key, offset, size_bytes in stretches:
            yield self.read(key, offset, size_bytes)

    def open_now(self, key: str) -> OpenFile | None:
        """See `Blobs.open_now`. Whoever asks for the same file meanwhile shares it."""
        file = self._opened.get(key)
        if file is None:
            try:
                file = OpenFile(self._place(key))
            except OSError:
                return None
            self._opened[key] = file
        return file

    def size_bytes(self, key: str) -> int:
        """See `Blobs.size_bytes`."""
        size = _size_of_file(self._place(key))
        if size is None:
            raise _missing(key)
        return size

    def sizes_bytes(self, keys: Sequence[str]) -> list[int]:
        """See `Blobs.sizes_bytes`."""
        return [self.size_bytes(key) for key in keys]

    def delete(self, key: str) -> None:
        """See `Blobs.delete`."""
        path = self.path(key)
        if _size_of_file(path) is not None:
            path.unlink(missing_ok=True)

    def list_keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        """See `Blobs.list_keys`. Holds one directory's names at a time."""
        yield from _list_files(self._root, "", prefix)

    def path(self, key: str) -> Path:
        """See `Blobs.path`."""
        return self._root / checked_key(key)

    def _place(self, key: str) -> str:
        """The same for what is done thousands of times for a file."""
        return f"{self._root}{os.sep}{checked_key(key)}"

    def temporary_directory(self) -> Path:
        """See `Blobs.temporary_directory`."""
        directory = self._root / (_TEMPORARY if self._writer is None else f"{_TEMPORARY}-{self._writer}")
        with translate_full_storage():
            make_directories(directory)
        return directory

    def remove_temporaries(self) -> None:
        """Remove the unfinished files that a killed process has left.

        Only for the owner of the temporary directory, before anything is written: it can't tell them from files in
        use.
        """
        for leftover in self.temporary_directory().iterdir():
            leftover.unlink()


def _missing(key: str) -> BlobMissing:
    return BlobMissing(f"The stored file {key} is missing.")


def _read_all(file: io.FileIO, size_bytes: int) -> bytes:
    """So many bytes, or all that are left: a single call may give fewer than there are."""
    content = file.read(size_bytes)
    while len(content) < size_bytes and (more := file.read(size_bytes - len(content))):
        content += more
    return content


def _size_of_file(path: Path | str) -> int | None:
    try:
        status = os.stat(path)  # noqa: PTH116 -- a path takes longer to be made than to be looked at
    except _ABSENT:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _list_files(directory: Path, parent_key: str, prefix: str) -> Iterator[tuple[str, int]]:
    for name in _sorted_names(directory):
        key = parent_key + name
        if not (key.startswith(prefix) or prefix.startswith(key)):
            continue
        if name.endswith("/"):
            yield from _list_files(directory / name, key, prefix)
            continue
        size = _size_of_file(directory / name)
        if size is not None and key.startswith(prefix):
            yield key, size


def _sorted_names(directory: Path) -> list[str]:
    """Names that can be parts of keys, in the order of the keys; a directory's ends with "/"."""
    try:
        with os.scandir(directory) as entries:
            names = [entry.name + "/" if entry.is_dir() else entry.name for entry in entries]
    except _ABSENT:
        return []
    return sorted(name for name in names if is_key(name.removesuffix("/")))
