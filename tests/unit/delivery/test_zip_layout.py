import io
import shutil
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lacking import lack

from rhapsode.delivery.zip_layout import (
    ZipEntry,
    ZipLayout,
    clean_title,
    entry_name,
    plan_zip,
)
from rhapsode.storage.checksums import crc32_of_join

pytestmark = pytest.mark.slow

GIB = 2**30


def _entry(name: str, content: bytes) -> ZipEntry[bytes]:
    return ZipEntry(name, len(content), zlib.crc32(content), content)


def _hole(name: str, size_bytes: int, crc32: int) -> ZipEntry[bytes | None]:
    """An entry of zeros, too large to hold."""
    return ZipEntry(name, size_bytes, crc32, None)


def _last() -> ZipEntry[bytes | None]:
    return ZipEntry("02 last.mp3", 8, zlib.crc32(b"the last"), b"the last")


def _bytes(layout: ZipLayout[bytes]) -> bytes:
    entries = (layout.header(number) + entry.payload for number, entry in enumerate(layout.entries))
    return b"".join((*entries, layout.directory()))


def _crc32_of_zeros(size_bytes: int) -> int:
    megabyte = zlib.crc32(bytes(2**20)), 2**20
    rest = zlib.crc32(bytes(size_bytes % 2**20)), size_bytes % 2**20
    return crc32_of_join([*[megabyte] * (size_bytes // 2**20), rest])


def _write_sparse(layout: ZipLayout[bytes | None], path: Path) -> None:
    """The archive, with payloads of None as holes in the file: no disk is used for their zeros."""
    with path.open("wb") as file:
        for number, entry in enumerate(layout.entries):
            file.seek(layout.starts[number])
            file.write(layout.header(number) + (entry.payload or b""))
        file.seek(layout.starts[-1])
        file.write(layout.directory())


FILES = [("01 Eins.mp3", b"one" * 1000), ("02 Größe 道.mp3", b""), ("03 Three.mp3", bytes(range(256)))]


def test_an_archive_is_read_back() -> None:
    """Python's reader finds every name and content, checks every sum, and finds nothing else."""

    archive = zipfile.ZipFile(io.BytesIO(_bytes(plan_zip([_entry(*file) for file in FILES]))))
    assert archive.testzip() is None
    assert [(name, archive.read(name)) for name in archive.namelist()] == FILES


def test_an_entry_is_a_plain_stored_file_of_1980() -> None:
    """Entries are stored, dated 1980-01-01 00:00:00, named in UTF-8, -rw-r--r--, without data descriptors."""

    content = _bytes(plan_zip([_entry(*file) for file in FILES]))
    for info in zipfile.ZipFile(io.BytesIO(content)).infolist():
        assert info.compress_type == zipfile.ZIP_STORED
        assert info.date_time == (1980, 1, 1, 0, 0, 0)
        assert info.flag_bits == 0x800
        assert info.external_attr >> 16 == 0o100644
        assert info.create_system == 3
        assert (info.create_version, info.extract_version, info.extra) == (20, 20, b"")


def test_an_archive_of_nothing_is_an_archive() -> None:
    """An archive without entries is 22 bytes that any reader opens."""

    layout: ZipLayout[bytes] = plan_zip([])
    assert layout.size_bytes == 22
    assert zipfile.ZipFile(io.BytesIO(_bytes(layout))).namelist() == []


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_every_entry_has_its_place(contents: list[bytes]) -> None:
    """Entries follow each other without gap, and the size that was announced is the size that comes."""

    layout = plan_zip([_entry(f"{n} é.bin", content) for n, content in enumerate(contents)])
    position = 0
    for number, entry in enumerate(layout.entries):
        assert layout.starts[number] == position
        position += len(layout.header(number)) + entry.size_bytes
    assert layout.starts[-1] == position
    assert layout.size_bytes == len(_bytes(layout))


def test_the_same_entries_give_the_same_bytes() -> None:
    """Nothing of the clock, the machine or the caller's objects is in an archive."""

    first = plan_zip([_entry(*file) for file in FILES])
    again = plan_zip([_entry(name, bytes(bytearray(content))) for name, content in FILES])
    assert _bytes(first) == _bytes(again)


def test_two_entries_of_one_name_are_refused() -> None:
    """An extractor would overwrite the first with the second."""

    with pytest.raises(ValueError, match="one name"):
        plan_zip([_entry("a", b"1"), _entry("a", b"2")])


def _unzip() -> str:
    program = shutil.which("unzip")
    if program is None:
        lack("unzip is not installed")
    return program


def test_unzip_finds_no_fault(tmp_path: Path) -> None:
    """Info-ZIP tests the archive without an error or a warning."""

    path = tmp_path / "archive.zip"
    path.write_bytes(_bytes(plan_zip([_entry(*file) for file in FILES])))
    result = subprocess.run([_unzip(), "-tqq", path], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("size_bytes", "large"), [(4 * GIB - 2, False), (4 * GIB - 1, True), (5 * GIB, True)]
)
def test_a_large_entry_has_its_sizes_in_64_bits(size_bytes: int, *, large: bool) -> None:
    """From 4 GiB less one byte on, a local header keeps its sizes in a ZIP64 field; below it has none."""

    layout = plan_zip([_hole("a.wav", size_bytes, 7)])
    header = layout.header(0)

    assert layout.size_bytes == len(header) + size_bytes + len(layout.directory())
    version, short_size, extra_bytes = (
        *struct.unpack_from("<H", header, 4),
        *struct.unpack_from("<I", header, 18),
        *struct.unpack_from("<H", header, 28),
    )
    if large:
        assert (version, short_size, extra_bytes) == (45, 2**32 - 1, 20)
        assert struct.unpack("<HHQQ", header[-20:]) == (1, 16, size_bytes, size_bytes)
    else:
        assert (version, short_size, extra_bytes) == (20, size_bytes, 0)


def test_entries_beyond_4_gib_are_found(tmp_path: Path) -> None:
    """A large entry and the small one behind it are found by Python's reader, with size and content."""

    layout = plan_zip([_hole("01 large.wav", 5 * GIB, 7), _last()])
    path = tmp_path / "large.zip"
    _write_sparse(layout, path)

    archive = zipfile.ZipFile(path)
    first_info, last_info = archive.infolist()
    assert path.stat().st_size == layout.size_bytes
    assert (first_info.file_size, first_info.compress_size) == (5 * GIB, 5 * GIB)
    assert last_info.header_offset > 5 * GIB
    assert archive.read(last_info) == b"the last"
    with archive.open(first_info) as file:
        assert file.read(1000) == bytes(1000)


def test_more_entries_than_16_bits_count() -> None:
    """70,000 entries are all found, because the count stands in a ZIP64 record."""

    content = _bytes(plan_zip([_entry(f"{n}.txt", b"x") for n in range(70_000)]))
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert len(archive.namelist()) == 70_000
    assert archive.read("69999.txt") == b"x"
    assert struct.unpack_from("<H", content, len(content) - 22 + 10)[0] == 2**16 - 1


def test_small_archives_need_no_zip64() -> None:
    """Old readers open what needs nothing new: there is no ZIP64 record below the limits."""

    content = _bytes(plan_zip([_entry(f"{n}.txt", b"x") for n in range(65_534)]))
    assert b"PK\6\6" not in content
    assert b"PK\6\6" in _bytes(plan_zip([_entry(f"{n}.txt", b"x") for n in range(65_535)]))


def test_unzip_reads_beyond_4_gib(tmp_path: Path) -> None:
    """Info-ZIP finds what lies behind 4 GiB, with its checksum, and lists the size of what is larger than that.

    It isn't asked for the large one itself, which would take it 20 s.
    """

    layout = plan_zip([_hole("01 large.wav", 4 * GIB + 5, 7), _last()])
    path = tmp_path / "large.zip"
    _write_sparse(layout, path)
    tested = subprocess.run(
        [_unzip(), "-tqq", path, "02 last.mp3"], capture_output=True, text=True, check=False
    )
    listed = subprocess.run([_unzip(), "-l", path], capture_output=True, text=True, check=True)
    assert (tested.returncode, tested.stdout, tested.stderr) == (0, "", "")
    assert str(4 * GIB + 5) in listed.stdout


@given(st.lists(st.binary(max_size=300), max_size=12))
def test_the_checksum_of_a_join_comes_from_its_parts(parts: list[bytes]) -> None:
    """Joined checksums are the checksum of the joined bytes, empty parts and no parts included."""

    assert crc32_of_join((zlib.crc32(part), len(part)) for part in parts) == zlib.crc32(b"".join(parts))


def test_parts_beyond_4_gib_are_joined_exactly() -> None:
    """A part's size may exceed 32 bits: one part of 5 GiB and five of 1 GiB give the same checksum."""

    gibibyte = _crc32_of_zeros(GIB)
    at_once = crc32_of_join([(zlib.crc32(b"head"), 4), (_crc32_of_zeros(5 * GIB), 5 * GIB)])
    in_parts = crc32_of_join([(zlib.crc32(b"head"), 4), *[(gibibyte, GIB)] * 5])
    assert at_once == in_parts


@pytest.mark.parametrize(
    ("ordinal", "count", "title", "name"),
    [
        (1, 9, "The Door", "01 The Door.mp3"),
        (7, 100, "The Door", "007 The Door.mp3"),
        (1000, 2000, "The Door", "1000 The Door.mp3"),
        (3, 12, "", "03.mp3"),
        (3, 12, "???", "03.mp3"),
        (3, 12, "Chapter 3: Who?", "03 Chapter 3 Who.mp3"),
        (3, 12, "The End...", "03 The End.mp3"),
        (3, 12, "../../etc/passwd", "03 etc passwd.mp3"),
    ],
)
def test_a_name_sorts_and_says_what_it_is(ordinal: int, count: int, title: str, name: str) -> None:
    """An entry's name is its ordinal, as wide as the last one's, and its title."""

    assert entry_name(ordinal, count, title, "mp3") == name


@pytest.mark.parametrize(
    ("title", "cleaned"),
    [
        ("  a \t b\n c ", "a b c"),
        ('<a>:"b"/\\|c?*d', "a b c d"),
        ("e\u0301te\u0301", "été"),
        ("a\u202eb\u200bc\x00d\ud800e", "abcde"),
        ("con", "_con"),
        ("LPT1.txt", "_LPT1.txt"),
        ("Console", "Console"),
        ("aux armes", "aux armes"),
        (". .hidden. .", "hidden"),
        ("", ""),
    ],
)
def test_a_title_becomes_a_name_for_every_file_system(title: str, cleaned: str) -> None:
    """What Windows, macOS or Unix refuse, hide or reserve is gone, and the rest is as it was."""

    assert clean_title(title) == cleaned


@pytest.mark.parametrize(
    ("title", "cleaned"),
    [
        ("x" * 500, "x" * 120),
        ("道" * 500, "道" * 40),
        ("x" + "道" * 500, "x" + "道" * 39),
        ("x" * 119 + ". y", "x" * 119),
        ("x" * 118 + "e\u0323\u0302\u0331 and on", "x" * 118),
    ],
)
def test_a_long_title_is_cut_between_characters(title: str, cleaned: str) -> None:
    """A title has at most 120 bytes, never ends within a character, and never in a dot or space."""

    assert clean_title(title) == cleaned


@given(st.text())
def test_any_title_is_clean(title: str) -> None:
    """Whatever a title is made of, its name is short, without separators and already clean."""

    cleaned = clean_title(title)
    assert len(cleaned.encode("utf-8")) <= 120
    assert not set(cleaned) & set('<>:"/\\|?*\0\n\r\t')
    assert cleaned == cleaned.strip(" .")
    assert clean_title(cleaned) == cleaned
