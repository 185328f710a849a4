"""What a client sends twice happens once, and a form is never answered with what makes a client send it again."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from elevenlabs import ElevenLabs
from structlog.testing import capture_logs
from tests.factories import Studio, ThisProcess, open_studio
from tests.postgres import sqlite_only
from tests.voice_graphs import piper_voice

from rhapsode.jobs.conversions import convert_at_once
from rhapsode.storage import schema
from rhapsode.storage.conversions import Conversion, list_unfinished_conversions

from .asking import NO_AUTHORITIES, get_anew
from .journeys import error_of, make_project
from .running import LiveServer
from .unlucky import Unlucky, serving_unlucky

RETRIED_BY_SDKS = {408, 409, 429, *range(500, 600)}


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Studio]:
    """Records of their own, in which what is asked for waits until somebody runs it."""
    with open_studio(tmp_path, ThisProcess(1)) as studio:
        yield studio


@pytest.fixture
def unlucky(server: LiveServer, quiet: Studio) -> Iterator[tuple[ElevenLabs, Unlucky]]:
    """The official SDK behind such a proxy."""
    with serving_unlucky(server.services, quiet) as found:
        yield found


def waiting(studio: Studio) -> list[Conversion]:
    with studio.records.read(studio.workspace_id) as tx:
        return list_unfinished_conversions(tx)


def test_a_conversion_that_is_asked_for_again_is_the_same(
    unlucky: tuple[ElevenLabs, Unlucky], quiet: Studio
) -> None:
    """The SDK tries again after the lost answer, and finds what it has asked for: one run, and one snapshot."""
    client, proxy = unlucky
    project_id = make_project(client)

    assert client.studio.projects.convert(project_id).status == "ok"

    (conversion,) = waiting(quiet)
    assert list(proxy.attempts.values()) == [2]
    convert_at_once(quiet.rendering, quiet.workspace_id, conversion.conversion_id)
    assert len(client.studio.projects.snapshots.list(project_id).snapshots) == 1


def test_a_chapter_that_is_asked_for_again_is_too(unlucky: tuple[ElevenLabs, Unlucky], quiet: Studio) -> None:
    """Its conversion is another than the project's."""
    client, proxy = unlucky
    project_id = make_project(client)
    _, chapter = client.studio.projects.chapters.list(project_id).chapters

    client.studio.projects.chapters.convert(project_id, chapter.chapter_id)

    assert [conversion.chapter_id for conversion in waiting(quiet)] == [chapter.chapter_id]
    assert list(proxy.attempts.values()) == [2]


def test_a_conversion_that_has_ended_meanwhile_is_the_same_too(server: LiveServer, quiet: Studio) -> None:
    """Short texts are spoken before the SDK asks again: nothing is done twice, nor told twice."""

    def end(_path: str) -> None:
        (conversion,) = waiting(quiet)
        convert_at_once(quiet.rendering, quiet.workspace_id, conversion.conversion_id)

    with serving_unlucky(server.services, quiet, end) as (client, proxy):
        project_id = make_project(client)
        first = client.studio.projects.chapters.list(project_id).chapters[0].chapter_id
        assert client.studio.projects.convert(project_id).status == "ok"
        assert client.studio.projects.chapters.convert(project_id, first).status == "ok"

        assert list(proxy.attempts.values()) == [2, 2]
        assert waiting(quiet) == []
        assert len(client.studio.projects.snapshots.list(project_id).snapshots) == 1
    with quiet.records.read(quiet.workspace_id) as tx:
        conversions = tx.connection.execute(sa.select(schema.conversions.c.chapter_id)).scalars().all()
    assert sorted(conversions, key=str) == sorted([None, first], key=str)


LONG = "The tide is low. " * 900
FORMS = {
    "/v1/studio/projects": {"name": "Tides", "description": LONG},
    "/v1/studio/projects/{project_id}/content": {
        "from_content_json": json.dumps(
            [
                {
                    "name": "One",
                    "blocks": [{"nodes": [{"type": "tts_node", "voice_id": "tone_low", "text": LONG}]}],
                }
            ]
        )
    },
    "/v1/voices/add": {"name": "The Foghorn", "description": LONG},
    "/v1/voices/{voice_id}/edit": {"name": "The Foghorn", "description": LONG},
    "/v1/pronunciation-dictionaries/add-from-file": {"name": "Places", "description": LONG},
    "/v1/audio-native": {"name": "Tides", "title": LONG[:400], "file": LONG},
    "/v1/audio-native/{project_id}/content": {"file": LONG},
    "/v1/forced-alignment": {"text": LONG},
}
"""A form of each route that takes one, which has so much in it that there has to be room for it."""
KEEPING_NOTHING = {"/v1/forced-alignment"}


def sent(template: str) -> list[tuple[str, tuple[str | None, bytes]]]:
    """The form of a route, in which only `file` is a file; that of a new voice has a voice's."""
    fields = FORMS[template].items()
    form = [(key, ("a.txt" if key == "file" else None, text.encode())) for key, text in fields]
    voice = piper_voice() if template == "/v1/voices/add" else None
    return (
        form
        if voice is None
        else form + [("files", ("voice", path.read_bytes())) for path in (voice.model, voice.config)]
    )


def fill(server: LiveServer) -> None:
    """Let the database have no more room than it has taken."""
    with server.records.write(server.workspace_id) as tx:
        pages = tx.connection.execute(sa.text("PRAGMA page_count")).scalar_one()
        tx.connection.execute(sa.text(f"PRAGMA max_page_count = {pages}"))


@sqlite_only
def test_a_full_disk_keeps_nobody_from_a_download(own_server: LiveServer) -> None:
    """Only its address can't be kept then, which a download of several items would be gone on with at."""
    headers = {"xi-api-key": own_server.key}
    with (
        httpx.Client(base_url=own_server.url, headers=headers, timeout=60, verify=NO_AUTHORITIES) as http,
        capture_logs(),
    ):
        for text in ("One.", "Two.", "Three.", "Four."):
            http.post("/v1/text-to-speech/tone_low", json={"text": text}).raise_for_status()
        items = [item["history_item_id"] for item in http.get("/v1/history").json()["history"]]
        fill(own_server)
        # Each is another download, and a page has room for some of them.
        answers = [
            http.post("/v1/history/download", json={"history_item_ids": [*ids] * 40})
            for ids in itertools.permutations(items)
        ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["content-length"] for answer in answers}) == 1
    assert any("content-location" not in answer.headers for answer in answers)


@sqlite_only
def test_no_form_is_answered_with_what_makes_an_sdk_send_it_again(own_server: LiveServer) -> None:
    """The official Python SDK would repeat it without its fields; a full disk is a 400 then, and a 507 to JSON."""
    paths = get_anew(f"{own_server.url}/openapi.json").json()["paths"]
    forms = {path for path, methods in paths.items() if "multipart" in json.dumps(methods)}
    # What is ours no SDK sends.
    assert set(FORMS) == {path for path in forms if not path.startswith("/rhapsode/")}
    headers = {"xi-api-key": own_server.key}
    with (
        httpx.Client(base_url=own_server.url, headers=headers, timeout=60, verify=NO_AUTHORITIES) as http,
        capture_logs(),
    ):
        project = http.post("/v1/studio/projects", json={"name": "Tides"}).json()["project"]
        fill(own_server)
        for template in FORMS:
            path = template.format(voice_id="tone_low", project_id=project["project_id"])
            response = http.post(path, files=sent(template))
            assert 400 <= response.status_code < 500, template
            assert response.status_code not in RETRIED_BY_SDKS, template
            if template not in KEEPING_NOTHING:
                assert error_of(response) == (400, "storage_full"), template

        assert error_of(http.post("/v1/studio/projects", json=FORMS["/v1/studio/projects"]))[0] == 507
