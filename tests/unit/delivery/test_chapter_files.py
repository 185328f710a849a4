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
from rhapsode.studio.ids import ChapterSnapshotId, WorkspaceId

BOOK = make_document(
    make_document_chapter("It rained.", "Nobody came.", name="Rain"),
    make_document_chapter("The sea was flat.", name="Sea"),
)
ELSEWHERE = "elsewhere"


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def keep_elsewhere(studio: Studio, chapter_snapshot_id: ChapterSnapshotId) -> list[Path]:
    """Let copies of all packs of a chapter be those that the records name; where the packs were."""
    packs, segments = schema.packs, schema.segments
    pieces = studio.chapter_pieces(chapter_snapshot_id)
    pack_ids = {piece.location.pack_id for piece in pieces if piece.location is not None}
    for pack_id in pack_ids:
        copy = studio.blobs.path(pack_key(pack_id + ELSEWHERE))
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(studio.blobs.path(pack_key(pack_id)).read_bytes())
        with studio.records.write(WORKSPACE) as tx:
            row = tx.connection.execute(sa.select(packs).where(packs.c.pack_id == pack_id)).one()._asdict()
            tx.connection.execute(packs.insert(), row | {"pack_id": pack_id + ELSEWHERE})
            moved = segments.update().where(segments.c.pack_id == pack_id)
            tx.connection.execute(moved.values(pack_id=pack_id + ELSEWHERE))
    return [studio.blobs.path(pack_key(pack_id)) for pack_id in pack_ids]


@pytest.mark.parametrize("book_format", ["zip", "mp3", "chapter"])
def test_what_is_damaged_is_asked_for_anew(studio: Studio, book_format: str) -> None:
    """Until then nobody is asked twice; whoever comes after the one that has met damage gets what was made again."""
    snapshot_id = studio.convert(BOOK)
    chapter_id = studio.chapter_snapshots(snapshot_id)[0].chapter_snapshot_id

    def read() -> bytes:
        if book_format == "chapter":
            return studio.chapter_bytes(chapter_id)
        book = open_book(studio.records, studio.blobs, WORKSPACE, snapshot_id, book_format)  # type: ignore[arg-type]
        return b"".join(book.content)

    whole = read()
    left = keep_elsewhere(studio, chapter_id)
    assert read() == whole
    for path in left:
        path.unlink()
    with pytest.raises(DataDamaged):
        read()
    assert read() == whole


def test_it_is_remembered_for_its_workspace_and_its_records_alone(studio: Studio, tmp_path: Path) -> None:
    """Another workspace has no such chapter, and neither has another installation."""
    chapter_id = studio.chapter_snapshots(studio.convert(BOOK))[0].chapter_snapshot_id
    first = chapter_files.open_chapter_file(studio.records, WORKSPACE, chapter_id)
    assert chapter_files.open_chapter_file(studio.records, WORKSPACE, chapter_id) is first
    with pytest.raises(SnapshotNotFound):
        chapter_files.open_chapter_file(studio.records, WorkspaceId("other"), chapter_id)
    with open_studio(tmp_path / "other") as other, pytest.raises(SnapshotNotFound):
        chapter_files.open_chapter_file(other.records, WORKSPACE, chapter_id)


def test_no_more_is_remembered_than_fits(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chapter that is too large by itself is delivered all the same, as often as it is asked for."""
    monkeypatch.setattr(chapter_files, "_REMEMBERED_PIECES", 0)
    chapter_id = studio.chapter_snapshots(studio.convert(BOOK))[0].chapter_snapshot_id
    chapter_files.forget_chapter_files(studio.records)
    first = chapter_files.open_chapter_file(studio.records, WORKSPACE, chapter_id)
    assert chapter_files.open_chapter_file(studio.records, WORKSPACE, chapter_id) is not first
    assert studio.chapter_bytes(chapter_id) == studio.chapter_bytes(chapter_id)
