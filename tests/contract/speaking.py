"""What tests of text-to-speech and history do again and again: speak a text and keep its id."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx

from rhapsode.access.keys import create_api_key
from rhapsode.storage.records import Records, ensure_workspace
from rhapsode.studio.ids import WorkspaceId, new_id

from .running import LiveServer


def in_new_workspaces(running: LiveServer) -> Iterator[LiveServer]:
    """A server that runs, with keys of two workspaces in which nothing has happened; for one test."""
    key, other_key = (_new_key(running.records) for _ in range(2))
    yield replace(running, key=key, other_key=other_key)
    violations = list(running.violations)
    running.violations.clear()
    assert not violations, "\n".join(violations)


def _new_key(records: Records) -> str:
    workspace_id = WorkspaceId(new_id())
    with records.write(workspace_id) as tx:
        ensure_workspace(tx)
    return create_api_key(records, workspace_id, name="tests").secret


def speak(
    http: httpx.Client,
    text: str,
    *,
    voice_id: str = "tone_low",
    output_format: str = "mp3_44100_128",
    **body: Any,
) -> str:
    """Speak a text; the id of its history item."""
    response = http.post(
        f"/v1/text-to-speech/{voice_id}", params={"output_format": output_format}, json={"text": text, **body}
    )
    assert response.status_code == 200, response.text
    return response.headers["history-item-id"]
