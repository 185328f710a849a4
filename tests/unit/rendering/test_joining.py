"""A convert that is asked for again when its conversion has just ended, as an SDK does that has lost the answer."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.factories import Studio, make_document, make_document_chapter, open_studio

from rhapsode.jobs.conversions import convert_at_once
from rhapsode.rendering import joining
from rhapsode.rendering.freeze import RequestedConversion
from rhapsode.rendering.refresh import Refresh
from rhapsode.storage import projects, schema
from rhapsode.studio.ids import ChapterId, ProjectId
from rhapsode.studio.limits import REPEATED_CONVERT_S

BOOK = make_document(make_document_chapter("It rained."), make_document_chapter("A boat.", name="Sea"))


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


@pytest.fixture
def project_id(studio: Studio) -> ProjectId:
    return studio.save(BOOK)


def ask(studio: Studio, project_id: ProjectId, chapter_id: ChapterId | None = None) -> RequestedConversion:
    """Ask for a conversion as the wire does."""
    return studio.rendering.request_conversion(studio.workspace_id, project_id, chapter_id, may_repeat=True)


def run(studio: Studio, requested: RequestedConversion) -> RequestedConversion:
    convert_at_once(studio.rendering, studio.workspace_id, requested.conversion_id)
    return requested


def chapter_ids(studio: Studio, project_id: ProjectId) -> list[ChapterId]:
    with studio.records.read(studio.workspace_id) as tx:
        return [chapter.chapter_id for chapter in projects.list_chapters(tx, project_id)]


def age(studio: Studio, *, by_s: float) -> None:
    """Let all that has ended have ended so much earlier."""
    ended_at_ms = schema.conversions.c.finished_at_ms
    with studio.records.write(studio.workspace_id) as tx:
        tx.connection.execute(
            sa.update(schema.conversions).values(finished_at_ms=ended_at_ms - int(by_s * 1000))
        )


def test_what_has_just_ended_is_joined(studio: Studio, project_id: ProjectId) -> None:
    """However often it is asked for, and nothing is left to do."""
    first = run(studio, ask(studio, project_id))
    for _ in range(2):
        again = ask(studio, project_id)
        assert again == replace(first, joined=True, slice_count=0, count=again.count)
        assert again.count.spoken_characters == 0
    assert studio.rendering.list_unfinished(studio.workspace_id) == []


def test_a_chapter_is_joined_too(studio: Studio, project_id: ProjectId) -> None:
    """That chapter alone: neither the other one nor the project is what was asked for."""
    rain, sea = chapter_ids(studio, project_id)
    first = run(studio, ask(studio, project_id, rain))
    assert ask(studio, project_id, rain).conversion_id == first.conversion_id
    assert not ask(studio, project_id, sea).joined


def test_a_project_is_not_its_chapter(studio: Studio, project_id: ProjectId) -> None:
    """Though the only thing asked for before has made all of it."""
    run(studio, ask(studio, project_id))
    assert not ask(studio, project_id, chapter_ids(studio, project_id)[0]).joined


def test_what_has_changed_is_another_request(studio: Studio, project_id: ProjectId) -> None:
    """And what was before is one after that."""
    run(studio, ask(studio, project_id))
    studio.save(make_document(make_document_chapter("It snowed.")))
    assert not run(studio, ask(studio, project_id)).joined
    studio.save(BOOK)
    assert not ask(studio, project_id).joined


def test_what_has_ended_badly_is_tried_again(studio: Studio, project_id: ProjectId) -> None:
    """A failed or cancelled conversion isn't joined, and nor is what had ended well before it."""
    run(studio, ask(studio, project_id))
    for end in (
        lambda of: studio.rendering.fail(studio.workspace_id, of, "The voice is hoarse."),
        lambda of: studio.rendering.cancel_conversion(studio.workspace_id, of),
    ):
        # Only the wire's own requests join what has ended.
        asked = studio.rendering.request_conversion(studio.workspace_id, project_id)
        assert not asked.joined
        end(asked.conversion_id)
        again = ask(studio, project_id)
        assert not again.joined
        run(studio, again)


def test_a_command_and_a_refresh_are_carried_out(studio: Studio, project_id: ProjectId) -> None:
    """Whoever asks for them has an answer, or means what is asked for."""
    run(studio, ask(studio, project_id))
    for refresh in (None, Refresh()):
        asked = studio.rendering.request_conversion(studio.workspace_id, project_id, refresh=refresh)
        assert not asked.joined
        run(studio, asked)


def test_some_seconds_later_it_is_a_new_request(studio: Studio, project_id: ProjectId) -> None:
    """The limit says how many; within them, a clock that was set back changes nothing."""
    first = run(studio, ask(studio, project_id))
    age(studio, by_s=-REPEATED_CONVERT_S / 2)
    assert ask(studio, project_id).conversion_id == first.conversion_id
    age(studio, by_s=REPEATED_CONVERT_S * 2)
    assert not ask(studio, project_id).joined


def test_it_can_be_switched_off(
    studio: Studio, project_id: ProjectId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a limit of 0 every convert of what has ended is a new one."""
    monkeypatch.setattr(joining, "REPEATED_CONVERT_S", 0)
    run(studio, ask(studio, project_id))
    assert not ask(studio, project_id).joined
