"""A zip whose every byte has its place before the first is sent: entries are stored as they are.

Source: PKWARE APPNOTE.TXT 6.3.9, sections 4.3 to 4.5.
"""

import re
import struct
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rhapsode.text.characters import cut_before

P = TypeVar("P")

MAX_TITLE_BYTES = 120
"""UTF-8 bytes of the title in a name: file systems end at 255, and folders above want their share."""

_VERSION = 20
_VERSION_ZIP64 = 45
_MADE_ON_UNIX = 3 << 8
_UTF_8_NAMES = 1 << 11
_STORED = 0
_TIME = 0
_DATE_1980_01_01 = 1 << 5 | 1
_REGULAR_RW_R_R = 0o100644 << 16
_MAX_U16 = 2**16 - 1
_MAX_U32 = 2**32 - 1
_ZIP64_EXTRA = 1

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_END_ZIP64 = struct.Struct("<4sQHHIIQQQQ")
_LOCATOR_ZIP64 = struct.Struct("<4sIQI")

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co"})
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\s]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ZipEntry(Generic[P]):
    """One file of the archive. `payload` is whatever the caller finds its bytes by."""

    name: str
    size_bytes: int
    crc32: int
    payload: P


@dataclass(frozen=True, slots=True)
class LiteralPiece:
    """Bytes of the archive itself, from byte `start` of it on."""

    start: int
    content: bytes

    @property
    def size_bytes(self) -> int:
        """Bytes of this piece."""
        return len(self.content)


@dataclass(frozen=True, slots=True)
class PayloadPiece(Generic[P]):
    """The whole content of one entry, from byte `start` of the archive on."""

    start: int
    size_bytes: int
    payload: P


@dataclass(frozen=True, slots=True)
class ZipLayout(Generic[P]):
    """The whole archive: pieces in order, each beginning where the one before it ends."""

    size_bytes: int
    pieces: tuple[LiteralPiece | PayloadPiece[P], ...]


def plan_zip(entries: Sequence[ZipEntry[P]]) -> ZipLayout[P]:
    """Lay out an archive of `entries`, in their order. The same entries give the same bytes.

    Every entry is stored, dated 1980-01-01 and a plain file that its owner can write; sizes and checksums
    stand before the content. ZIP64 records appear only where a size, place or count needs them.
    Raises: ValueError, when two entries have one name.
    """
    if len({entry.name for entry in entries}) < len(entries):
        msg = "two entries of an archive have one name"
        raise ValueError(msg)
    pieces: list[LiteralPiece | PayloadPiece[P]] = []
    directory = []
    position = 0
    for entry in entries:
        header = _local_header(entry)
        directory.append(_central_header(entry, position))
        pieces.append(LiteralPiece(position, header))
        pieces.append(PayloadPiece(position + len(header), entry.size_bytes, entry.payload))
        position += len(header) + entry.size_bytes
    end = LiteralPiece(position, _end(directory, position))
    return ZipLayout(position + end.size_bytes, (*pieces, end))


def entry_name(ordinal: int, count: int, title: str, extension: str) -> str:
    """Name a file such as "01 The Title.mp3": it sorts in order everywhere and is unique by its ordinal.

    ordinal: 1 to `count`.    extension: without the dot.
    """
    number = str(ordinal).zfill(max(2, len(str(count))))
    return f"{number} {clean_title(title)}".rstrip() + f".{extension}"


def clean_title(title: str) -> str:
    """`title` as a file name on every file system, of at most 120 UTF-8 bytes; may be empty.

    Unicode NFC; control and formatting characters are dropped, those that Windows or Unix refuse become
    spaces; no dot or space at either end; names that Windows keeps to itself get an underscore.
    """
    visible = "".join(c for c in title if c.isspace() or unicodedata.category(c) not in _INVISIBLE)
    spaced = _FORBIDDEN.sub(" ", unicodedata.normalize("NFC", visible)).strip(" .")
    name = f"_{spaced}" if _RESERVED.match(spaced) else spaced
    return _cut_to_bytes(name, MAX_TITLE_BYTES).rstrip(" .")


def _cut_to_bytes(text: str, limit: int) -> str:
    kept = text.encode("utf-8")[:limit].decode("utf-8", errors="ignore")
    return text[: cut_before(text, len(kept))]


def _local_header(entry: ZipEntry[P]) -> bytes:
    name = entry.name.encode("utf-8")
    big = entry.size_bytes >= _MAX_U32
    extra = _zip64_extra([entry.size_bytes, entry.size_bytes]) if big else b""
    size_bytes = _MAX_U32 if big else entry.size_bytes
    return (
        _LOCAL.pack(
            b"PK\3\4",
            _VERSION_ZIP64 if big else _VERSION,
            _UTF_8_NAMES,
            _STORED,
            _TIME,
            _DATE_1980_01_01,
            entry.crc32,
            size_bytes,
            size_bytes,
            len(name),
            len(extra),
        )
        + name
        + extra
    )


def _central_header(entry: ZipEntry[P], position: int) -> bytes:
    name = entry.name.encode("utf-8")
    extra = _zip64_extra(list(_too_large(entry.size_bytes, entry.size_bytes, position)))
    version = _VERSION_ZIP64 if extra else _VERSION
    size_bytes = min(entry.size_bytes, _MAX_U32)
    no_comment, first_disk, binary = 0, 0, 0
    return (
        _CENTRAL.pack(
            b"PK\1\2",
            _MADE_ON_UNIX | version,
            version,
            _UTF_8_NAMES,
            _STORED,
            _TIME,
            _DATE_1980_01_01,
            entry.crc32,
            size_bytes,
            size_bytes,
            len(name),
            len(extra),
            no_comment,
            first_disk,
            binary,
            _REGULAR_RW_R_R,
            min(position, _MAX_U32),
        )
        + name
        + extra
    )


def _too_large(*values: int) -> Iterator[int]:
    return (value for value in values if value >= _MAX_U32)


def _zip64_extra(values: Sequence[int]) -> bytes:
    if not values:
        return b""
    return struct.pack(f"<HH{len(values)}Q", _ZIP64_EXTRA, 8 * len(values), *values)


def _end(directory: Sequence[bytes], position: int) -> bytes:
    """Central directory and end records; the directory starts at byte `position`."""
    central = b"".join(directory)
    count = len(directory)
    zip64 = b""
    if count >= _MAX_U16 or len(central) >= _MAX_U32 or position >= _MAX_U32:
        zip64 = _end_zip64(count, len(central), position)
    listed = min(count, _MAX_U16)
    end = _END.pack(b"PK\5\6", 0, 0, listed, listed, min(len(central), _MAX_U32), min(position, _MAX_U32), 0)
    return central + zip64 + end


def _end_zip64(count: int, central_bytes: int, position: int) -> bytes:
    size_of_rest = _END_ZIP64.size - 12
    version = _VERSION_ZIP64
    record = _END_ZIP64.pack(
        b"PK\6\6",
        size_of_rest,
        _MADE_ON_UNIX | version,
        version,
        0,
        0,
        count,
        count,
        central_bytes,
        position,
    )
    return record + _LOCATOR_ZIP64.pack(b"PK\6\7", 0, position + central_bytes, 1)
