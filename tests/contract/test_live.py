"""Listening to a project while it is converted."""

import io
import time
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from elevenlabs import ElevenLabs
from numpy.typing import NDArray

from rhapsode.studio.ids import ConversionId, ProjectId

from .journeys import convert_and_wait, error_of, make_project, narrated, wait_for
from .running import LiveServer

PARAGRAPHS = [f"{count} boats came in, and {count} men went home. " * 3 for count in range(2, 10)]


def chapter(name: str, *texts: str) -> dict[str, Any]:
    """A chapter of `from_content_json`."""
    nodes = [[{"type": "tts_node", "voice_id": "tone_low", "text": text}] for text in texts]
    return {"name": name, "blocks": [{"sub_type": "p", "nodes": node} for node in nodes]}


def book(*texts: str) -> list[dict[str, Any]]:
    return [chapter("One", *texts), chapter("Two", "Then it fell.")]


def of_project(project_id: str) -> str:
    return f"/rhapsode/v1/studio/projects/{project_id}"


def chapter_ids(client: ElevenLabs, project_id: str) -> list[str]:
    return [each.chapter_id for each in client.studio.projects.chapters.list(project_id).chapters]


def samples_of(content: bytes) -> NDArray[np.float64]:
    return np.asarray(soundfile.read(io.BytesIO(content))[0], np.float64)


def test_a_project_is_heard_while_it_is_converted(client: ElevenLabs, http: httpx.Client) -> None:
    """All of it, from one request; it sounds as the file that the conversion leaves, behind LAME's delay."""
    project_id = make_project(client, book(*PARAGRAPHS))
    client.studio.projects.convert(project_id)
    with http.stream("GET", f"{of_project(project_id)}/stream") as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "audio/mpeg"
        assert "content-length" not in response.headers
        assert 'filename="Tides.mp3"' in response.headers["content-disposition"]
        heard = response.read()
    wait_for(client, project_id)
    file = http.get(f"{of_project(project_id)}/stream")
    assert int(file.headers["content-length"]) == len(file.content)
    sound, whole = samples_of(heard), samples_of(file.content)
    assert np.array_equal(sound[1105 : 1105 + len(whole)], whole)


def test_a_chapter_is_heard_before_those_in_front_of_it(client: ElevenLabs, http: httpx.Client) -> None:
    """Its end is here while the first chapter isn't finished."""
    project_id = make_project(client, book(*(text * 2 for text in PARAGRAPHS)))
    _, two = chapter_ids(client, project_id)
    client.studio.projects.convert(project_id)
    heard = http.get(f"{of_project(project_id)}/chapters/{two}/stream").content
    assert client.studio.projects.get(project_id).state == "converting"
    wait_for(client, project_id)
    whole = samples_of(http.get(f"{of_project(project_id)}/chapters/{two}/stream").content)
    assert np.array_equal(samples_of(heard)[1105 : 1105 + len(whole)], whole)


def test_what_is_not_being_converted_is_the_newest_file(client: ElevenLabs, http: httpx.Client) -> None:
    """Of the project, and of a chapter; with a length, as its snapshot has it."""
    project_id, snapshot_id = narrated(client)
    path = f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}/stream"
    assert http.get(f"{of_project(project_id)}/stream").content == http.post(path).content
    one, _ = chapter_ids(client, project_id)
    client.studio.projects.chapters.update(
        project_id,
        one,
        content={"blocks": [{"nodes": [{"type": "tts_node", "voice_id": "tone_low", "text": "It."}]}]},
    )
    newest = convert_and_wait(client, project_id)
    path = f"/v1/studio/projects/{project_id}/snapshots/{newest}/stream"
    assert http.get(f"{of_project(project_id)}/stream").content == http.post(path).content
    snapshots = client.studio.projects.chapters.snapshots
    snapshot = snapshots.list(project_id, one).snapshots[0]
    stored = b"".join(snapshots.stream(project_id, one, snapshot.chapter_snapshot_id))
    assert http.get(f"{of_project(project_id)}/chapters/{one}/stream").content == stored


def test_a_cancelled_conversion_breaks_the_connection_off(
    client: ElevenLabs, http: httpx.Client, server: LiveServer
) -> None:
    """However much was sent, it is no complete answer; and who asks then hears that there is nothing."""
    project_id = make_project(client, book(*(text * 4 for text in PARAGRAPHS)))
    client.studio.projects.convert(project_id)
    rendering, workspace_id = server.services.rendering, server.workspace_id
    with http.stream("GET", f"{of_project(project_id)}/stream") as response:
        blocks = response.iter_raw()
        assert next(blocks)
        (conversion,) = rendering.list_unfinished(workspace_id)
        assert rendering.cancel_conversion(workspace_id, conversion.conversion_id)
        with pytest.raises(httpx.RemoteProtocolError):
            list(blocks)
    answer = http.get(f"{of_project(project_id)}/stream")
    assert error_of(answer) == (404, "snapshot_not_found")
    assert "Convert it" in answer.json()["detail"]["message"]


def test_a_client_that_leaves_ends_the_waiting(
    client: ElevenLabs, http: httpx.Client, server: LiveServer
) -> None:
    """Whether it has heard anything or not; the conversion goes on."""
    rendering = server.services.rendering
    project_id = make_project(client, book("They came."))
    requested = rendering.request_conversion(server.workspace_id, ProjectId(project_id))
    # Nobody makes anything of it as long as this test has it.
    with rendering._claims.hold(requested.conversion_id, 0):
        with pytest.raises(httpx.ReadTimeout):
            http.get(f"{of_project(project_id)}/stream", timeout=0.5)
        wait_until_nobody_listens(server, requested.conversion_id)
    with http.stream("GET", f"{of_project(project_id)}/stream") as response:
        next(response.iter_raw())
    wait_until_nobody_listens(server, requested.conversion_id)
    wait_for(client, project_id)


def wait_until_nobody_listens(server: LiveServer, conversion_id: ConversionId) -> None:
    until_s = time.monotonic() + 10
    while conversion_id in server.services.rendering.news._hearers:
        assert time.monotonic() < until_s
        time.sleep(0.02)


def test_who_owns_nothing_of_it_hears_nothing(
    client: ElevenLabs, other_http: httpx.Client, http: httpx.Client
) -> None:
    """Another workspace's project is as one that doesn't exist; so is a chapter of another project."""
    project_id, _ = narrated(client)
    other_id = make_project(client)
    one, _ = chapter_ids(client, project_id)
    for ours in (f"{of_project(project_id)}/stream", f"{of_project(project_id)}/chapters/{one}/stream"):
        assert http.get(ours).status_code == 200
        assert error_of(other_http.get(ours)) == (404, "project_not_found")
    assert error_of(http.get(f"{of_project('absent')}/stream")) == (404, "project_not_found")
    assert error_of(http.get(f"{of_project(project_id)}/chapters/absent/stream")) == (
        404,
        "chapter_not_found",
    )
    assert error_of(http.get(f"{of_project(other_id)}/chapters/{one}/stream")) == (404, "chapter_not_found")
    assert error_of(http.get(f"{of_project(other_id)}/stream")) == (404, "snapshot_not_found")
    (own, *_) = chapter_ids(client, other_id)
    assert error_of(http.get(f"{of_project(other_id)}/chapters/{own}/stream")) == (404, "snapshot_not_found")
