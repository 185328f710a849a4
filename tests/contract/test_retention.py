"""How long a workspace keeps its history: by days, or not at all."""

from collections.abc import Iterator

import httpx
import pytest

from rhapsode.cli.running_server import RunningServer
from rhapsode.storage.audit import list_audit_entries
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.retention import Retention, RetentionChange
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.ids import WorkspaceId

from .running import LiveServer, in_new_workspaces

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def server(unharmed_server: LiveServer) -> Iterator[LiveServer]:
    """Clean-up goes through all workspaces, of which the server that all tests share has hundreds."""
    yield from in_new_workspaces(unharmed_server)


def speak(http: httpx.Client, text: str) -> httpx.Response:
    return http.post("/v1/text-to-speech/tone_low", json={"text": text}).raise_for_status()


def history(http: httpx.Client) -> list[str]:
    return [item["text"] for item in http.get("/v1/history").json()["history"]]


def test_without_a_history_the_answer_is_the_same_and_leaves_nothing(
    server: LiveServer, http: httpx.Client, other_http: httpx.Client, commands: RunningServer
) -> None:
    """No item and no id of one; the other workspace keeps its own, and so does this one when it may again."""
    kept = speak(http, "It rained.")
    commands.set_retention(RetentionChange(server.workspace_id, "history", 0))
    unkept = speak(http, "It rained.")
    speak(other_http, "It snowed.")

    assert unkept.content == kept.content
    assert "history-item-id" in kept.headers
    assert "history-item-id" not in unkept.headers
    assert (history(http), history(other_http)) == (["It rained."], ["It snowed."])
    assert Retention(server.workspace_id, 0) in commands.list_retentions()
    assert Retention(server.other_workspace_id, None) in commands.list_retentions()
    commands.set_retention(RetentionChange(server.workspace_id, "history", None))
    speak(http, "It rained again.")
    assert history(http) == ["It rained again.", "It rained."]
    with pytest.raises(InvalidInput, match="no workspace"):
        commands.set_retention(RetentionChange(WorkspaceId("nowhere"), "history", 3))


def test_who_changes_it_is_noted(server: LiveServer, commands: RunningServer) -> None:
    """Audio goes by it, so the audit log says what was asked for, and by whom."""
    commands.set_retention(RetentionChange(server.workspace_id, "history", 30))
    commands.set_retention(RetentionChange(server.workspace_id, "masters", None))

    entries = list_audit_entries(server.records, since_ms=0, workspace_id=server.workspace_id)
    told = [
        (entry.actor, entry.object_id, entry.detail) for entry in entries if entry.action == "retention.set"
    ]
    assert told == [
        ("command line", server.workspace_id, "history 30 days"),
        ("command line", server.workspace_id, "masters forever"),
    ]


def test_clean_up_deletes_what_is_older(
    server: LiveServer, http: httpx.Client, other_http: httpx.Client, commands: RunningServer
) -> None:
    """On the day after the last, and in no other workspace."""
    speak(http, "It rained.")
    speak(other_http, "It snowed.")
    item = http.get("/v1/history").json()["history"][0]
    commands.set_retention(RetentionChange(server.workspace_id, "history", 2))
    made_at_ms = (item["date_unix"] + 1) * 1000
    # Nothing else of the server is as old as that, for the other tests.
    policy = CleanupPolicy(unused_segment_ms=400 * DAY_MS, deleted_ms=400 * DAY_MS)

    clean_up(server.records, server.studio.blobs, policy, now_ms=made_at_ms + DAY_MS)
    assert history(http) == ["It rained."]
    clean_up(server.records, server.studio.blobs, policy, now_ms=made_at_ms + 2 * DAY_MS + 1)

    assert (history(http), history(other_http)) == ([], ["It snowed."])
    assert http.get(f"/v1/history/{item['history_item_id']}/audio").status_code == 404
