"""Partial books: the finished chapters of a project, while the rest is made."""

import contextlib
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs

from rhapsode.studio.ids import ConversionId, ProjectId

from .journeys import convert_and_wait, error_of, make_project, narrated, wait_for
from .running import LiveServer


def chapter(name: str, text: str) -> dict[str, Any]:
    """A chapter of `from_content_json`."""
    node = {"type": "tts_node", "voice_id": "tone_low", "text": text}
    return {"name": name, "blocks": [{"sub_type": "p", "nodes": [node]}]}


CHAPTERS = [chapter("Rain", "It rained."), chapter("Sea", "It was flat."), chapter("Évening", "Nobody came.")]


def path_of(project_id: str) -> str:
    return f"/rhapsode/v1/studio/projects/{project_id}/partial"


@contextlib.contextmanager
def without_its_last_chapter(server: LiveServer, project_id: str) -> Iterator[None]:
    """A conversion whose first two chapters are finished; the third is made when the block has ended."""
    rendering, workspace_id = server.services.rendering, server.workspace_id
    requested = rendering.request_conversion(workspace_id, ProjectId(project_id))
    of = workspace_id, requested.conversion_id
    with rendering._claims.hold(requested.conversion_id, 2):
        server.services.wake()
        for ordinal in (0, 1):
            rendering.render_slice(*of, ordinal)
            rendering.assemble_chapter(*of, ordinal)
        yield


@pytest.fixture
def project_id(client: ElevenLabs) -> str:
    return make_project(client, CHAPTERS)


def test_finished_chapters_are_downloaded_while_the_rest_is_made(
    client: ElevenLabs, http: httpx.Client, server: LiveServer, project_id: str
) -> None:
    """As a whole file that says what it is; in the end it is the archive of the snapshot."""
    with without_its_last_chapter(server, project_id):
        response = http.get(f"{path_of(project_id)}/archive")
        head = http.head(f"{path_of(project_id)}/archive")
        listed = http.get(path_of(project_id)).json()
        assert client.studio.projects.get(project_id).state == "converting"
    wait_for(client, project_id)

    assert response.headers["rhapsode-partial"] == "true"
    assert response.headers["rhapsode-chapters"] == "2/3"
    assert 'filename="Tides (partial).zip"' in response.headers["content-disposition"]
    assert int(response.headers["content-length"]) == len(response.content)
    assert (head.headers["etag"], head.content) == (response.headers["etag"], b"")
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["01 Rain.mp3", "02 Sea.mp3", "Missing chapters.txt"]
        assert "03 Évening.mp3" in archive.read("Missing chapters.txt").decode()
    assert [c["finished"] is not None for c in listed["chapters"]] == [True, True, False]
    assert [c["name"] for c in listed["chapters"]] == ["Rain", "Sea", "Évening"]
    counts = listed["finished_chapter_count"], listed["chapter_count"]
    assert (counts, listed["is_partial"], listed["is_converting"]) == ((2, 3), True, True)

    whole = http.get(f"{path_of(project_id)}/archive")
    assert (whole.headers["rhapsode-partial"], whole.headers["rhapsode-chapters"]) == ("false", "3/3")
    (snapshot,) = client.studio.projects.snapshots.list(project_id).snapshots
    path = f"/v1/studio/projects/{project_id}/snapshots/{snapshot.project_snapshot_id}/archive"
    archived = http.post(path)
    assert whole.content == archived.content
    assert whole.headers["etag"] == archived.headers["etag"]


def test_what_was_begun_is_gone_on_with(
    client: ElevenLabs, http: httpx.Client, server: LiveServer, project_id: str
) -> None:
    """At the address in Content-Location, when more chapters are finished by then."""
    with without_its_last_chapter(server, project_id):
        begun = http.get(f"{path_of(project_id)}/archive")
    wait_for(client, project_id)
    address, etag = begun.headers["content-location"], begun.headers["etag"]
    assert address.endswith("/archive?chapters=1-2")

    rest = http.get(address, headers={"range": "bytes=1000-", "if-range": etag})
    assert (rest.status_code, rest.content) == (206, begun.content[1000:])
    assert rest.headers["rhapsode-partial"] == "true"
    other = http.get(f"{path_of(project_id)}/archive", headers={"range": "bytes=1000-", "if-range": etag})
    assert other.status_code == 200


def test_a_finished_chapter_is_a_snapshot_like_any_other(
    client: ElevenLabs, http: httpx.Client, server: LiveServer, project_id: str
) -> None:
    """Its file is as long as it is said to be."""
    with without_its_last_chapter(server, project_id):
        first = http.get(path_of(project_id)).json()["chapters"][0]
        snapshots = client.studio.projects.chapters.snapshots
        snapshot_id = first["finished"]["chapter_snapshot_id"]
        content = b"".join(snapshots.stream(project_id, first["chapter_id"], snapshot_id))
    wait_for(client, project_id)
    assert first["ordinal"] == 1
    assert first["finished"]["size_bytes"] == len(content)
    assert first["finished"]["audio_duration_secs"] > 0.5
    assert 1_700_000_000 < first["finished"]["created_at_unix"] < 10**10


def test_as_long_as_nothing_is_finished_there_is_no_archive(
    client: ElevenLabs, http: httpx.Client, server: LiveServer, project_id: str
) -> None:
    """The list says how far it is all the same; a project that was never converted has neither."""
    for path in (path_of(project_id), f"{path_of(project_id)}/archive"):
        assert error_of(http.get(path)) == (404, "snapshot_not_found")
    rendering = server.services.rendering
    requested = rendering.request_conversion(server.workspace_id, ProjectId(project_id))
    assert isinstance(requested.conversion_id, str)
    with rendering._claims.hold(ConversionId(requested.conversion_id), 0):
        server.services.wake()
        answer = http.get(f"{path_of(project_id)}/archive")
        listed = http.get(path_of(project_id)).json()
    wait_for(client, project_id)
    assert error_of(answer) == (404, "snapshot_not_found")
    assert "None of the 3 chapters is finished yet" in answer.json()["detail"]["message"]
    assert listed["finished_chapter_count"] == 0


def test_chapters_are_chosen_by_their_places(client: ElevenLabs, http: httpx.Client, project_id: str) -> None:
    """Also of a project that is finished; what is no list of places is refused."""
    convert_and_wait(client, project_id)
    response = http.get(f"{path_of(project_id)}/archive", params={"chapters": "3"})
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.namelist() == ["03 Évening.mp3", "Missing chapters.txt"]
    for chapters in ("4", "x", "0-1"):
        refused = http.get(f"{path_of(project_id)}/archive", params={"chapters": chapters})
        assert error_of(refused) == (400, "chapter_not_found")


def test_what_others_have_is_not_there(
    client: ElevenLabs, other_http: httpx.Client, http: httpx.Client
) -> None:
    """A foreign project and one that nobody has are the same."""
    project_id, _ = narrated(client)
    for path in ("", "/archive"):
        foreign = other_http.get(path_of(project_id) + path)
        absent = http.get(path_of("0MqR6cJ2nXw5b8TzK3vA") + path)
        assert error_of(foreign) == error_of(absent) == (404, "project_not_found")
