"""What clients do again and again: make a project, convert it, wait for it."""

import json
import time
from dataclasses import dataclass
from typing import Any

import httpx
from elevenlabs import ElevenLabs

from .running import LiveServer

_LIMIT_S = 120
_POLL_S = 0.05

HARBOUR = [
    {
        "name": "The Harbour",
        "blocks": [
            {
                "sub_type": "h1",
                "nodes": [{"type": "tts_node", "voice_id": "tone_high", "text": "The Harbour"}],
            },
            {
                "sub_type": "p",
                "nodes": [
                    {"type": "tts_node", "voice_id": "tone_low", "text": "The boat came in at six. "},
                    {"type": "tts_node", "voice_id": "tone_high", "text": "Nobody stood on the quay."},
                ],
            },
        ],
    },
    {
        "name": "The Hill",
        "blocks": [
            {
                "sub_type": "p",
                "nodes": [{"type": "tts_node", "voice_id": "tone_low", "text": "They climbed."}],
            },
            {
                "sub_type": "p",
                "nodes": [
                    {"type": "tts_node", "voice_id": "tone_low", "text": "Far below, the boat was turning."}
                ],
            },
        ],
    },
]
"""Two chapters, as `from_content_json` has them."""


def make_project(client: ElevenLabs, content: object = HARBOUR, **fields: Any) -> str:
    """Make a project through the SDK; its id. The tones read it."""
    given: dict[str, Any] = {
        "name": "Tides",
        "default_title_voice_id": "tone_low",
        "default_paragraph_voice_id": "tone_low",
        "from_content_json": json.dumps(content),
    }
    return str(client.studio.projects.create(**(given | fields)).project.project_id)


def wait_for(client: ElevenLabs, project_id: str) -> None:
    """Poll a project until nothing of it is being converted, and it can be downloaded."""
    until_s = time.monotonic() + _LIMIT_S
    while time.monotonic() < until_s:
        project = client.studio.projects.get(project_id)
        if project.state == "default" and all(chapter.state == "default" for chapter in project.chapters):
            return
        time.sleep(_POLL_S)
    raise TimeoutError(project)


def convert_and_wait(client: ElevenLabs, project_id: str) -> str:
    """Convert a project and poll until it is done; the id of its newest snapshot."""
    client.studio.projects.convert(project_id)
    wait_for(client, project_id)
    return str(client.studio.projects.snapshots.list(project_id).snapshots[0].project_snapshot_id)


def narrated(client: ElevenLabs, content: object = HARBOUR, **fields: Any) -> tuple[str, str]:
    """Make a project and convert it: (project id, snapshot id)."""
    project_id = make_project(client, content, **fields)
    return project_id, convert_and_wait(client, project_id)


def error_of(response: httpx.Response) -> tuple[int, str]:
    """(status, code) of an error."""
    return response.status_code, response.json()["detail"]["code"]


@dataclass(frozen=True)
class Narrated:
    """A server with one project that was converted, and ways to ask it."""

    server: LiveServer
    client: ElevenLabs
    http: httpx.Client
    project_id: str
    snapshot_id: str

    @property
    def snapshots(self) -> str:
        """The path of the project's snapshots."""
        return f"/v1/studio/projects/{self.project_id}/snapshots"

    @property
    def snapshot(self) -> str:
        """The path of its snapshot."""
        return f"{self.snapshots}/{self.snapshot_id}"

    def chapters(self) -> list[tuple[str, str]]:
        """(path, id) of the newest snapshot of each chapter, in order."""
        found = []
        for chapter in self.client.studio.projects.chapters.list(self.project_id).chapters:
            listed = self.client.studio.projects.chapters.snapshots.list(self.project_id, chapter.chapter_id)
            snapshot_id = listed.snapshots[0].chapter_snapshot_id
            path = f"/v1/studio/projects/{self.project_id}/chapters/{chapter.chapter_id}/snapshots"
            found.append((f"{path}/{snapshot_id}", snapshot_id))
        return found
