"""From a document to a stored project, and again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import (
    TONE_HIGH,
    TONE_LOW,
    WORKSPACE,
    Studio,
    make_document,
    make_document_block,
    make_document_chapter,
    need_espeak,
    open_studio,
)

from rhapsode.authoring.books import BookOptions, book_chapters
from rhapsode.authoring.selection import Selection
from rhapsode.authoring.voices import default_voice
from rhapsode.storage import projects, segments
from rhapsode.storage.packs import read_segment
from rhapsode.studio.document import Cover, Document, SourceFile
from rhapsode.studio.errors import DocumentRefused, InvalidInput, UnknownChapters
from rhapsode.studio.ids import ProjectId
from rhapsode.studio.limits import MAX_CHAPTERS
from rhapsode.studio.project import Chapter, Project, QualityPreset
from rhapsode.voices.catalogue import engine_catalogue

RAIN = make_document_chapter("It rained.", "Nobody came.", name="Rain")
IMPRINT = make_document_chapter("1990.", name="Imprint", role="imprint", narrated=False)
COVER = Cover("image/png", b"\x89PNG" + bytes(500))


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def stored(studio: Studio, project_id: ProjectId) -> tuple[Project, tuple[Chapter, ...]]:
    with studio.records.read(studio.workspace_id) as tx:
        return projects.get_project(tx, project_id), projects.list_chapters(tx, project_id)


def test_a_book_becomes_a_project(studio: Studio) -> None:
    """Its fields are the document's, what a person says goes first, and the chapters are the document's."""
    document = make_document(RAIN, IMPRINT, title="Tides", language="de")
    options = BookOptions(TONE_HIGH, QualityPreset.HIGH, title="Ebb", author="I. S.")

    project, chapters = stored(studio, studio.save(document, options))

    assert (project.name, project.title, project.author, project.language) == ("Ebb", "Ebb", "I. S.", "de")
    assert (project.default_title_voice_id, project.default_paragraph_voice_id) == (TONE_HIGH, TONE_HIGH)
    assert project.quality_preset is QualityPreset.HIGH
    assert [chapter.name for chapter in chapters] == ["Rain", "Imprint"]


def test_a_book_that_says_nothing_has_the_defaults(studio: Studio) -> None:
    """English, the name of its file, standard quality, and the first voice of its language."""
    document = Document(None, None, None, None, None, None, (RAIN,))
    project, _ = stored(studio, studio.save(document, BookOptions()))
    assert (project.name, project.title, project.language) == ("tides", None, "en")
    assert project.quality_preset is QualityPreset.STANDARD
    assert project.default_paragraph_voice_id == default_voice("en", engine_catalogue()).voice_id


def test_a_title_of_nothing_but_space_is_none(studio: Studio) -> None:
    """Files can't say it: the document's own stays. Nor can they say control characters."""
    options = BookOptions(title=" ", author="\t")
    project, _ = stored(studio, studio.save(make_document(RAIN, title="Tides"), options))
    assert (project.title, project.author) == ("Tides", "Ida Strand")
    with pytest.raises(InvalidInput, match="The title"):
        studio.save(make_document(RAIN), BookOptions(title="Ti\x01des"))


def test_the_same_book_again_is_the_same_project(studio: Studio) -> None:
    """Voice and quality stay unless somebody says otherwise; nothing else differs, not even a revision."""
    document = make_document(RAIN, IMPRINT)
    first = studio.save(document, BookOptions(TONE_HIGH, QualityPreset.ULTRA))
    before = stored(studio, first)

    again = studio.save(document, BookOptions())

    assert again == first
    assert stored(studio, again) == before


def test_another_voice_replaces_both(studio: Studio) -> None:
    """The voice of headings and that of paragraphs are chosen together."""
    studio.save(make_document(RAIN), BookOptions(TONE_HIGH))
    project, _ = stored(studio, studio.save(make_document(RAIN), BookOptions(TONE_LOW)))
    assert (project.default_title_voice_id, project.default_paragraph_voice_id) == (TONE_LOW, TONE_LOW)


def test_revisions_count_what_differs_in_the_end(studio: Studio) -> None:
    """An edit and another selection raise a chapter's revision; the same selection again doesn't."""
    note = make_document_block("See below.")
    book = make_document(RAIN, make_document_chapter(note, name="Sea"), IMPRINT)
    imprint_too = BookOptions(TONE_LOW, selection=Selection(include=("imprint",)))
    revisions = []
    for document, options in (
        (book, imprint_too),
        (book, imprint_too),
        (book, BookOptions(TONE_LOW)),
        (make_document(make_document_chapter("It poured.", name="Rain"), *book.chapters[1:]), BookOptions()),
    ):
        _, chapters = stored(studio, studio.save(document, options))
        revisions.append([chapter.revision for chapter in chapters])
    assert revisions == [[1, 1, 1], [1, 1, 1], [1, 1, 2], [2, 1, 2]]


def test_a_chapter_without_blocks_has_a_revision_too() -> None:
    """Every chapter begins at revision 1."""
    (chapter,) = book_chapters((), make_document(make_document_chapter(name="Empty")), Selection())
    assert chapter.revision == 1


def test_a_chapter_that_the_book_has_lost_is_gone(studio: Studio) -> None:
    """What a document no longer has, its project no longer lists."""
    studio.save(make_document(RAIN, IMPRINT))
    _, chapters = stored(studio, studio.save(make_document(IMPRINT)))
    assert [chapter.name for chapter in chapters] == ["Imprint"]


def test_a_cover_is_kept_once(studio: Studio) -> None:
    """The same picture has the same key, another one another, and a document without one leaves it as it is."""
    keys = [
        stored(studio, studio.save(make_document(RAIN, cover=cover)))[0].cover_key
        for cover in (COVER, COVER, Cover("image/jpeg", b"\xff\xd8"), None)
    ]
    assert keys[0] is not None
    assert keys[0] == keys[1]
    assert keys[2] not in (None, keys[0])
    assert keys[3] == keys[2]
    assert len(list((studio.blobs.temporary_directory().parent).rglob("*.pack"))) == 2


def test_a_persons_cover_goes_before_the_books_own(studio: Studio) -> None:
    """So an ugly one can be replaced."""
    own = stored(studio, studio.save(make_document(RAIN, cover=COVER)))[0].cover_key
    options = BookOptions(TONE_LOW, cover=Cover("image/jpeg", b"\xff\xd8"))
    chosen = stored(studio, studio.save(make_document(RAIN, cover=COVER), options))[0].cover_key
    assert chosen not in (None, own)


def test_too_many_chapters_are_refused(studio: Studio) -> None:
    """The limit is a sentence, not a table that breaks later."""
    with pytest.raises(DocumentRefused, match=f"{MAX_CHAPTERS + 1}"):
        studio.save(make_document(*[RAIN] * (MAX_CHAPTERS + 1)))


def test_a_selection_that_fits_nothing_saves_nothing(studio: Studio) -> None:
    """The project is as it was before."""
    project_id = studio.save(make_document(RAIN))
    before = stored(studio, project_id)
    options = BookOptions(TONE_HIGH, selection=Selection(include=("epilogue",)))
    with pytest.raises(UnknownChapters):
        studio.save(make_document(IMPRINT), options)
    assert stored(studio, project_id) == before


def test_a_language_has_a_voice_of_its_own() -> None:
    """However the tag is written; a language nobody has for a mother tongue is read by the first voice."""
    need_espeak()
    assert default_voice("de-AT", engine_catalogue()).language == "de"
    assert default_voice("DE_at", engine_catalogue()).language == "de"
    assert default_voice("en", engine_catalogue()).language.startswith("en")
    assert default_voice("tlh", engine_catalogue()) == default_voice("en", engine_catalogue())


def test_an_epub_is_kept_with_its_project(studio: Studio) -> None:
    """Once for all projects that were made of it; another takes its place, and a text leaves none."""
    book = SourceFile("application/epub+zip", b"PK\3\4 and a book")
    kept = [
        stored(studio, studio.save(replace(make_document(RAIN), source=source)))[0].document_key
        for source in (book, book, replace(book, content=b"PK\3\4 and another"), None)
    ]
    assert kept[0] is not None
    assert kept[0] == kept[1]
    assert kept[2] not in (None, kept[0])
    assert kept[3] is None
    with studio.records.read(WORKSPACE) as tx:
        found = segments.find_segments(tx, [kept[0]])[kept[0]]
    assert (found.kind, found.media_type) == ("document", book.media_type)
    assert read_segment(studio.blobs, found.location) == book.content
