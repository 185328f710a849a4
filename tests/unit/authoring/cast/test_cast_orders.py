"""A cast as a command makes and changes it, in the words of a person."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import TONE_HIGH, TONE_LOW, Studio, make_document, make_document_chapter, open_studio

from rhapsode.authoring.books import BookOptions
from rhapsode.authoring.cast.orders import CastOrder, CastRow, carry_out
from rhapsode.authoring.cast.recasting import analysed
from rhapsode.storage import cast, projects
from rhapsode.studio.errors import CharacterNotFound
from rhapsode.studio.ids import ProjectId
from rhapsode.studio.project import Node

TEXTS = (
    "Mrs. Tarn shut the door. Mr. Tarn was mending a net by the stove.",
    "“The boat is late,” said Mrs. Tarn.",
    "“It is never early,” replied Mr. Tarn.",
)
CAST = BookOptions(voice_id=TONE_LOW, cast=True)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def save(studio: Studio, *texts: str, options: BookOptions = CAST) -> ProjectId:
    return studio.save(make_document(make_document_chapter(*texts)), options)


def told(studio: Studio, project_id: ProjectId, order: CastOrder | None = None) -> list[CastRow]:
    return carry_out(studio.records, studio.workspace_id, project_id, order or CastOrder())


def nodes(studio: Studio, project_id: ProjectId) -> list[Node]:
    with studio.records.read(studio.workspace_id) as tx:
        chapters = projects.list_chapters(tx, project_id)
    return [node for chapter in chapters for block in chapter.blocks for node in block.nodes]


def test_a_book_with_a_cast(studio: Studio) -> None:
    """Its rows say who speaks; the book without the option keeps the cast, and its nodes, when it comes again."""
    project_id = save(studio, *TEXTS)
    rows = told(studio, project_id)
    before = nodes(studio, project_id)

    assert [(row.name, row.gender, row.voice, row.quotations) for row in rows] == [
        ("Mr. Tarn", "male", "Tone High", 1),
        ("Mrs. Tarn", "female", "Tone High", 1),
    ]
    assert save(studio, *TEXTS, "“So it is.”", options=BookOptions()) == project_id
    assert nodes(studio, project_id)[: len(before)] == before
    assert nodes(studio, project_id)[-1].voice_id == TONE_HIGH


def test_who_speaks_is_known_before_anybody_waits(studio: Studio) -> None:
    """A book that comes again is looked at once, before the records are locked for it."""
    save(studio, *TEXTS)
    analysed.cache_clear()

    save(studio, *TEXTS, "“So it is.”", options=BookOptions())
    assert (analysed.cache_info().misses, analysed.cache_info().hits) == (1, 1)


def test_orders(studio: Studio) -> None:
    """Characters are named as in the book, whatever the case; an order for nobody changes nothing."""
    project_id = save(studio, *TEXTS)
    rows = told(studio, project_id, CastOrder(voices=(("mr. tarn", "narrator"),)))
    assert {row.name: row.voice for row in rows} == {"Mr. Tarn": "narrator", "Mrs. Tarn": "Tone High"}

    with pytest.raises(CharacterNotFound, match=r"Mr\. Tarn, Mrs\. Tarn"):
        told(studio, project_id, CastOrder(merges=(("Ida", "Mr. Tarn"),)))

    (row,) = told(studio, project_id, CastOrder(merges=(("Mr. Tarn", "Mrs. Tarn"),)))
    assert (row.name, row.quotations) == ("Mrs. Tarn", 2)
    assert told(studio, project_id, CastOrder(undo=True)) == []
    assert [node.text for node in nodes(studio, project_id)] == list(TEXTS)


def test_a_cast_goes_with_its_project(studio: Studio) -> None:
    """No row of it is left when the project is purged."""
    project_id = save(studio, *TEXTS)
    with studio.records.write(studio.workspace_id) as tx:
        assert cast.find_cast(tx, project_id) is not None
        projects.purge_project(tx, project_id)

        assert cast.find_cast(tx, project_id) is None
