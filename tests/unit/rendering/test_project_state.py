"""What clients see of a project while it is converted, and afterwards."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import TONE_LOW, WORKSPACE, Studio, make_document, make_document_chapter, open_studio

from rhapsode.authoring.books import BookOptions, save_book
from rhapsode.jobs.conversions import convert_at_once
from rhapsode.rendering.freeze import RequestedConversion
from rhapsode.rendering.project_state import (
    ChapterState,
    ProjectState,
    get_project_state,
    list_project_states,
)
from rhapsode.storage import projects, snapshots
from rhapsode.studio.document import Document
from rhapsode.studio.ids import ChapterId, ProjectId

pytestmark = pytest.mark.slow

EBB, FLOOD = (" ".join(f"Wave {number} went {way}." for number in range(75)) for way in ("out", "in"))
BOOK = make_document(
    make_document_chapter(EBB, FLOOD, "Calm.", name="Rain"),
    make_document_chapter("The sea was flat.", "A boat.", "Nobody came.", name="Sea"),
    make_document_chapter(" ", name="Nothing"),
)
OTHER = replace(
    BOOK, chapters=(BOOK.chapters[0], make_document_chapter("Ebb.", name="Sea"), BOOK.chapters[2])
)
NEVER = ChapterState("default", False, None, None, None)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


def state_of(studio: Studio, project_id: ProjectId) -> ProjectState:
    with studio.records.read(WORKSPACE) as tx:
        state = get_project_state(tx, project_id)
        assert list_project_states(tx, [project_id]) == {project_id: replace(state, chapters={})}
        return state


def chapters_of(studio: Studio, project_id: ProjectId) -> list[ChapterState]:
    """The states of a project's chapters, in order."""
    states = state_of(studio, project_id).chapters
    with studio.records.read(WORKSPACE) as tx:
        ids = [chapter.chapter_id for chapter in projects.list_chapters(tx, project_id)]
    assert states.keys() == set(ids)
    return [states[chapter_id] for chapter_id in ids]


def chapter_id(studio: Studio, project_id: ProjectId, index: int) -> ChapterId:
    with studio.records.read(WORKSPACE) as tx:
        return projects.list_chapters(tx, project_id)[index].chapter_id


def request(
    studio: Studio, project_id: ProjectId, chapter: ChapterId | None = None, *, begun: bool = True
) -> RequestedConversion:
    """Ask for a conversion, and begin it."""
    requested = studio.rendering.request_conversion(WORKSPACE, project_id, chapter)
    if begun:
        studio.rendering.list_slices(WORKSPACE, requested.conversion_id)
    return requested


def fail(studio: Studio, requested: RequestedConversion, message: str) -> None:
    studio.rendering.fail(WORKSPACE, requested.conversion_id, message)


def save_beside(studio: Studio, document: Document) -> ProjectId:
    """Make another project."""
    return save_book(
        studio.records,
        studio.blobs,
        WORKSPACE,
        document,
        name="ebb",
        origin="/books/ebb.epub",
        options=BookOptions(TONE_LOW),
    )


def test_a_new_project_was_never_converted(studio: Studio) -> None:
    """Nothing of it can be downloaded, and nothing is going on."""
    project_id = studio.save(BOOK)
    assert state_of(studio, project_id).state == "default"
    assert not state_of(studio, project_id).can_be_downloaded
    assert state_of(studio, project_id).last_conversion_at_ms is None
    assert chapters_of(studio, project_id) == [NEVER, NEVER, NEVER]


def test_a_conversion_waits_and_then_runs(studio: Studio) -> None:
    """Its chapters are being converted all the while, but not the one without text."""
    project_id = studio.save(BOOK)
    requested = request(studio, project_id, begun=False)
    assert state_of(studio, project_id).state == "in_queue"
    assert [chapter.state for chapter in chapters_of(studio, project_id)] == [
        "converting",
        "converting",
        "default",
    ]
    studio.rendering.list_slices(WORKSPACE, requested.conversion_id)
    assert state_of(studio, project_id).state == "converting"


def test_progress_is_the_share_of_segments_that_exist(studio: Studio) -> None:
    """Chapter by chapter; one that has its snapshot is finished before the project is."""
    project_id = studio.save(BOOK)
    requested = request(studio, project_id)
    assert [chapter.conversion_progress for chapter in chapters_of(studio, project_id)] == [0, 0, None]

    slices = studio.rendering.list_slices(WORKSPACE, requested.conversion_id)
    studio.rendering.render_slice(WORKSPACE, requested.conversion_id, slices[0].ordinal)
    first, second, _ = chapters_of(studio, project_id)
    assert first.conversion_progress is not None
    assert second.conversion_progress is not None
    assert 0 < first.conversion_progress < 1
    assert second.conversion_progress < first.conversion_progress

    for piece in slices[1:]:
        studio.rendering.render_slice(WORKSPACE, requested.conversion_id, piece.ordinal)
    studio.rendering.assemble_chapter(WORKSPACE, requested.conversion_id, 0)
    first, second, _ = chapters_of(studio, project_id)
    assert (first.state, first.can_be_downloaded, first.conversion_progress) == ("default", True, 1)
    assert (second.state, second.can_be_downloaded, second.conversion_progress) == ("converting", False, 1)
    assert not state_of(studio, project_id).can_be_downloaded


def test_what_was_converted_can_be_downloaded(studio: Studio) -> None:
    """With the times of the newest snapshots; also while it is converted again."""
    snapshot = studio.project_snapshot(studio.convert(BOOK))
    with studio.records.read(WORKSPACE) as tx:
        made = [snapshots.get_chapter_snapshot(tx, c) for c in snapshot.chapter_snapshot_ids]
    expected = [ChapterState("default", True, chapter.created_at_ms, 1.0, None) for chapter in made]

    state = state_of(studio, snapshot.project_id)
    assert (state.state, state.can_be_downloaded) == ("default", True)
    assert state.last_conversion_at_ms == snapshot.created_at_ms
    assert chapters_of(studio, snapshot.project_id) == [*expected, NEVER]

    request(studio, studio.save(OTHER))
    first, second, _ = chapters_of(studio, snapshot.project_id)
    assert state_of(studio, snapshot.project_id).can_be_downloaded
    assert first == expected[0]
    assert (second.state, second.can_be_downloaded) == ("converting", True)


def test_a_chapter_alone_is_converted_alone(studio: Studio) -> None:
    """The project is busy with it, and has no snapshot afterwards."""
    project_id = studio.save(BOOK)
    requested = request(studio, project_id, chapter_id(studio, project_id, 1))
    assert state_of(studio, project_id).state == "converting"
    assert [c.state for c in chapters_of(studio, project_id)] == ["default", "converting", "default"]

    convert_at_once(studio.rendering, WORKSPACE, requested.conversion_id)

    assert state_of(studio, project_id).state == "default"
    assert not state_of(studio, project_id).can_be_downloaded
    assert [c.can_be_downloaded for c in chapters_of(studio, project_id)] == [False, True, False]


def test_a_failure_is_said_until_the_next_conversion(studio: Studio) -> None:
    """Of every chapter when the project's failed, and of one when its own did; the last one counts."""
    project_id = studio.save(BOOK)
    sea = chapter_id(studio, project_id, 1)
    fail(studio, request(studio, project_id), "The engine died.")
    assert state_of(studio, project_id).state == "default"
    assert [c.last_conversion_error for c in chapters_of(studio, project_id)] == ["The engine died."] * 3

    again = request(studio, project_id, sea)
    assert chapters_of(studio, project_id)[1].last_conversion_error is None
    fail(studio, again, "No space.")
    errors = [c.last_conversion_error for c in chapters_of(studio, project_id)]
    assert errors == ["The engine died.", "No space.", "The engine died."]

    studio.run(request(studio, project_id))
    assert [c.last_conversion_error for c in chapters_of(studio, project_id)] == [None] * 3


def test_a_cancelled_conversion_says_nothing(studio: Studio) -> None:
    """The failure before it stays the last word."""
    project_id = studio.save(BOOK)
    fail(studio, request(studio, project_id), "The engine died.")
    studio.rendering.cancel_conversion(WORKSPACE, request(studio, project_id).conversion_id)
    assert chapters_of(studio, project_id)[0].last_conversion_error == "The engine died."


def test_projects_are_told_apart(studio: Studio) -> None:
    """Each has the state of its own conversions; of several, that of the one that runs."""
    one, two = studio.save(BOOK), save_beside(studio, OTHER)
    request(studio, one, chapter_id(studio, one, 0))
    request(studio, one, begun=False)
    request(studio, two, begun=False)
    assert state_of(studio, one).state == "converting"
    assert state_of(studio, two).state == "in_queue"
    assert list_states(studio, [one, two]) == ["converting", "in_queue"]


def list_states(studio: Studio, project_ids: list[ProjectId]) -> list[str]:
    with studio.records.read(WORKSPACE) as tx:
        states = list_project_states(tx, project_ids)
    return [states[project_id].state for project_id in project_ids]
