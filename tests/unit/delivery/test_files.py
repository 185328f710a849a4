"""Files of chapters and of whole projects, as pieces of packs."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.factories import TONE_LOW, WORKSPACE, Studio, make_document, make_document_chapter, open_studio

from rhapsode.audio.encoding import PCM
from rhapsode.authoring.books import BookOptions
from rhapsode.delivery.downloads import open_book, open_chapter
from rhapsode.delivery.files import (
    FilePiece,
    iterate_file,
)
from rhapsode.delivery.snapshot_files import plan_project_file
from rhapsode.storage.packs import MediaMeta, PackWriter, SegmentLocation, pack_key
from rhapsode.storage.records import ensure_workspace
from rhapsode.studio.document import Cover
from rhapsode.studio.errors import BlobMissing, DataDamaged, NotFound
from rhapsode.studio.ids import ChapterSnapshotId, ProjectSnapshotId, WorkspaceId
from rhapsode.studio.limits import BLOCK_BYTES
from rhapsode.studio.project import QualityPreset

COVER = Cover("image/png", b"\x89PNG\r\n\x1a\n" + bytes(1_000))
BOOK = make_document(
    make_document_chapter("It rained.", "Nobody came.", name="Rain"),
    make_document_chapter("The sea was flat. " * 20, name="Sea"),
    cover=COVER,
)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def first_chapter(studio: Studio, snapshot_id: ProjectSnapshotId) -> ChapterSnapshotId:
    return studio.chapter_snapshots(snapshot_id)[0].chapter_snapshot_id


def stored(studio: Studio, content: bytes) -> SegmentLocation:
    """Where some bytes are now kept."""
    writer = PackWriter(studio.blobs.temporary_directory(), WORKSPACE, "image")
    writer.append(bytes(32), content, MediaMeta("image/png"))
    pack = writer.close(studio.blobs)
    assert pack is not None
    return pack.segments[0].location


@pytest.mark.parametrize("size_bytes", [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES])
@pytest.mark.parametrize("cut_bytes", [0, 1, BLOCK_BYTES, BLOCK_BYTES + 1])
def test_a_piece_is_the_beginning_of_a_segment(studio: Studio, size_bytes: int, cut_bytes: int) -> None:
    """As many bytes as it says, wherever it is cut."""
    content = os.urandom(size_bytes)
    kept = max(0, size_bytes - cut_bytes)
    pieces = [
        FilePiece(3, b"ID3"),
        FilePiece(kept, location=stored(studio, content)),
        FilePiece(3, b"END"),
    ]
    assert b"".join(iterate_file(studio.blobs, pieces)) == b"ID3" + content[:kept] + b"END"


def test_the_pieces_add_up_to_the_size_in_the_records(studio: Studio) -> None:
    """Before a byte is read."""
    snapshot_id = studio.convert(BOOK)
    for chapter in studio.chapter_snapshots(snapshot_id):
        pieces = studio.chapter_pieces(chapter.chapter_snapshot_id)
        assert sum(piece.size_bytes for piece in pieces) == chapter.file_size_bytes


def test_the_cover_is_one_segment_for_all_files(studio: Studio) -> None:
    """Each head leaves room for it, and the bytes are stored once."""
    snapshot_id = studio.convert(BOOK)
    chapters = studio.chapter_snapshots(snapshot_id)
    covers = [studio.chapter_pieces(c.chapter_snapshot_id)[1] for c in chapters]
    with studio.records.read(studio.workspace_id) as tx:
        cover = plan_project_file(tx, studio.project_snapshot(snapshot_id)).parts[1]
    assert covers == [cover] * len(chapters)
    assert covers[0].size_bytes == len(COVER.content)


def test_the_single_file_is_its_head_and_all_chapters(studio: Studio) -> None:
    """Not a byte of a chapter's own head is in it, and the end is cut once, at the very end."""
    snapshot_id = studio.convert(BOOK, BookOptions(TONE_LOW, QualityPreset.ULTRA_LOSSLESS))
    chapters = studio.chapter_snapshots(snapshot_id)
    files = [studio.chapter_bytes(c.chapter_snapshot_id) for c in chapters]
    streams = [
        content[len(chapter.head.content) :] + bytes(PCM.end_cut_bytes)
        for content, chapter in zip(files, chapters, strict=True)
    ]
    whole = b"".join(open_book(studio.records, studio.blobs, WORKSPACE, snapshot_id, "mp3").content)
    head = studio.project_snapshot(snapshot_id).head.content
    assert whole + bytes(PCM.end_cut_bytes) == head + b"".join(streams)


def test_another_workspace_has_no_such_file(studio: Studio) -> None:
    """As if it didn't exist."""
    snapshot_id = studio.convert(BOOK)
    other = WorkspaceId("other")
    with studio.records.write(other) as tx:
        ensure_workspace(tx)
    with pytest.raises(NotFound):
        open_chapter(studio.records, studio.blobs, other, first_chapter(studio, snapshot_id))
    with pytest.raises(NotFound):
        open_book(studio.records, studio.blobs, other, snapshot_id, "mp3")


def deliver(blocks: Iterator[bytes], delivered: bytearray) -> None:
    """Receive blocks until they end, however they end."""
    for block in blocks:
        delivered += block


def _delete(path: Path) -> None:
    path.unlink()


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 3)


@pytest.mark.parametrize(("harm", "error"), [(_delete, BlobMissing), (_cut, DataDamaged)])
def test_no_byte_is_delivered_when_a_pack_is_missing(
    studio: Studio, harm: Callable[[Path], None], error: type[Exception]
) -> None:
    """Of the chapter or of the whole project, while it can still be said in words; a pack cut short is no better."""
    snapshot_id = studio.convert(BOOK)
    last = studio.chapter_pieces(first_chapter(studio, snapshot_id))[-1].location
    assert last is not None
    harm(studio.blobs.path(pack_key(last.pack_id)))
    for content in (
        open_chapter(studio.records, studio.blobs, WORKSPACE, first_chapter(studio, snapshot_id)).content,
        open_book(studio.records, studio.blobs, WORKSPACE, snapshot_id, "mp3").content,
    ):
        with pytest.raises(error):
            next(content)


def test_a_flipped_bit_ends_the_file_where_it_is(studio: Studio) -> None:
    """Every byte before it is good, and no byte of the damaged block is delivered."""
    snapshot_id = studio.convert(BOOK)
    whole = b"".join(open_book(studio.records, studio.blobs, WORKSPACE, snapshot_id, "mp3").content)
    pieces = studio.chapter_pieces(studio.chapter_snapshots(snapshot_id)[-1].chapter_snapshot_id)
    before = len(whole) - sum(piece.size_bytes for piece in pieces[-2:])
    location = pieces[-2].location
    assert location is not None
    path = studio.blobs.path(pack_key(location.pack_id))
    content = bytearray(path.read_bytes())
    content[location.offset + location.size_bytes // 2] ^= 0x10
    path.write_bytes(content)

    delivered = bytearray()
    with pytest.raises(DataDamaged):
        deliver(open_book(studio.records, studio.blobs, WORKSPACE, snapshot_id, "mp3").content, delivered)

    assert bytes(delivered) == whole[:before]
