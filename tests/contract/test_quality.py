"""What seems wrong with a project's audio is told until it is spoken anew, and to nobody else."""

from typing import Any

import httpx
from elevenlabs import ElevenLabs

from .journeys import convert_and_wait, error_of, make_project
from .running import LiveServer

GOOD = "The boat came in with the tide."
# A beep for each of them, where nobody would say so much for one letter.
LONG = "A" + "(" * 150


def chapter_of(*texts: str) -> dict[str, Any]:
    """Paragraphs that the project's voice reads."""
    blocks = [{"sub_type": "p", "nodes": [{"type": "tts_node", "text": text}]} for text in texts]
    return {"name": "One", "blocks": blocks}


def passages(http: httpx.Client, path: str) -> list[dict[str, Any]]:
    return list(http.get(f"{path}/quality").raise_for_status().json()["passages"])


def test_flaws_are_told_of_project_and_chapter(client: ElevenLabs, http: httpx.Client) -> None:
    """Once it is converted: where, what, and since when."""
    project_id = make_project(client, [chapter_of(GOOD, LONG), chapter_of(GOOD)])
    one, two = client.studio.projects.chapters.list(project_id).chapters
    path = f"/rhapsode/v1/studio/projects/{project_id}"
    assert passages(http, path) == []

    convert_and_wait(client, project_id)
    (found,) = passages(http, path)
    blocks = client.studio.projects.chapters.get(project_id, one.chapter_id).content.blocks
    assert (found["chapter_id"], found["block_id"]) == (one.chapter_id, blocks[1].block_id)
    assert found["flaws"] == ["long"]
    assert found["text"] == "A" + "(" * 78 + "…"
    assert found["take_created_at_unix"] > 1_700_000_000
    takes = http.get(f"{path}/chapters/{one.chapter_id}/blocks/{found['block_id']}/takes").json()["takes"]
    assert [(t["take_id"], t["node_id"]) for t in takes] == [(found["take_id"], found["node_id"])]
    assert passages(http, f"{path}/chapters/{one.chapter_id}") == [found]
    assert passages(http, f"{path}/chapters/{two.chapter_id}") == []


def test_nobody_else_is_told(client: ElevenLabs, http: httpx.Client, server: LiveServer) -> None:
    """A foreign project and one that isn't there are the same, and so are chapters."""
    project_id = make_project(client, [chapter_of(GOOD)])
    chapter_id = client.studio.projects.chapters.list(project_id).chapters[0].chapter_id
    path = f"/rhapsode/v1/studio/projects/{project_id}"
    headers = {"xi-api-key": server.other_key}

    for wrong in (f"{path}/quality", f"{path}/chapters/{chapter_id}/quality"):
        assert error_of(http.get(wrong, headers=headers)) == (404, "project_not_found")
    gone = "/rhapsode/v1/studio/projects/gone/quality"
    assert error_of(http.get(gone)) == (404, "project_not_found")
    assert error_of(http.get(f"{path}/chapters/gone/quality")) == (404, "chapter_not_found")
