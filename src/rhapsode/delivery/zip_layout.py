"""A zip whose every byte has its place before the first is sent: entries are stored as they come.

Source: PKWARE APPNOTE.TXT 6.3.9, sections 4.3 to 4.5.
"""

import re
import struct
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Generic, NamedTuple, TypeVar

from rhapsode.text.characters import cut_before

P = TypeVar("P")

MAX_TITLE_BYTES = 120
"""UTF-8 bytes of the title in a name: file systems end at 255, and folders above want their share."""

_VERSION = 20
_VERSION_ZIP64 = 45
_MADE_ON_UNIX = 3 << 8
_UTF_8_NAMES = 1 << 11
_STORED = 0
_DEFLATED = 8
_TIME = 0
_DATE_1980_01_01 = 1 << 5 | 1
_REGULAR_RW_R_R = 0o100644 << 16
_MAX_U16 = 2**16 - 1
_MAX_U32 = 2**32 - 1
_ZIP64_EXTRA = 1
_ZIP64_EXTRA_BYTES = (0, 12, 20, 28)
"""By how many of an entry's values need 64 bits."""

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_END_ZIP64 = struct.Struct("<4sQHHIIQQQQ")
_LOCATOR_ZIP64 = struct.Struct("<4sIQI")

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co"})
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\s]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)


class ZipEntry(NamedTuple, Generic[P]):
    """One file of the archive. `payload` is whatever the caller finds its bytes by.

    size_bytes: of these bytes.    inflated_bytes: of the file, where they are deflated (RFC 1951): below 4 GiB.
    crc32: of the file.
    """

    name: str
    size_bytes: int
    crc32: int
    payload: P
    inflated_bytes: int | None = None

    @property
    def file_bytes(self) -> int:
        """Of the file as whoever opens the archive gets it."""
        return self.size_bytes if self.inflated_bytes is None else self.inflated_bytes

    @property
    def method(self) -> int:
        """How its bytes are packed (APPNOTE 4.4.5)."""
        return _STORED if self.inflated_bytes is None else _DEFLATED


class ZipLayout(Generic[P]):
    """The whole archive: a header and a file for each entry, one behind the other, and a list of them at the end.

    entries: in order.    starts: where each entry's header is, and behind them all where the list begins.
    size_bytes: of the archive.    Headers and the list are made when they are sent: of 10,000 entries they are 3 MB.
    """

    __slots__ = ("entries", "size_bytes", "starts")

    def __init__(self, entries: Sequence[ZipEntry[P]]) -> None:
        self.entries = entries
        self.starts = list(accumulate((_local_bytes(entry) for entry in entries), initial=0))
        self.size_bytes = self.starts[-1] + self._directory_bytes()

    def header(self, number: int) -> bytes:
        """What stands before the content of an entry."""
        return _local_header(self.entries[number])

    def directory(self) -> bytes:
        """What stands behind all content: name, size, checksum and place of every entry."""
        central = b"".join(map(_central_header, self.entries, self.starts))
        return central + _end(len(self.entries), len(central), self.starts[-1])

    def _directory_bytes(self) -> int:
        central_bytes = sum(map(_central_bytes, self.entries, self.starts))
        return central_bytes + len(_end(len(self.entries), central_bytes, self.starts[-1]))


def listing_of(entries: Sequence[ZipEntry[P]]) -> bytes:
    """Names, sizes and checksums of entries, which a digest of what they make is made of."""
    numbers = array("Q", [entry.size_bytes for entry in entries])
    numbers.extend([entry.crc32 for entry in entries])
    return numbers.tobytes() + "\0".join([entry.name for entry in entries]).encode()


def plan_zip(entries: Sequence[ZipEntry[P]]) -> ZipLayout[P]:
    """Lay out an archive of `entries`, in their order. The same entries give the same bytes.

    Every entry is as it comes, dated 1980-01-01 and a plain file that its owner can write; sizes and checksums
    stand before the content. ZIP64 records appear only where a size, place or count needs them.
    Raises: ValueError, when two entries have one name.
    """
    if len({entry.name for entry in entries}) < len(entries):
        msg = "two entries of an archive have one name"
        raise ValueError(msg)
    return ZipLayout(entries)


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
    visible = title
    if not (title.isascii() and title.isprintable()):
        visible = "".join(c for c in title if c.isspace() or unicodedata.category(c) not in _INVISIBLE)
    spaced = _FORBIDDEN.sub(" ", unicodedata.normalize("NFC", visible)).strip(" .")
    name = f"_{spaced}" if _RESERVED.match(spaced) else spaced
    return _cut_to_bytes(name, MAX_TITLE_BYTES).rstrip(" .")


def _cut_to_bytes(text: str, limit: int) -> str:
    encoded = text.encode("utf-8")
    if len(encoded) <= limit:
        return text
    kept = encoded[:limit].decode("utf-8", errors="ignore")
    return text[: cut_before(text, len(kept))]


def _local_bytes(entry: ZipEntry[P]) -> int:
    """Bytes of an entry's header and content."""
    extra_bytes = _ZIP64_EXTRA_BYTES[2] if entry.size_bytes >= _MAX_U32 else 0
    return _LOCAL.size + _utf_8_bytes(entry.name) + extra_bytes + entry.size_bytes


def _local_header(entry: ZipEntry[P]) -> bytes:
    name = entry.name.encode("utf-8")
    big = max(entry.file_bytes, entry.size_bytes) >= _MAX_U32
    extra = _zip64_extra([entry.file_bytes, entry.size_bytes]) if big else b""
    size_bytes, file_bytes = (_MAX_U32, _MAX_U32) if big else (entry.size_bytes, entry.file_bytes)
    return (
        _LOCAL.pack(
            b"PK\3\4",
            _VERSION_ZIP64 if big else _VERSION,
            _UTF_8_NAMES,
            entry.method,
            _TIME,
            _DATE_1980_01_01,
            entry.crc32,
            size_bytes,
            file_bytes,
            len(name),
            len(extra),
        )
        + name
        + extra
    )


def _central_bytes(entry: ZipEntry[P], position: int) -> int:
    """Bytes of an entry in the list at the end."""
    large = 2 * (entry.size_bytes >= _MAX_U32) + (position >= _MAX_U32)
    return _CENTRAL.size + _utf_8_bytes(entry.name) + _ZIP64_EXTRA_BYTES[large]


def _utf_8_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8"))


def _central_header(entry: ZipEntry[P], position: int) -> bytes:
    name = entry.name.encode("utf-8")
    extra = _zip64_extra(list(_too_large(entry.file_bytes, entry.size_bytes, position)))
    version = _VERSION_ZIP64 if extra else _VERSION
    size_bytes, file_bytes = min(entry.size_bytes, _MAX_U32), min(entry.file_bytes, _MAX_U32)
    no_comment, first_disk, binary = 0, 0, 0
    return (
        _CENTRAL.pack(
            b"PK\1\2",
            _MADE_ON_UNIX | version,
            version,
            _UTF_8_NAMES,
            entry.method,
            _TIME,
            _DATE_1980_01_01,
            entry.crc32,
            size_bytes,
            file_bytes,
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


def _end(count: int, central_bytes: int, position: int) -> bytes:
    """The end records of a list of `count` entries, which starts at byte `position`."""
    zip64 = b""
    if count >= _MAX_U16 or central_bytes >= _MAX_U32 or position >= _MAX_U32:
        zip64 = _end_zip64(count, central_bytes, position)
    listed = min(count, _MAX_U16)
    end = _END.pack(b"PK\5\6", 0, 0, listed, listed, min(central_bytes, _MAX_U32), min(position, _MAX_U32), 0)
    return zip64 + end


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
