"""Zip archives that are made to attack whoever reads them, around the files of a small EPUB or Word document.

They are written here byte for byte, since libraries refuse to. Source: APPNOTE.TXT 6.3.10 of PKWARE.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from tests.unit.documents.docx_builder import docx, para
from tests.unit.documents.epub_builder import CONTAINER, epub, opf, packed, page

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_MANY = 70_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as it is written; None where the truth is told. `local_` is what the file's own header says."""

    name: bytes
    content: bytes = b""
    method: int = 8
    flags: int = 0
    size: int | None = None
    packed_size: int | None = None
    crc: int | None = None
    local_name: bytes | None = None
    local_size: int | None = None
    local_method: int | None = None
    extra: bytes = b""
    attributes: int = 0
    offset: int | None = None
    payload: bytes | None = None
    behind: bytes = b""


@dataclass(frozen=True, slots=True)
class Archive:
    """Entries and what the end of the archive says of them; None where the truth is told."""

    entries: tuple[Entry, ...]
    before: bytes = b""
    after: bytes = b""
    comment: bytes = b""
    count: int | None = None
    directory_offset: int | None = None
    directory_bytes: int | None = None
    ends: int = 1
    _written: list[bytes] = field(default_factory=list)

    def __bytes__(self) -> bytes:
        content, directory = bytearray(self.before), bytearray()
        for entry in self.entries:
            payload = _payload(entry) if entry.payload is None else entry.payload
            start = len(content) if entry.offset is None else entry.offset
            content += _local(entry, payload) + payload + entry.behind
            directory += _central(entry, payload, start)
        start = len(content) if self.directory_offset is None else self.directory_offset
        count = (len(self.entries) if self.count is None else self.count) & 0xFFFF
        size = len(directory) if self.directory_bytes is None else self.directory_bytes
        end = _END.pack(b"PK\5\6", 0, 0, count, count, size, start, len(self.comment)) + self.comment
        return bytes(content + directory + end * self.ends + self.after)


def _payload(entry: Entry) -> bytes:
    if entry.method != 8:
        return entry.content
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(entry.content) + packer.flush()


def _local(entry: Entry, payload: bytes) -> bytes:
    name = entry.name if entry.local_name is None else entry.local_name
    size = _said(entry.local_size, _said(entry.size, len(entry.content)))
    method = _said(entry.local_method, entry.method)
    sizes = _said(entry.packed_size, len(payload)), size
    crc = _said(entry.crc, zlib.crc32(entry.content))
    return _LOCAL.pack(b"PK\3\4", 20, entry.flags, method, 0, 33, crc, *sizes, len(name), 0) + name


def _central(entry: Entry, payload: bytes, start: int) -> bytes:
    sizes = _said(entry.packed_size, len(payload)), _said(entry.size, len(entry.content))
    crc = _said(entry.crc, zlib.crc32(entry.content))
    lengths = len(entry.name), len(entry.extra), 0
    head = (
        b"PK\1\2",
        0x031E,
        20,
        entry.flags,
        entry.method,
        0,
        33,
        crc,
        *sizes,
        *lengths,
        0,
        0,
        entry.attributes,
    )
    return _CENTRAL.pack(*head, start) + entry.name + entry.extra


def _said(said: int | None, true: int) -> int:
    return true if said is None else said


def hostile_archives() -> Iterator[tuple[str, str, bytes]]:
    """All of them, as the attack's name, the document's file name and its bytes."""
    for kind, files, main in _documents():
        entries = tuple(Entry(name.encode(), content) for name, content in files.items())
        place = next(index for index, entry in enumerate(entries) if entry.name == main.encode())
        for name, make in {**_of_names(), **_of_entries(), **_of_ends(), **_of_bombs()}.items():
            yield name, f"a.{kind}", make(entries, place)
    for name, content in _of_manifests().items():
        yield name, "a.epub", content


def _documents() -> Iterator[tuple[str, Mapping[str, bytes], str]]:
    yield "epub", _files(epub([("a.xhtml", "<p>One.</p>")])), "OEBPS/a.xhtml"
    yield "docx", _files(docx(para("One."))), "word/document.xml"


def _files(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


Make = Callable[[tuple[Entry, ...], int], bytes]


def _of_names() -> dict[str, Make]:
    """Another file, whose name leads astray."""
    names = {
        "slip": b"../../etc/passwd", "slip within": b"a/../../../etc/passwd", "absolute": b"/etc/passwd",
        "of a drive": b"C:\\Windows\\x", "backslashes": b"..\\..\\etc\\passwd", "of a share": b"\\\\host\\share\\x",
        "with a NUL": b"OEBPS/b.xhtml\0.txt", "with controls": bytes(range(1, 32)), "empty": b"", "dots": b"..",
        "a dot": b".", "slashes": b"//////", "very long": b"n" * 65_000, "very deep": b"a/" * 20_000 + b"a",
        "no text": b"\xff\xfe\xfd", "turned round": "\u202egpj.exe".encode(),
        "percent": b"%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "of a device": b"CON", "a colon": b"a:b", "surrogates": b"\xed\xa0\x80", "a folder": b"word/",
        "home": b"~/.ssh/id",
        "spaces": b"   ", "a line": b"a\r\nSet-Cookie: x", "an address": b"http://127.0.0.1/x",
    }  # fmt: skip

    def add(name: bytes, flags: int, entries: tuple[Entry, ...], _place: int) -> bytes:
        return bytes(Archive((*entries, Entry(name, b"x", flags=flags))))

    said = {f"a name: {what}": partial(add, name, 0) for what, name in names.items()}
    return {**said, "a name: no UTF-8, said to be": partial(add, b"\xff\xfe", 0x800)}


def _of_entries() -> dict[str, Make]:
    """The main file, written otherwise."""
    symlink = 0o120777 << 16
    zip64 = struct.pack("<HHQQQ", 1, 24, 2**40, 2**40, 2**62)
    changes: dict[str, Callable[[Entry], Entry]] = {
        "a symbolic link": lambda e: replace(e, content=b"/etc/passwd", attributes=symlink),
        "a device": lambda e: replace(e, attributes=0o020777 << 16),
        "encrypted": lambda e: replace(e, flags=1),
        "strongly encrypted": lambda e: replace(e, flags=0x41),
        "a masked directory": lambda e: replace(e, flags=0x2000),
        "patched": lambda e: replace(e, flags=0x20),
        "a data descriptor": lambda e: replace(e, flags=8, behind=b"PK\7\x08" + bytes(12)),
        "a data descriptor that is missing": lambda e: replace(e, flags=8),
        "a wrong checksum": lambda e: replace(e, crc=1),
        "a size too small": lambda e: replace(e, size=1),
        "a size too large": lambda e: replace(e, size=2**31),
        "no size": lambda e: replace(e, size=0),
        "a size of 4 GiB": lambda e: replace(e, size=2**32 - 1),
        "packed to more than there is": lambda e: replace(e, packed_size=2**31),
        "packed to nothing": lambda e: replace(e, packed_size=0),
        "ZIP64 that lies": lambda e: replace(e, size=2**32 - 1, packed_size=2**32 - 1, extra=zip64),
        "ZIP64 that is cut": lambda e: replace(e, size=2**32 - 1, extra=b"\1\0\x18\0"),
        "ZIP64 of no length": lambda e: replace(e, size=2**32 - 1, extra=b"\1\0\0\0"),
        "extra that is too long": lambda e: replace(e, extra=b"\1\0\xff\xff"),
        "another name in its header": lambda e: replace(e, local_name=b"other"),
        "another size in its header": lambda e: replace(e, local_size=7),
        "another method in its header": lambda e: replace(e, local_method=0),
        "stored, said to be packed": lambda e: replace(e, payload=e.content),
        "packed, said to be stored": lambda e: replace(e, method=0, payload=_payload(e)),
        "packed by nothing known": lambda e: replace(e, method=97),
        "packed by bzip2, which it isn't": lambda e: replace(e, method=12),
        "packed by LZMA, which it isn't": lambda e: replace(e, method=14),
        "packed by LZMA with a large dictionary": lambda e: replace(e, method=14, payload=_lzma_head()),
        "packed by Zstandard": lambda e: replace(e, method=93),
        "packed to random bytes": lambda e: replace(e, payload=bytes(range(256)) * 8),
        "packed and cut": lambda e: replace(e, payload=_payload(e)[:-9]),
        "packed with something behind": lambda e: replace(e, payload=_payload(e) + bytes(1000)),
        "its header elsewhere": lambda e: replace(e, offset=4),
        "its header beyond the end": lambda e: replace(e, offset=2**31),
        "its header in another file": lambda e: replace(e, offset=0),
        "a zip in a zip": lambda e: replace(e, content=packed({"a": "x"})),
        "nothing in it": lambda e: replace(e, content=b""),
    }

    def change(what: Callable[[Entry], Entry], entries: tuple[Entry, ...], place: int) -> bytes:
        return bytes(Archive((*entries[:place], what(entries[place]), *entries[place + 1 :])))

    def twice(change: Callable[[Entry], Entry], entries: tuple[Entry, ...], place: int) -> bytes:
        return bytes(Archive((*entries, change(entries[place]))))

    return {
        **{f"the text: {name}": partial(change, what) for name, what in changes.items()},
        "a file twice": partial(twice, lambda e: e),
        "a file twice, with other text": partial(twice, lambda e: replace(e, content=b"x")),
        "a file in capitals": partial(twice, lambda e: replace(e, name=e.name.upper())),
        "a file over another": partial(twice, lambda e: replace(e, name=b"other", offset=0, content=b"")),
    }


def _lzma_head() -> bytes:
    return struct.pack("<BBHBI", 9, 4, 5, 93, 2**32 - 1) + bytes(100)


def _of_ends() -> dict[str, Make]:
    """The end of the archive, written otherwise."""

    def end(entries: tuple[Entry, ...], _place: int, **said: object) -> bytes:
        return bytes(replace(Archive(entries), **said))  # type: ignore[arg-type]

    locator = struct.pack("<4sIQI", b"PK\6\7", 0, 2**60, 1)
    return {
        "garbage in front": partial(end, before=b"PK\3\4" + b"x" * 1_000),
        "a program in front": partial(end, before=b"#!/bin/sh\n"),
        "garbage behind": partial(end, after=b"x" * 1_000),
        "much garbage behind": partial(end, after=b"x" * 100_000),
        "several ends": partial(end, ends=3),
        "thousands of ends": partial(end, ends=3_000),
        "an end in the comment": partial(end, comment=_END.pack(b"PK\5\6", 0, 0, 0, 0, 0, 0, 0)),
        "a long comment": partial(end, comment=b"x" * 65_535),
        "a comment that is cut": partial(end, comment=b"x" * 100, after=b""),
        "fewer files than said": partial(end, count=9_999),
        "more files than said": partial(end, count=1),
        "no files, as said": partial(end, count=0),
        "a directory beyond the end": partial(end, directory_offset=2**31),
        "a directory in the first file": partial(end, directory_offset=3),
        "a directory of no length": partial(end, directory_bytes=0),
        "a directory that is too long": partial(end, directory_bytes=2**31),
        "a ZIP64 end that isn't there": lambda entries, _: _before_end(bytes(Archive(entries)), locator),
        "no end": lambda entries, _: bytes(Archive(entries))[:-22],
        "half": lambda entries, _: bytes(Archive(entries))[: len(bytes(Archive(entries))) // 2],
        "nothing but an end": lambda entries, _: bytes(Archive(())),
    }


def _before_end(content: bytes, what: bytes) -> bytes:
    return content[:-22] + what + content[-22:]


def _of_bombs() -> dict[str, Make]:
    """Much more than it seems."""

    def bomb(size: int, entries: tuple[Entry, ...], place: int) -> bytes:
        return bytes(
            Archive((*entries[:place], replace(entries[place], content=bytes(size)), *entries[place + 1 :]))
        )

    def spaced(size: int, entries: tuple[Entry, ...], place: int) -> bytes:
        text = entries[place].content.replace(b"One.", b"word " * (size // 5))
        return bytes(
            Archive((*entries[:place], replace(entries[place], content=text), *entries[place + 1 :]))
        )

    def small(entries: tuple[Entry, ...], place: int) -> bytes:
        """One that claims to be small, with its true length in what is packed."""
        payload = _payload(replace(entries[place], content=bytes(100_000_000)))
        lying = replace(entries[place], payload=payload, size=1_000)
        return bytes(Archive((*entries[:place], lying, *entries[place + 1 :])))

    def overlapping(entries: tuple[Entry, ...], _place: int) -> bytes:
        """The same packed bytes under many names."""
        many = tuple(Entry(b"x%d" % n, b"", offset=0) for n in range(5_000))
        return bytes(Archive((*entries, *many)))

    def many(entries: tuple[Entry, ...], _place: int) -> bytes:
        return bytes(Archive((*entries, *(Entry(b"%d" % n, method=0) for n in range(_MANY)))))

    def nested(entries: tuple[Entry, ...], place: int) -> bytes:
        inner = packed({"a": bytes(50_000_000)})
        for _ in range(5):
            inner = packed({"a": inner})
        return bytes(Archive((*entries, Entry(b"inner.zip", inner))))

    return {
        "a bomb of 100 MB": partial(bomb, 100_000_000),
        "a bomb just below 1 MiB": partial(bomb, 2**20 - 1),
        "a text of one word": partial(spaced, 4_000_000),
        "a bomb that says it is small": small,
        "one file under 5,000 names": overlapping,
        f"{_MANY:,} files": many,
        "a bomb in zips": nested,
    }


def _of_manifests() -> dict[str, bytes]:
    """EPUBs whose package leads out of them."""
    hrefs = (
        *(
            "../../etc/passwd",
            "..%2f..%2fetc%2fpasswd",
            "%2e%2e/%2e%2e/x",
            "/etc/passwd",
            "file:///etc/passwd",
        ),
        *(
            "http://127.0.0.1/x",
            "//host/x",
            "a.xhtml%00.txt",
            "a.xhtml#" + "x" * 10_000,
            "x" * 100_000,
            "..\\..\\x",
        ),
        *(
            "a.xhtml?x",
            "javascript:alert(1)",
            "data:text/html,x",
            "C:\\x",
            "....//....//x",
            "%252e%252e%252fx",
            " ",
            "",
        ),
    )
    return {
        f"a manifest: {href[:40]}": packed(
            {
                "META-INF/container.xml": CONTAINER,
                "OEBPS/book.opf": opf(["a.xhtml", href]),
                "OEBPS/a.xhtml": page("<p>One.</p>"),
            }
        )
        for href in hrefs
    }
