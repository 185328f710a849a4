"""Where the bytes of chapters are is remembered for as long as that is true."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.factories import WORKSPACE, Studio, make_document, make_document_chapter, open_studio

from rhapsode.delivery import chapter_files
from rhapsode.delivery.downloads import open_book
from rhapsode.storage import schema
from rhapsode.storage.packs import pack_key
from rhapsode.studio.errors import DataDamaged, SnapshotNotFound
from rhapsode.studio.ids import ChapterSnapshotId, ProjectSnapshotId, WorkspaceId

BOOK = make_document(
    make_document_chapter("It rained.", "Nobody came.", name="Rain"),
    make_document_chapter("The sea was flat.", name="Sea"),
)
ELSEWHERE = "elsewhere"


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def read(studio: Studio, snapshot_id: ProjectSnapshotId, book_format: str) -> bytes:
    """The book, or its first chapter."""
    if book_format == "chapter":
        return studio.chapter_bytes(studio.chapter_snapshots(snapshot_id)[0].chapter_snapshot_id)
    book = open_book(studio.records, studio.blobs, WORKSPACE, snapshot_id, book_format)  # type: ignore[arg-type]
    return b"".join(book.content)


def deliver(blocks: Iterator[bytes], got: bytearray) -> None:
    """Receive blocks until they end, however they end."""
    for block in blocks:
        got += block


def elsewhere(pack_id: str) -> str:
    """The name of a copy, as long as every name is."""
    return pack_id[: -len(ELSEWHERE)] + ELSEWHERE


def keep_elsewhere(studio: Studio, chapter_snapshot_id: ChapterSnapshotId) -> list[Path]:
    """Let copies of all packs of a chapter be those that the records name; where the packs were."""
    packs, segments = schema.packs, schema.segments
    pieces = studio.chapter_pieces(chapter_snapshot_id)
    pack_ids = {piece.location.pack_id for piece in pieces if piece.location is not None}
    for pack_id in pack_ids:
        copy = studio.blobs.path(pack_key(elsewhere(pack_id)))
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(studio.blobs.path(pack_key(pack_id)).read_bytes())
        with studio.records.write(WORKSPACE) as tx:
            row = tx.connection.execute(sa.select(packs).where(packs.c.pack_id == pack_id)).one()._asdict()
            tx.connection.execute(packs.insert(), row | {"pack_id": elsewhere(pack_id)})
            moved = segments.update().where(segments.c.pack_id == pack_id)
            tx.connection.execute(moved.values(pack_id=elsewhere(pack_id)))
    return [studio.blobs.path(pack_key(pack_id)) for pack_id in pack_ids]


@pytest.mark.parametrize("book_format", ["zip", "mp3", "chapter"])
def test_what_is_damaged_is_asked_for_anew(studio: Studio, book_format: str) -> None:
    """Until then nobody is asked twice; whoever comes after the one that has met damage gets what was made again."""
    snapshot_id = studio.convert(BOOK)
    chapter_id = studio.chapter_snapshots(snapshot_id)[0].chapter_snapshot_id

    whole = read(studio, snapshot_id, book_format)
    left = keep_elsewhere(studio, chapter_id)
    assert read(studio, snapshot_id, book_format) == whole
    for path in left:
        path.unlink()
    with pytest.raises(DataDamaged):
        read(studio, snapshot_id, book_format)
    assert read(studio, snapshot_id, book_format) == whole


@pytest.mark.parametrize("book_format", ["zip", "mp3", "chapter"])
@pytest.mark.parametrize("more_bytes", [100, -100])
def test_what_is_not_as_long_as_promised_is_damage(studio: Studio, book_format: str, more_bytes: int) -> None:
    """Whether there is more or less of it: it never ends as a whole file."""
    snapshot_id = studio.convert(BOOK)
    chapter, stored = studio.chapter_snapshots(snapshot_id)[0], schema.chapter_snapshots
    promised = {
        "stream_bytes": chapter.stream_bytes + more_bytes,
        "file_size_bytes": chapter.file_size_bytes + more_bytes,
    }
    with studio.records.write(WORKSPACE) as tx:
        changed = stored.update().where(stored.c.chapter_snapshot_id == chapter.chapter_snapshot_id)
        tx.connection.execute(changed.values(promised))
    with pytest.raises(DataDamaged, match="isn't as long"):
        read(studio, snapshot_id, book_format)


def test_chapters_before_a_lost_one_are_delivered(studio: Studio) -> None:
    """Though it is lost while they are read, and looked up with them."""
    snapshot_id = studio.convert(
        make_document(*(make_document_chapter(f"It rained {i} times.", name=f"Rain {i}") for i in range(6)))
    )
    *before, lost, _ = studio.chapter_snapshots(snapshot_id)
    content = open_book(studio.records, studio.blobs, WORKSPACE, snapshot_id, "mp3").content
    got = bytearray(next(content))
    location = studio.chapter_pieces(lost.chapter_snapshot_id)[1].location
    assert location is not None
    studio.lose_segment(location)
    with pytest.raises(DataDamaged):
        deliver(content, got)
    assert len(got) == len(studio.project_snapshot(snapshot_id).head.content) + sum(
        chapter.stream_bytes for chapter in before
    )


def test_it_is_remembered_for_its_workspace_and_its_records_alone(studio: Studio, tmp_path: Path) -> None:
    """Another workspace has no such chapter, and neither has another installation."""
    chapter_id = studio.chapter_snapshots(studio.convert(BOOK))[0].chapter_snapshot_id
    first = chapter_files.open_chapter_file(studio.records, WORKSPACE, chapter_id)
    assert chapter_files.open_chapter_file(studio.records, WORKSPACE, chapter_id) is first
    with pytest.raises(SnapshotNotFound):
        chapter_files.open_chapter_file(studio.records, WorkspaceId("other"), chapter_id)
    with open_studio(tmp_path / "other") as other, pytest.raises(SnapshotNotFound):
        chapter_files.open_chapter_file(other.records, WORKSPACE, chapter_id)
