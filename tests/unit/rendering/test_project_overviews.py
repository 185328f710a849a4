"""A shelf of projects: what is seen of each, by a fixed number of queries."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.factories import TONE_LOW, WORKSPACE, Studio, make_document, make_document_chapter, open_studio

from rhapsode.authoring.books import BookOptions, save_book
from rhapsode.jobs.conversions import convert_at_once
from rhapsode.rendering.freeze import RequestedConversion
from rhapsode.rendering.project_overviews import ProjectOverview, list_project_overviews
from rhapsode.storage import chapters, projects
from rhapsode.storage.overviews import ProjectText
from rhapsode.studio.ids import ChapterId, ProjectId

ROOF = "Rain fell on the roof."
BOOK = make_document(
    make_document_chapter(ROOF, "Ünruhe.", "   ", " \u3000\n\x1f", name="Rain"),
    make_document_chapter("The sea was flat.", name="Sea"),
    make_document_chapter("All rights reserved.", name="Imprint", narrated=False),
)
CHARACTERS = len(ROOF) + len("Ünruhe.") + len("The sea was flat.")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def save(studio: Studio, name: str) -> ProjectId:
    """Make a project of the book."""
    return save_book(
        studio.records,
        studio.blobs,
        WORKSPACE,
        BOOK,
        name=name,
        origin=f"/books/{name}.epub",
        options=BookOptions(TONE_LOW),
    )


def overviews(studio: Studio) -> list[ProjectOverview]:
    with studio.records.read(WORKSPACE) as tx:
        return list_project_overviews(tx, after=None, page_size=100)[0]


def overview(studio: Studio) -> ProjectOverview:
    (only,) = overviews(studio)
    return only


def request(studio: Studio, project_id: ProjectId, chapter: ChapterId | None = None) -> RequestedConversion:
    return studio.rendering.request_conversion(WORKSPACE, project_id, chapter)


def chapter_ids(studio: Studio, project_id: ProjectId) -> list[ChapterId]:
    with studio.records.read(WORKSPACE) as tx:
        return [chapter.chapter_id for chapter in projects.list_chapters(tx, project_id)]


def test_what_is_narrated_is_counted(studio: Studio) -> None:
    """In code points, without white space, also when it was just changed."""
    project_id = save(studio, "tides")
    assert overview(studio).text == overview(studio).text == ProjectText(2, CHARACTERS)

    with studio.records.write(WORKSPACE) as tx:
        first, *others = chapters.list_chapters(tx, project_id)
        chapters.save_chapters(tx, project_id, [replace(first, blocks=first.blocks[1:]), *others])
    assert overview(studio).text == ProjectText(2, CHARACTERS - len(ROOF))


def test_progress_is_the_share_of_audio_that_is_there(studio: Studio) -> None:
    """While something is converted or waits; afterwards there is a length."""
    project_id = save(studio, "tides")
    assert (overview(studio).progress, overview(studio).duration_s) == (None, None)
    sea = request(studio, project_id, chapter_ids(studio, project_id)[1])
    assert overview(studio).progress == 0
    convert_at_once(studio.rendering, WORKSPACE, sea.conversion_id)
    whole = request(studio, project_id)
    share = overview(studio).progress
    assert share is not None
    assert 0 < share < 1

    studio.run(whole)

    done = overview(studio)
    assert (done.progress, done.error, done.state.state) == (None, None, "default")
    assert done.duration_s is not None
    assert done.duration_s > 1


def test_the_last_failure_is_told_until_something_came_of_it(studio: Studio) -> None:
    """Of the project, or of a chapter after that; not while it is converted again."""
    project_id = save(studio, "tides")
    first, second, *_ = chapter_ids(studio, project_id)
    studio.rendering.fail(WORKSPACE, request(studio, project_id, first).conversion_id, "No space.")
    assert overview(studio).error == "No space."
    again = request(studio, project_id, second)
    assert overview(studio).error is None
    convert_at_once(studio.rendering, WORKSPACE, again.conversion_id)
    # Another chapter is well, and this one still isn't.
    assert overview(studio).error == "No space."
    studio.run(request(studio, project_id))
    assert overview(studio).error is None
    studio.rendering.fail(WORKSPACE, request(studio, project_id, second).conversion_id, "The engine died.")
    assert overview(studio).error == "The engine died."


def test_as_many_queries_for_many_projects_as_for_one(studio: Studio) -> None:
    """With conversions that wait, errors and snapshots among them."""
    studio.run(request(studio, save(studio, "first")))

    def count_queries() -> int:
        seen: list[str] = []

        def listen(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        with studio.records.read(WORKSPACE) as tx:
            engine = tx.connection.engine
            sa.event.listen(engine, "before_cursor_execute", listen)
            list_project_overviews(tx, after=None, page_size=100)
            sa.event.remove(engine, "before_cursor_execute", listen)
        return len(seen)

    before = count_queries()
    for name in ("second", "third", "fourth"):
        request(studio, save(studio, name))

    assert before <= count_queries() <= before + 2
    assert len(overviews(studio)) == 4
    # What was counted is remembered.
    assert count_queries() < 12
