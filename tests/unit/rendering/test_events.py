"""What is told of conversions that have ended, committed together with their end."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.factories import WORKSPACE, Studio, make_document, make_document_chapter, open_studio

from rhapsode.jobs.conversions import convert_at_once
from rhapsode.storage import projects
from rhapsode.storage.callbacks import list_due_callbacks
from rhapsode.storage.conversions import finish_conversion
from rhapsode.studio.ids import ChapterId, ConversionId, ProjectId

URL = "https://tides.example/hook"
BOOK = make_document(
    make_document_chapter("Call me Rhea."), make_document_chapter("They climbed.", name="Two")
)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_studio(tmp_path) as studio:
        yield studio


@pytest.fixture
def project_id(studio: Studio) -> ProjectId:
    """Of a project with an address."""
    project_id = studio.save(BOOK)
    with studio.records.write(WORKSPACE) as tx:
        project = projects.get_project(tx, project_id)
        projects.save_project(tx, replace(project, details=replace(project.details, callback_url=URL)))
    return project_id


def request(studio: Studio, project_id: ProjectId, chapter_id: ChapterId | None = None) -> ConversionId:
    return studio.rendering.request_conversion(WORKSPACE, project_id, chapter_id).conversion_id


def told(studio: Studio) -> list[dict[str, Any]]:
    """What the address is to be told first; one at a time is due."""
    callbacks = list_due_callbacks(studio.records, now_ms=2**43)
    assert {callback.url for callback in callbacks} <= {URL}
    return [json.loads(callback.body) for callback in callbacks]


def test_a_project_that_was_converted(studio: Studio, project_id: ProjectId) -> None:
    """One message, with the snapshot; nothing before the end, and nothing of its chapters."""
    conversion_id = request(studio, project_id)
    assert told(studio) == []
    convert_at_once(studio.rendering, WORKSPACE, conversion_id)

    ended = studio.rendering.get_conversion(WORKSPACE, conversion_id)
    assert ended.finished_at_ms is not None
    assert told(studio) == [
        {
            "type": "project_conversion_status",
            "event_timestamp": ended.finished_at_ms // 1000,
            "data": {
                "request_id": conversion_id,
                "project_id": project_id,
                "conversion_status": "success",
                "project_snapshot_id": ended.project_snapshot_id,
                "error_details": None,
            },
        }
    ]


def test_a_chapter_that_was_converted(studio: Studio, project_id: ProjectId) -> None:
    """One message, with the chapter's snapshot."""
    with studio.records.read(WORKSPACE) as tx:
        _, chapter = projects.list_chapters(tx, project_id)
    conversion_id = request(studio, project_id, chapter.chapter_id)
    convert_at_once(studio.rendering, WORKSPACE, conversion_id)

    (message,) = told(studio)
    snapshot_id = message["data"].pop("chapter_snapshot_id")
    assert "".join(part.text for part in studio.parts(snapshot_id)).strip() == "They climbed."
    assert message["type"] == "chapter_conversion_status"
    assert message["data"] == {
        "request_id": conversion_id,
        "project_id": project_id,
        "chapter_id": chapter.chapter_id,
        "conversion_status": "success",
        "error_details": None,
    }


def test_a_conversion_that_failed(studio: Studio, project_id: ProjectId) -> None:
    """No snapshot, and what went wrong; failing twice is told once."""
    conversion_id = request(studio, project_id)
    for _ in range(2):
        studio.rendering.fail(WORKSPACE, conversion_id, "The voice is hoarse.")

    (message,) = told(studio)
    assert message["data"] == {
        "request_id": conversion_id,
        "project_id": project_id,
        "conversion_status": "error",
        "project_snapshot_id": None,
        "error_details": "The voice is hoarse.",
    }


def test_a_chapter_that_failed(studio: Studio, project_id: ProjectId) -> None:
    """The same, of the chapter."""
    with studio.records.read(WORKSPACE) as tx:
        chapter, _ = projects.list_chapters(tx, project_id)
    studio.rendering.fail(WORKSPACE, request(studio, project_id, chapter.chapter_id), "The voice is hoarse.")

    (message,) = told(studio)
    assert message["type"] == "chapter_conversion_status"
    assert message["data"]["chapter_id"] == chapter.chapter_id
    assert (message["data"]["conversion_status"], message["data"]["chapter_snapshot_id"]) == ("error", None)


def test_a_cancelled_conversion_is_told_to_nobody(studio: Studio, project_id: ProjectId) -> None:
    """Who cancels it knows, and what comes afterwards changes nothing."""
    conversion_id = request(studio, project_id)
    studio.rendering.cancel_conversion(WORKSPACE, conversion_id)
    studio.rendering.fail(WORKSPACE, conversion_id, "The voice is hoarse.")

    assert told(studio) == []


def test_a_deleted_project_is_told_of_to_nobody(studio: Studio, project_id: ProjectId) -> None:
    """Its conversion may still end."""
    conversion_id = request(studio, project_id)
    with studio.records.write(WORKSPACE) as tx:
        projects.delete_project(tx, project_id)
    studio.rendering.fail(WORKSPACE, conversion_id, "The voice is hoarse.")

    assert told(studio) == []


def test_nobody_is_told_where_nobody_asked(studio: Studio) -> None:
    """A project without an address, in a workspace without webhooks."""
    studio.convert(BOOK)

    assert told(studio) == []


def test_a_conversion_that_ended_otherwise_adds_nothing(studio: Studio, project_id: ProjectId) -> None:
    """Only the end that is recorded is told."""
    conversion_id = request(studio, project_id)
    with studio.records.write(WORKSPACE) as tx:
        finish_conversion(tx, conversion_id, "succeeded")
    studio.rendering.fail(WORKSPACE, conversion_id, "The voice is hoarse.")

    assert told(studio) == []
