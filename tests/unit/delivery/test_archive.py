"""Archives of snapshots: known to the byte before the first is sent."""

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import (
    TONE_LOW,
    WORKSPACE,
    Studio,
    make_document,
    make_document_chapter,
    open_studio,
)

from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.archive import iterate_archive, plan_archive
from rhapsode.delivery.downloads import open_book
from rhapsode.storage.packs import list_pack_ids, pack_key
from rhapsode.studio.document import Cover
from rhapsode.studio.errors import DataDamaged, NotFound
from rhapsode.studio.ids import ProjectSnapshotId, WorkspaceId
from rhapsode.studio.project import QualityPreset

BOOK = make_document(
    make_document_chapter("It rained.", "Nobody came.", name="Rain"),
    make_document_chapter("1990.", name="Imprint", narrated=False),
    make_document_chapter("The sea was flat.", name="Sea / Ocean?"),
    make_document_chapter("\u200b", name="Rain"),
    cover=Cover("image/png", b"\x89PNG\r\n\x1a\n" + bytes(1_000)),
)
QUALITIES = [QualityPreset.STANDARD, QualityPreset.ULTRA_LOSSLESS]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path / "studio") as studio:
        yield studio


def convert(studio: Studio, quality: QualityPreset = QualityPreset.STANDARD) -> ProjectSnapshotId:
    return studio.convert(BOOK, BookOptions(TONE_LOW, quality))


def archive(studio: Studio, snapshot_id: ProjectSnapshotId) -> Iterator[bytes]:
    layout = plan_archive(studio.records, WORKSPACE, studio.project_snapshot(snapshot_id))
    return iterate_archive(studio.records, studio.blobs, WORKSPACE, layout, 0, layout.size_bytes)


def deliver(blocks: Iterator[bytes], delivered: bytearray) -> None:
    """Receive blocks until they end, however they end."""
    for block in blocks:
        delivered += block


@pytest.mark.parametrize("quality", QUALITIES)
def test_an_archive_holds_a_file_for_each_chapter(studio: Studio, quality: QualityPreset) -> None:
    """In order, under their names, byte for byte, and other programs find nothing wrong with it."""
    snapshot_id = convert(studio, quality)
    with zipfile.ZipFile(io.BytesIO(b"".join(archive(studio, snapshot_id)))) as opened:
        assert opened.testzip() is None
        extension = "mp3" if quality is QualityPreset.STANDARD else "wav"
        names = [f"{name}.{extension}" for name in ("01 Rain", "02 Sea Ocean", "03 Rain")]
        assert opened.namelist() == names
        for name, chapter in zip(names, studio.chapter_snapshots(snapshot_id), strict=True):
            assert opened.read(name) == studio.chapter_bytes(chapter.chapter_snapshot_id)


@pytest.mark.parametrize("quality", QUALITIES)
def test_the_plan_knows_the_size(studio: Studio, quality: QualityPreset) -> None:
    """And where each piece begins."""
    snapshot_id = convert(studio, quality)
    layout = plan_archive(studio.records, WORKSPACE, studio.project_snapshot(snapshot_id))
    content = b"".join(archive(studio, snapshot_id))
    assert layout.size_bytes == len(content)
    assert all(content[start:].startswith(b"PK\3\4") for start in layout.starts[:-1])


def test_the_same_book_gives_the_same_archive_anywhere_and_any_time(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Converted in two data directories, years and time zones apart, every byte is the same."""
    here = b"".join(archive(studio, convert(studio)))

    moment_ns = time.time_ns() + 10**18
    monkeypatch.setattr(time, "time_ns", lambda: moment_ns)
    monkeypatch.setattr(time, "time", lambda: moment_ns / 1e9)
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        with open_studio(tmp_path / "another") as other:
            there = b"".join(archive(other, convert(other)))
    finally:
        monkeypatch.undo()
        time.tzset()

    assert here == there


def test_a_conversion_in_many_steps_gives_the_archive_of_one(studio: Studio, tmp_path: Path) -> None:
    """What was edited to and fro, in other qualities between, ends in the bytes of a first conversion."""
    edited = make_document(make_document_chapter("It poured.", name="Rain"), *BOOK.chapters[1:])
    studio.convert(edited, BookOptions(TONE_LOW, QualityPreset.HIGH))
    convert(studio, QualityPreset.ULTRA_LOSSLESS)
    steps = b"".join(archive(studio, convert(studio)))
    with open_studio(tmp_path / "another") as other:
        assert b"".join(archive(other, convert(other))) == steps


def test_no_byte_is_delivered_when_any_pack_is_missing(studio: Studio) -> None:
    """Also when it is that of the last chapter."""
    snapshot_id = convert(studio)
    last = studio.chapter_snapshots(snapshot_id)[-1].chapter_snapshot_id
    location = studio.chapter_pieces(last)[-1].location
    assert location is not None
    studio.blobs.path(pack_key(location.pack_id)).unlink()
    with pytest.raises(DataDamaged):
        next(archive(studio, snapshot_id))


def test_no_byte_is_delivered_when_the_records_have_lost_a_segment(studio: Studio) -> None:
    """Also when it is the last of the last chapter."""
    snapshot_id = convert(studio)
    last = studio.chapter_snapshots(snapshot_id)[-1].chapter_snapshot_id
    location = studio.chapter_pieces(last)[-1].location
    assert location is not None
    studio.lose_segment(location)
    with pytest.raises(DataDamaged):
        next(archive(studio, snapshot_id))


@pytest.mark.parametrize("quality", QUALITIES)
def test_a_flipped_bit_never_ends_in_a_whole_archive(studio: Studio, quality: QualityPreset) -> None:
    """Wherever in the delivered bytes of a pack it is, reading ends with an error before the end."""
    snapshot_id = convert(studio, quality)
    whole = b"".join(archive(studio, snapshot_id))
    locations = {
        piece.location
        for chapter in studio.chapter_snapshots(snapshot_id)
        for piece in studio.chapter_pieces(chapter.chapter_snapshot_id)
        if piece.location is not None
    }
    for location in locations:
        path = studio.blobs.path(pack_key(location.pack_id))
        good = path.read_bytes()
        bad = bytearray(good)
        bad[location.offset + location.size_bytes - 1] ^= 1
        path.write_bytes(bad)
        delivered = bytearray()
        with pytest.raises(DataDamaged):
            deliver(archive(studio, snapshot_id), delivered)
        assert whole.startswith(bytes(delivered))
        assert len(delivered) < len(whole)
        path.write_bytes(good)
    assert b"".join(archive(studio, snapshot_id)) == whole


def test_damage_elsewhere_is_no_concern(studio: Studio) -> None:
    """Speech isn't delivered, so an archive doesn't need it."""
    snapshot_id = convert(studio)
    whole = b"".join(archive(studio, snapshot_id))
    needed = {
        piece.location.pack_id
        for chapter in studio.chapter_snapshots(snapshot_id)
        for piece in studio.chapter_pieces(chapter.chapter_snapshot_id)
        if piece.location is not None
    }
    others = [pack_id for pack_id, _ in list_pack_ids(studio.blobs) if pack_id not in needed]
    assert others
    for pack_id in others:
        studio.blobs.path(pack_key(pack_id)).unlink()
    assert b"".join(archive(studio, snapshot_id)) == whole


def test_another_workspace_has_no_such_archive(studio: Studio) -> None:
    """As if it didn't exist."""
    with pytest.raises(NotFound):
        open_book(studio.records, studio.blobs, WorkspaceId("other"), convert(studio), "zip")
