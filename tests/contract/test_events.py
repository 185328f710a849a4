"""Following projects by server-sent events, and ending what is being converted."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs
from tests.waiting import wait_until

from rhapsode.access.keys import revoke_api_key
from rhapsode.api import event_stream, known_callers
from rhapsode.rendering import sweeper
from rhapsode.storage.creations import NewCreation
from rhapsode.studio.errors import RecordsUnavailable
from rhapsode.studio.ids import ConversionId, ProjectId
from rhapsode.telemetry.readiness import Readiness

from .asking import raw_http
from .journeys import convert_and_wait, error_of, make_project
from .listening import listening
from .probing import probed
from .running import LiveServer
from .signed_in import browser, key_of_user

WORKSPACE_EVENTS = "/rhapsode/v1/events"
DROPS = [
    {
        "name": "Rain",
        "blocks": [
            {"sub_type": "p", "nodes": [{"type": "tts_node", "voice_id": "tone_low", "text": "Drops fell."}]}
        ],
    }
]


def of_project(project_id: str) -> str:
    return f"/rhapsode/v1/studio/projects/{project_id}"


def chapter_ids(client: ElevenLabs, project_id: str) -> list[str]:
    return [each.chapter_id for each in client.studio.projects.chapters.list(project_id).chapters]


def block_ids(client: ElevenLabs, project_id: str, chapter_id: str) -> set[str]:
    content = client.studio.projects.chapters.get(project_id, chapter_id).content
    return {block.block_id for block in content.blocks}


def edit(client: ElevenLabs, project_id: str, chapter_id: str, text: str) -> None:
    nodes = [{"type": "tts_node", "voice_id": "tone_low", "text": text}]
    client.studio.projects.chapters.update(project_id, chapter_id, content={"blocks": [{"nodes": nodes}]})


@contextlib.contextmanager
def waiting(server: LiveServer, project_id: str, *, until: int = 0) -> Iterator[Callable[[], ConversionId]]:
    """A conversion that waits; with what is given it begins, and comes no further than that slice in the block."""
    rendering = server.services.rendering
    with pytest.MonkeyPatch.context() as patch:
        # The thread of the sweeper would begin it in the very next moment.
        patch.setattr(sweeper, "list_due_conversions", lambda _: [])
        requested = rendering.request_conversion(server.workspace_id, ProjectId(project_id))

        def begin() -> ConversionId:
            patch.undo()
            server.services.wake()
            return requested.conversion_id

        with rendering._claims.hold(requested.conversion_id, until):
            yield begin


def test_a_conversion_is_followed_to_its_end(
    client: ElevenLabs, http: httpx.Client, server: LiveServer
) -> None:
    """What is there first; then each state, chapter and block once, and the snapshot that it leaves."""
    project_id = make_project(client)
    one, two = chapter_ids(client, project_id)
    with listening(http, f"{of_project(project_id)}/events") as events:
        first = events.until("progress")
        with waiting(server, project_id) as begin:
            waits = events.until("progress")
            begin()
            runs = events.until("progress")
        ended = events.until("ended")

    assert (first["state"], first["progress"], first["remaining_secs"]) == ("default", None, None)
    chapter = {
        "state": "default",
        "progress": None,
        "error": None,
        "error_block_id": None,
        "revision": 1,
        "converted_blocks": 0,
        "block_count": 2,
    }
    assert first["chapters"] == [{"chapter_id": one, **chapter}, {"chapter_id": two, **chapter}]
    assert (waits["state"], waits["progress"]) == ("in_queue", 0.0)
    assert {each["state"] for each in waits["chapters"]} == {"converting"}
    assert (runs["state"], runs["progress"], runs["chapters"]) == ("converting", 0.0, [])
    (snapshot,) = client.studio.projects.snapshots.list(project_id).snapshots
    assert ended == {
        "outcome": "success",
        "project_snapshot_id": snapshot.project_snapshot_id,
        "chapter_id": None,
        "chapter_snapshot_id": None,
        "error": None,
    }
    last = {each["chapter_id"]: each for data in events.named("progress") for each in data["chapters"]}
    assert events.named("progress")[-1]["state"] == "default"
    assert [(last[c]["progress"], last[c]["converted_blocks"]) for c in (one, two)] == [(1.0, 2), (1.0, 2)]
    for chapter_id in (one, two):
        told = [
            b
            for data in events.named("blocks")
            if data["chapter_id"] == chapter_id
            for b in data["converted"]
        ]
        assert sorted(told) == sorted(block_ids(client, project_id, chapter_id))


def test_a_conversion_of_a_chapter_says_what_it_leaves(client: ElevenLabs, http: httpx.Client) -> None:
    """Its snapshot, and none of the project; a listener who comes later isn't told of what had ended."""
    project_id = make_project(client)
    one, _ = chapter_ids(client, project_id)
    with listening(http, f"{of_project(project_id)}/events") as events:
        events.until("progress")
        client.studio.projects.chapters.convert(project_id, one)
        ended = events.until("ended")
        with listening(http, f"{of_project(project_id)}/events") as others:
            others.until("progress")
            edit(client, project_id, one, "It rained.")
            others.until("progress")
    (snapshot,) = client.studio.projects.chapters.snapshots.list(project_id, one).snapshots
    assert ended["outcome"] == "success"
    assert (ended["project_snapshot_id"], ended["chapter_id"]) == (None, one)
    assert ended["chapter_snapshot_id"] == snapshot.chapter_snapshot_id
    assert others.named("ended") == []


def test_an_edit_of_somebody_else_is_seen_by_all(
    client: ElevenLabs, http: httpx.Client, server: LiveServer
) -> None:
    """Soon, by its chapter's revision, from one watch for all listeners; the other chapter isn't told."""
    project_id = make_project(client)
    _, two = chapter_ids(client, project_id)
    convert_and_wait(client, project_id)
    path = f"{of_project(project_id)}/events"
    with (
        raw_http(server.url, server.key) as other,
        listening(http, path) as events,
        listening(other, path) as others,
    ):
        first = events.until("progress")
        others.until("progress")
        began_s = time.monotonic()
        edit(client, project_id, two, "They fell.")
        changes = [each.until("progress") for each in (events, others)]
        elapsed_s = time.monotonic() - began_s
    assert [chapter["converted_blocks"] for chapter in first["chapters"]] == [2, 2]
    for change in changes:
        (chapter,) = change["chapters"]
        assert (chapter["chapter_id"], chapter["revision"]) == (two, 2)
        assert (chapter["converted_blocks"], chapter["block_count"]) == (0, 1)
    assert elapsed_s < 10, "it has to be a commit that wakes it, not the look of every half minute"


def test_what_a_project_is_read_with_is_seen_too(client: ElevenLabs, http: httpx.Client) -> None:
    """A new rule of a dictionary that it has: texts are to be said otherwise, though nobody has edited them."""
    dictionaries = client.pronunciation_dictionaries
    rule = {"type": "alias", "string_to_replace": "somewhere", "alias": "elsewhere"}
    made = dictionaries.create_from_rules(name="Names", rules=[rule])
    project_id = make_project(client, DROPS)
    locator = {"pronunciation_dictionary_id": made.id, "version_id": None}
    attached = {"pronunciation_dictionary_locators": [locator]}
    path = f"/v1/studio/projects/{project_id}/pronunciation-dictionaries"
    http.post(path, json=attached).raise_for_status()
    convert_and_wait(client, project_id)
    with listening(http, f"{of_project(project_id)}/events") as events:
        (first,) = events.until("progress")["chapters"]
        dictionaries.rules.add(made.id, rules=[rule | {"string_to_replace": "Drops"}])
        (then,) = events.until("progress")["chapters"]
    assert (first["converted_blocks"], then["converted_blocks"], then["block_count"]) == (1, 0, 1)


def test_all_projects_are_followed(
    client: ElevenLabs, http: httpx.Client, other_client: ElevenLabs, server: LiveServer
) -> None:
    """Those that are there, come, change and go; nothing of another workspace."""
    make_project(other_client)
    there = make_project(client)
    with listening(http, WORKSPACE_EVENTS) as events:
        first = events.until("project")
        project_id = make_project(client)
        new = events.until("project")
        with waiting(server, project_id) as begin:
            waits = events.until("project")
            begin()
        events.until("project", lambda data: data["state"] == "default")
        client.studio.projects.delete(project_id)
        gone = events.until("project")
    still = {"state": "default", "progress": None}
    assert first == {"project_id": there, "deleted": False, **still}
    assert new == {"project_id": project_id, "deleted": False, **still}
    assert (waits["project_id"], waits["state"], waits["progress"]) == (project_id, "in_queue", 0.0)
    assert gone == {"project_id": project_id, "deleted": True, **still}
    assert {data["project_id"] for data in events.named("project")} == {there, project_id}


def test_what_is_converted_is_cancelled(client: ElevenLabs, http: httpx.Client, server: LiveServer) -> None:
    """What runs and what waits, of the project and a chapter; what is made stays, and again nothing happens."""
    project_id = make_project(client)
    one, two = chapter_ids(client, project_id)
    rendering, workspace_id = server.services.rendering, server.workspace_id
    with listening(http, f"{of_project(project_id)}/events") as events:
        events.until("progress")
        with waiting(server, project_id, until=1) as begin:
            running = begin()
            wait_until(lambda: rendering.get_progress(workspace_id, running).segments_done)
            edit(client, project_id, two, "They fell.")
            client.studio.projects.chapters.convert(project_id, two)
            assert http.post(f"{of_project(project_id)}/cancel").json() == {"status": "ok"}
            outcomes = [events.until("ended")["outcome"] for _ in range(2)]
    project = client.studio.projects.get(project_id)
    assert outcomes == ["cancelled", "cancelled"]
    assert project.state == "default"
    assert rendering.list_unfinished(workspace_id) == []
    assert http.get(f"{of_project(project_id)}/chapters/{one}/plan").json()["segments_to_speak"] == 0
    assert not client.studio.projects.snapshots.list(project_id).snapshots
    assert http.post(f"{of_project(project_id)}/cancel").json() == {"status": "ok"}
    assert convert_and_wait(client, project_id)


def test_what_is_still_made_is_not_converted_after_a_cancel(
    client: ElevenLabs, http: httpx.Client, server: LiveServer
) -> None:
    """Although its conversion was asked for when it was created."""
    from rhapsode.storage import creations

    project_id = ProjectId(make_project(client))
    with server.records.write(server.workspace_id) as tx:
        # Of a kind that nobody makes here.
        creations.begin_creation(tx, project_id, NewCreation("later", {"auto_convert": True}))
    assert http.post(f"{of_project(project_id)}/cancel").status_code == 200
    with server.records.read(server.workspace_id) as tx:
        request = creations.find_request(tx, project_id)
    assert request is not None
    assert not request["auto_convert"]


def test_foreign_projects_are_not_there(
    client: ElevenLabs, http: httpx.Client, other_http: httpx.Client
) -> None:
    """Neither to be followed nor to be cancelled; as one that nobody has."""
    project_id = make_project(client)
    for asked in (("GET", "events"), ("POST", "cancel")):
        foreign = other_http.request(asked[0], f"{of_project(project_id)}/{asked[1]}")
        absent = http.request(asked[0], f"{of_project('0MqR6cJ2nXw5b8TzK3vA')}/{asked[1]}")
        assert error_of(foreign) == error_of(absent) == (404, "project_not_found")


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who listens is looked at again after a moment."""
    monkeypatch.setattr(known_callers, "KEY_MEMORY_S", 0.1)
    monkeypatch.setattr(event_stream, "EVENTS_CHECK_S", 0.2)


@pytest.mark.usefixtures("soon")
def test_a_stream_ends_with_what_it_began_with(client: ElevenLabs, server: LiveServer) -> None:
    """With the session of a browser, and with a key; a viewer may listen."""
    project_id = make_project(client)
    key = key_of_user(server, "viewer", f"{project_id}@example.org")
    path = f"{of_project(project_id)}/events"
    with browser(server.url) as page, browser(server.url) as again:
        assert page.post("/rhapsode/v1/session", headers={"xi-api-key": key}).status_code == 200
        again.cookies = page.cookies
        with listening(page, path) as events:
            events.until("progress")
            assert again.delete("/rhapsode/v1/session").status_code == 200
            assert list(events.lines) == [""]
    with raw_http(server.url, key) as http, listening(http, path) as events:
        events.until("progress")
        (owner,) = [each for each in server_keys(server) if each.name == f"{project_id}@example.org"]
        revoke_api_key(server.records, server.workspace_id, owner.key_id)
        assert list(events.lines) == [""]


@pytest.mark.usefixtures("soon")
def test_a_stream_outlasts_records_that_are_away(
    client: ElevenLabs, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Browsers don't come back to a stream that is refused, so it goes on when the records are back."""
    project_id = make_project(client)
    asked: list[str] = []

    async def away(*_: object) -> None:
        asked.append("who")
        raise RecordsUnavailable

    with listening(http, f"{of_project(project_id)}/events") as events:
        events.until("progress")
        with monkeypatch.context() as patch:
            patch.setattr(known_callers.KnownCallers, "find", away)
            wait_until(lambda: len(asked) > 1)
        edit(client, project_id, chapter_ids(client, project_id)[0], "It rained.")
        (changed,) = events.until("progress")["chapters"]
    assert changed["revision"] == 2


def server_keys(server: LiveServer) -> list[Any]:
    from rhapsode.access.keys import list_api_keys

    return list(list_api_keys(server.records, server.workspace_id))


def test_a_caller_has_so_many_streams(
    client: ElevenLabs, http: httpx.Client, other_http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more is told to come back, others aren't; a place is free again when its client has gone."""
    monkeypatch.setattr(event_stream, "MAX_EVENT_STREAMS_OF_CALLER", 1)
    path = f"{of_project(make_project(client))}/events"
    with listening(http, path):
        refused = http.get(path)
        assert error_of(refused) == (429, "concurrent_limit_exceeded")
        assert int(refused.headers["retry-after"]) > 0
        with listening(other_http, WORKSPACE_EVENTS):
            pass
    wait_until(lambda: _may_listen(http, path))


def _may_listen(http: httpx.Client, path: str) -> bool:
    with http.stream("GET", path) as response:
        return response.status_code == 200


def test_nobody_looks_while_nobody_listens(client: ElevenLabs, server: LiveServer) -> None:
    """The watch ends with its last listener."""
    path = f"{of_project(make_project(client))}/events"
    with probed(server) as url, raw_http(url, server.key) as http:
        with listening(http, path) as events:
            events.until("progress")
            assert server.workspace_id in server.records.commits._hearers
        wait_until(lambda: server.workspace_id not in server.records.commits._hearers)


def test_streams_end_when_the_server_does(client: ElevenLabs, server: LiveServer) -> None:
    """As soon as it is asked to, and with all that was sent."""
    readiness = Readiness({})
    with (
        probed(server, readiness=readiness) as url,
        raw_http(url, server.key) as http,
        listening(http, WORKSPACE_EVENTS) as events,
    ):
        readiness.drain()
        assert not [line for line in events.lines if line.startswith("event")]
