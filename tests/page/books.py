"""Books that a page shows: made, asked and changed through the API, as another program does it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.waiting import wait_until

from .windows import Server

VOICE = "tone_low"
"""It beeps at once, a letter every 50 ms."""
TIDES = {
    "The Harbour": [
        "The boat came in at six. Nobody stood on the quay.",
        "Are we late? asked Ines.",
        "They climbed the stairs of the old lighthouse without a word.",
        "Above them the lamp was burning.",
    ],
    "The Hill": ["Far below, the boat was turning.", "The night was long."],
}
"""Two chapters of a few seconds each."""


@dataclass(frozen=True)
class Book:
    """A project of a server. chapter_ids: in order."""

    server: Server
    project_id: str
    chapter_ids: Sequence[str]

    @property
    def path(self) -> str:
        return f"/v1/studio/projects/{self.project_id}"

    @property
    def own_path(self) -> str:
        """Of what isn't in the published API."""
        return f"/rhapsode{self.path}"

    def content(self, number: int = 0) -> dict[str, Any]:
        """What the server has of a chapter. number: from 0."""
        content: dict[str, Any] = self.server.ask(
            "GET", f"{self.own_path}/chapters/{self.chapter_ids[number]}/content"
        )
        return content

    def texts(self, number: int = 0) -> list[str]:
        """The text of each paragraph of a chapter."""
        return ["".join(node["text"] for node in block["nodes"]) for block in self.content(number)["blocks"]]

    def edit(self, number: int, *edits: dict[str, Any]) -> dict[str, Any]:
        """Change a chapter, as another tab does."""
        path = f"{self.own_path}/chapters/{self.chapter_ids[number]}/content"
        edited: dict[str, Any] = self.server.ask("PATCH", path, json={"edits": edits})
        return edited

    def say(self, number: int, at: int, text: str) -> dict[str, Any]:
        """Give a paragraph another text, whatever it says. at: from 0."""
        block = self.content(number)["blocks"][at]
        was = {"sub_type": block["sub_type"], "nodes": block["nodes"]}
        to = {"sub_type": block["sub_type"], "nodes": [{"text": text, "voice_id": None}]}
        return self.edit(number, {"op": "set", "block_id": block["block_id"], "was": was, "to": to})

    def convert(self) -> None:
        """Speak all of it, and wait until that is done."""
        self.server.ask("POST", f"{self.path}/convert")
        wait_until(lambda: self.server.ask("GET", self.path)["state"] == "default", pause_s=0.1)


def open_book(server: Server, project_id: str) -> Book:
    """A project that is there. It has been read to its end before."""
    wait_until(lambda: server.ask("GET", f"/v1/studio/projects/{project_id}")["state"] == "default")
    chapters = server.ask("GET", f"/v1/studio/projects/{project_id}")["chapters"]
    return Book(server, project_id, [chapter["chapter_id"] for chapter in chapters])


def make_book(
    server: Server, name: str, chapters: dict[str, list[str]] = TIDES, *, voice_id: str = VOICE, **fields: str
) -> Book:
    """A project of texts. chapters: names and paragraphs.    fields: of the form that makes it."""
    content = [
        {
            "name": title,
            "blocks": [
                {"sub_type": "p", "nodes": [{"type": "tts_node", "text": text, "voice_id": voice_id}]}
                for text in paragraphs
            ],
        }
        for title, paragraphs in chapters.items()
    ]
    voices = {"default_paragraph_voice_id": voice_id, "default_title_voice_id": voice_id}
    form = {"name": name, "from_content_json": json.dumps(content), **voices, **fields}
    made = server.ask("POST", "/v1/studio/projects", data=form)
    return open_book(server, made["project"]["project_id"])
