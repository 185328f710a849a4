"""A zip-based document, guarded: nothing is inflated before its directory has been checked.

`zipfile` trusts what a directory claims: it accepts entries that overlap (48 kB can claim a gigabyte) and
names that occur twice. So the directory is checked here, and inflated bytes are counted while they are read.
"""

import io
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from itertools import pairwise

from rhapsode.studio.errors import DocumentRefused
from rhapsode.studio.limits import MAX_ARCHIVE_BYTES, MAX_ARCHIVE_ENTRIES, MAX_COMPRESSION_RATIO

_ENCRYPTED_FLAG = 0x1
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_LOCAL_SIGNATURE = b"PK\x03\x04"
_CHUNK_BYTES = 2**16
_RATIO_FROM_BYTES = 2**20  # what is small can't hurt, and tiny repetitive files have any ratio
# Of a whole archive: drawings that are mostly white shrink a thousandfold, and nobody unpacks them here.
_RATIO_OF_ALL_FROM_BYTES = 32 * 2**20
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    ValueError,  # includes UnicodeError
    OverflowError,
    RuntimeError,
    OSError,
    IndexError,
)
_DAMAGED = "The file is damaged or incomplete: its zip archive can't be read. Get a fresh copy of it."


@dataclass(frozen=True, slots=True)
class PackedEntry:
    """An entry as its archive holds it: `packed_bytes` bytes from `offset` of the archive on, packed by `method`.

    crc32, size_bytes: of the file, as the archive's directory says.
    """

    offset: int
    packed_bytes: int
    method: int
    crc32: int
    size_bytes: int


class Archive:
    """The entries of a zip file in memory.

    landmark: a file whose place tells where the root is, for whoever packs a folder instead of what is in it
      leaves everything one folder further down.
    Raises: DocumentRefused, when the archive is damaged, encrypted, or built to exhaust memory.
    """

    def __init__(self, content: bytes, *, landmark: str | None = None) -> None:
        self._content = content
        self._inflated_bytes = 0
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
            _check(entries)
            self._check_overlap()
        except _DAMAGE as error:
            raise DocumentRefused(_DAMAGED) from error
        root = _root_of(entries, landmark) if landmark else ""
        self._entries = {
            entry.filename.removeprefix(root): entry for entry in entries if entry.filename.startswith(root)
        }
        self._alike = {_alike(name): name for name in self._entries}

    @property
    def names(self) -> list[str]:
        """The paths of all files from the root on, as stored."""
        return list(self._entries)

    def find(self, path: str) -> str | None:
        """The stored name of `path`: exact, else differing in case or Unicode form, as tools leave it."""
        return path if path in self._entries else self._alike.get(_alike(path))

    def read(self, name: str) -> bytes:
        """The bytes of a stored name. Raises: DocumentRefused when they are damaged or too many."""
        entry = self._entries[name]
        pieces = []
        size = 0
        try:
            with self._zip.open(entry) as stream:
                while piece := stream.read(_CHUNK_BYTES):
                    size += len(piece)
                    self._count(len(piece), size, entry)
                    pieces.append(piece)
        except _DAMAGE as error:
            raise DocumentRefused(_DAMAGED) from error
        return b"".join(pieces)

    def packed(self, name: str) -> PackedEntry:
        """Where a stored name lies, unread."""
        entry = self._entries[name]
        _, end = self._span(entry)
        return PackedEntry(
            end - entry.compress_size, entry.compress_size, entry.compress_type, entry.CRC, entry.file_size
        )

    def _count(self, piece_bytes: int, size: int, entry: zipfile.ZipInfo) -> None:
        self._inflated_bytes += piece_bytes
        if self._inflated_bytes > MAX_ARCHIVE_BYTES or _is_bomb(size, entry):
            raise _too_large()

    def _check_overlap(self) -> None:
        spans = sorted(self._span(entry) for entry in self._zip.infolist())
        ends = [*spans, (self._zip.start_dir, self._zip.start_dir)]
        if any(end > start for (_, end), (start, _) in pairwise(ends)):
            msg = "The archive's entries overlap, which no honest program writes; the file is not imported."
            raise DocumentRefused(msg)

    def _span(self, entry: zipfile.ZipInfo) -> tuple[int, int]:
        signature, name_bytes, extra_bytes = _LOCAL_HEADER.unpack_from(self._content, entry.header_offset)
        if signature != _LOCAL_SIGNATURE:
            raise zipfile.BadZipFile
        start = entry.header_offset + _LOCAL_HEADER.size + name_bytes + extra_bytes
        return entry.header_offset, start + entry.compress_size


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ARCHIVE_ENTRIES or _are_bomb(entries):
        raise _too_large()
    contents: dict[str, tuple[int, int]] = {}
    for entry in entries:
        # Careless programs write the same file twice, and then either is meant.
        content = entry.CRC, entry.file_size
        if contents.setdefault(entry.filename, content) != content:
            msg = f"The archive holds {entry.filename!r} twice, so it isn't clear which one is meant."
            raise DocumentRefused(msg)
        _check_entry(entry)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & _ENCRYPTED_FLAG:
        msg = "The archive is encrypted with a password. Remove the password and import it again."
        raise DocumentRefused(msg)
    if ".." in entry.filename.split("/") or entry.filename.startswith("/"):
        msg = f"The archive holds {entry.filename!r}, which points outside of it; the file is not imported."
        raise DocumentRefused(msg)


def _are_bomb(entries: list[zipfile.ZipInfo]) -> bool:
    size = sum(entry.file_size for entry in entries)
    packed_size = sum(entry.compress_size for entry in entries)
    is_dense = size > _RATIO_OF_ALL_FROM_BYTES and size > MAX_COMPRESSION_RATIO * max(packed_size, 1)
    return is_dense or size > MAX_ARCHIVE_BYTES


def _is_bomb(size: int, entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is one, of which `size` bytes have been read."""
    return size > _RATIO_FROM_BYTES and size > MAX_COMPRESSION_RATIO * max(entry.compress_size, 1)


def _too_large() -> DocumentRefused:
    return DocumentRefused(
        f"The archive would unpack to far more than a document holds (limits: {MAX_ARCHIVE_ENTRIES:,} files,"
        f" {MAX_ARCHIVE_BYTES // 2**20:,} MiB, {MAX_COMPRESSION_RATIO} times its packed size)."
    )


def _root_of(entries: list[zipfile.ZipInfo], landmark: str) -> str:
    """The one folder in which `landmark` lies, with its slash; empty for the top, or where there are several."""
    ending = _alike(f"/{landmark}")
    folders = {
        entry.filename[: -len(landmark)] for entry in entries if _alike(f"/{entry.filename}").endswith(ending)
    }
    return folders.pop() if len(folders) == 1 else ""


def _alike(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
