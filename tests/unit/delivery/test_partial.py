"""What can be downloaded of a book while the rest of it is made."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import WORKSPACE, Studio, make_document, make_document_chapter, open_studio

from rhapsode.delivery.downloads import open_book
from rhapsode.delivery.partial import MISSING_NAME, PartialArchive, open_partial, ordinals_text
from rhapsode.delivery.partial_book import get_partial_book
from rhapsode.rendering.freeze import RequestedConversion
from rhapsode.studio.errors import ProjectNotFound, SnapshotNotFound, UnknownChapters
from rhapsode.studio.ids import ProjectId, WorkspaceId, new_id

BOOK = make_document(
    make_document_chapter("It rained.", name="Rain"),
    make_document_chapter("The sea was flat.", name="Sea/Shore"),
    make_document_chapter("Nobody came.", name="Evening"),
)
FILES = ["01 Rain.mp3", "02 Sea Shore.mp3", "03 Evening.mp3"]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


class Begun:
    """A conversion of which each chapter is finished when it is told."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.project_id = studio.save(BOOK)
        self.requested: RequestedConversion = studio.request(BOOK)
        self._rendering, self._of = studio.rendering, (WORKSPACE, self.requested.conversion_id)
        for piece in self._rendering.list_slices(*self._of):
            self._rendering.render_slice(*self._of, piece.ordinal)
        self._places = self._rendering.list_chapters(*self._of)

    def finish_chapter(self, ordinal: int) -> None:
        self._rendering.assemble_chapter(*self._of, self._places[ordinal - 1])

    def finish(self) -> None:
        self._rendering.finish(*self._of)

    def archive(self, chapters: str | None = None) -> PartialArchive:
        return open_partial(self._studio.records, self._studio.blobs, WORKSPACE, self.project_id, chapters)

    def files(self, chapters: str | None = None) -> dict[str, bytes]:
        download = self.archive(chapters).download
        content = b"".join(download.content)
        assert len(content) == download.size_bytes
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def begun(studio: Studio) -> Begun:
    return Begun(studio)


def test_it_has_the_finished_chapters_in_their_places(studio: Studio, begun: Begun) -> None:
    """Each with the name and the bytes that it has in the end, and a text that says which are missing."""
    begun.finish_chapter(1)
    begun.finish_chapter(3)
    files, opened = begun.files(), begun.archive()

    assert list(files) == [FILES[0], FILES[2], MISSING_NAME]
    assert files[MISSING_NAME].decode().splitlines() == [
        "Tides: 2 of 3 chapters are in this archive. These are missing:",
        "",
        FILES[1],
    ]
    assert (opened.ordinals, opened.chapter_count, opened.is_partial) == ((1, 3), 3, True)
    assert opened.download.filename == "Tides (partial).zip"
    begun.finish_chapter(2)
    begun.finish()
    whole = begun.files()
    assert list(whole) == FILES
    assert all(whole[name] == files[name] for name in (FILES[0], FILES[2]))


def test_the_same_chapters_are_the_same_file(begun: Begun) -> None:
    """Whatever is finished meanwhile, and when nothing is converted any more; other chapters are another file."""
    begun.finish_chapter(1)
    begun.finish_chapter(2)
    first = begun.archive().download
    content = b"".join(first.content)
    begun.finish_chapter(3)
    assert begun.archive().download.digest != first.digest
    begun.finish()
    again = begun.archive("1-2").download

    assert again.digest == first.digest
    assert b"".join(again.content) == content
    assert b"".join(again.read(1000, 3000)) == content[1000:3000]
    assert again.modified_at_ms == first.modified_at_ms
    assert again.filename == first.filename


def test_the_archive_of_all_chapters_is_that_of_the_book(studio: Studio, begun: Begun) -> None:
    """A moment before the conversion has ended, and afterwards."""
    for ordinal in (1, 2, 3):
        begun.finish_chapter(ordinal)
    opened = begun.archive()
    assert not opened.is_partial
    begun.finish()
    ended = studio.rendering.get_conversion(WORKSPACE, begun.requested.conversion_id)
    assert ended.project_snapshot_id is not None
    book = open_book(studio.records, studio.blobs, WORKSPACE, ended.project_snapshot_id, "zip")
    for partial in (opened, begun.archive()):
        assert (partial.download.digest, partial.download.filename) == (book.digest, book.filename)
    assert b"".join(opened.download.content) == b"".join(book.content)


def test_what_an_edit_leaves_alone_is_there_at_once(studio: Studio, begun: Begun) -> None:
    """A conversion begins with the chapters that need nothing."""
    for ordinal in (1, 2, 3):
        begun.finish_chapter(ordinal)
    begun.finish()
    rain, _, evening = BOOK.chapters
    studio.request(make_document(rain, make_document_chapter("It was rough.", name="Sea/Shore"), evening))

    assert begun.archive().ordinals == (1, 3)
    with studio.records.read(WORKSPACE) as tx:
        book = get_partial_book(tx, begun.project_id)
    assert [chapter.name for chapter in book.chapters] == ["Rain", "Sea/Shore", "Evening"]
    assert [chapter.snapshot is None for chapter in book.chapters] == [False, True, False]


def test_nothing_finished_is_nothing_found(begun: Begun) -> None:
    """In words that say how it is; the same of chapters that are asked for before they are finished."""
    with pytest.raises(SnapshotNotFound, match="None of the 3 chapters"):
        begun.archive()
    begun.finish_chapter(2)
    with pytest.raises(SnapshotNotFound, match="Chapter 3 isn't finished"):
        begun.archive("2-3")
    for nonsense in ("4", "0", "two", "2-1", ""):
        with pytest.raises(UnknownChapters):
            begun.archive(nonsense)


def test_other_projects_are_not_found(studio: Studio, begun: Begun) -> None:
    """Nor those of other workspaces, nor one that was never converted."""
    for workspace_id, project_id in (
        (WORKSPACE, ProjectId(new_id())),
        (WorkspaceId("other"), begun.project_id),
    ):
        with pytest.raises(ProjectNotFound):
            open_partial(studio.records, studio.blobs, workspace_id, project_id)
    studio.rendering.cancel_conversion(WORKSPACE, begun.requested.conversion_id)
    with pytest.raises(SnapshotNotFound, match="Convert it"):
        begun.archive()


def test_a_book_without_chapters_is_an_empty_archive(studio: Studio) -> None:
    """As its snapshot's is: nothing is missing."""
    document = make_document(make_document_chapter("Nothing of it.", narrated=False))
    project_id = studio.save(document)
    studio.convert(document)
    opened = open_partial(studio.records, studio.blobs, WORKSPACE, project_id)
    assert (opened.ordinals, opened.is_partial) == ((), False)
    with zipfile.ZipFile(io.BytesIO(b"".join(opened.download.content))) as archive:
        assert archive.namelist() == []


@pytest.mark.parametrize(
    ("ordinals", "text"), [((), ""), ((2,), "2"), ((1, 2, 3, 5), "1-3,5"), ((1, 3, 4, 9, 10), "1,3-4,9-10")]
)
def test_places_are_told_in_runs(ordinals: tuple[int, ...], text: str) -> None:
    """As they are asked for."""
    assert ordinals_text(ordinals) == text
