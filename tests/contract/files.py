"""Every file that a server has, by the address where it is had by GET."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from elevenlabs import ElevenLabs

from .journeys import narrated
from .speaking import speak

DOWNLOAD = "/v1/history/download"


@dataclass(frozen=True)
class Files:
    """One project with its files, and two history items. by_name: their addresses."""

    project_id: str
    item_ids: tuple[str, str]
    by_name: Mapping[str, str]


NAMES = (
    "project audio",
    "project audio as mp3",
    "archive",
    "archive with report",
    "chapter audio",
    "history audio",
    "history as wav",
    "history items",
    "history items as wav",
    "take",
    "player",
    "newest audio",
)
"""Of all files, so that each is a test of its own."""


def make_files(client: ElevenLabs, http: httpx.Client, content: object, texts: tuple[str, str]) -> Files:
    """Narrate a lossless project and speak two texts; their files. Nothing is downloaded but by POST."""
    project_id, snapshot_id = narrated(client, content, quality_preset="ultra_lossless")
    project, items = f"/v1/studio/projects/{project_id}", tuple(speak(http, text) for text in texts)
    chapter_id = client.studio.projects.chapters.list(project_id).chapters[0].chapter_id
    chapter = f"{project}/chapters/{chapter_id}/snapshots"
    in_chapter = http.get(chapter).json()["snapshots"][0]["chapter_snapshot_id"]
    snapshot = f"{project}/snapshots/{snapshot_id}"
    posted: dict[str, tuple[str, Any]] = {
        "project audio": (f"{snapshot}/stream", None),
        "project audio as mp3": (f"{snapshot}/stream", {"convert_to_mpeg": True}),
        "archive": (f"{snapshot}/archive", None),
        "archive with report": (f"{snapshot}/archive?include_report=true", None),
        "chapter audio": (f"{chapter}/{in_chapter}/stream", None),
        "history audio": (DOWNLOAD, {"history_item_ids": items[:1]}),
        "history as wav": (DOWNLOAD, {"history_item_ids": items[:1], "output_format": "wav"}),
        "history items": (DOWNLOAD, {"history_item_ids": items}),
        "history items as wav": (DOWNLOAD, {"history_item_ids": items, "output_format": "wav"}),
    }
    addresses = {name: _address(http, *asked) for name, asked in posted.items()}
    addresses["take"] = _take(http, project_id, chapter_id)
    addresses["player"] = _player(client, project_id)
    addresses["newest audio"] = f"/rhapsode{project}/stream"
    assert tuple(addresses) == NAMES
    return Files(project_id, (items[0], items[1]), addresses)


def _address(http: httpx.Client, path: str, body: Any) -> str:
    response = http.post(path, json=body)
    assert response.status_code == 200, response.text
    return response.headers["content-location"]


def _take(http: httpx.Client, project_id: str, chapter_id: str) -> str:
    chapter = f"/v1/studio/projects/{project_id}/chapters/{chapter_id}"
    block_id = http.get(chapter).json()["content"]["blocks"][0]["block_id"]
    takes = f"/rhapsode{chapter}/blocks/{block_id}/takes"
    (take, *_) = http.get(takes).json()["takes"]
    return f"{takes}/{take['take_id']}/audio"


def _player(client: ElevenLabs, project_id: str) -> str:
    snippet = client.audio_native.update(project_id).html_snippet
    found = re.search(r'src="http://[^"/]+(/player/[\w-]+)"', snippet)
    assert found is not None, snippet
    return f"{found[1]}/audio"
