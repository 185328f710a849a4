"""A conversion that fails at a paragraph says at which."""

from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs

from rhapsode.engines.tone import ToneEngine
from rhapsode.studio.errors import TextRefused

from .journeys import convert_and_wait, make_project, wait_for
from .listening import listening

PROJECTS = "/rhapsode/v1/studio/projects"
REFUSED = "The tone can't say this."
CHAPTERS = (("The boat came in.", "It was unspeakable. It rained.", "Nobody saw it."), ("They climbed.",))


@pytest.fixture
def speechless(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An engine that refuses one sentence; undone, it speaks again."""
    synthesize = ToneEngine.synthesize

    def refuse(tone: ToneEngine, text: str, **rest: Any) -> Any:
        if "unspeakable" in text:
            raise TextRefused(REFUSED)
        return synthesize(tone, text, **rest)

    monkeypatch.setattr(ToneEngine, "synthesize", refuse)
    return monkeypatch


class Book:
    """A project of two chapters, the first of which has a paragraph that can't be spoken."""

    def __init__(self, client: ElevenLabs, http: httpx.Client) -> None:
        self.http = http
        blocks = [
            [{"sub_type": "p", "nodes": [{"type": "tts_node", "text": text}]} for text in texts]
            for texts in CHAPTERS
        ]
        self.project_id = make_project(client, [{"name": "A", "blocks": each} for each in blocks])
        found = client.studio.projects.chapters.list(self.project_id).chapters
        self.one, self.two = (chapter.chapter_id for chapter in found)

    @property
    def events(self) -> str:
        return f"{PROJECTS}/{self.project_id}/events"

    def blocks(self, chapter_id: str) -> list[dict[str, Any]]:
        answer = self.http.get(f"{PROJECTS}/{self.project_id}/chapters/{chapter_id}/content")
        found: list[dict[str, Any]] = answer.raise_for_status().json()["blocks"]
        return found

    def errors(self, chapter_id: str) -> list[str | None]:
        return [block["error"] for block in self.blocks(chapter_id)]

    def set(self, place: int, to: str) -> str | None:
        """Give a block of the first chapter another text; the error that the answer tells of it."""
        block = self.blocks(self.one)[place]
        (node,) = block["nodes"]
        was, now = ({"sub_type": "p", "nodes": [node | {"text": text}]} for text in (node["text"], to))
        edit = {"op": "set", "block_id": block["block_id"], "was": was, "to": now}
        path = f"{PROJECTS}/{self.project_id}/chapters/{self.one}/content"
        (edited,) = self.http.patch(path, json={"edits": [edit]}).raise_for_status().json()["blocks"]
        error: str | None = edited["error"]
        return error


def test_a_failure_is_told_with_its_paragraph(
    client: ElevenLabs, http: httpx.Client, speechless: pytest.MonkeyPatch
) -> None:
    """As long as it is what it was, whatever becomes of the others, and until the chapter is converted."""
    book = Book(client, http)
    assert book.errors(book.one) == [None] * 3
    client.studio.projects.convert(book.project_id)
    wait_for(client, book.project_id)
    assert book.errors(book.one) == [None, REFUSED, None]
    assert book.errors(book.two) == [None]

    with listening(http, book.events) as events:
        told = {each["chapter_id"]: each for each in events.until("progress")["chapters"]}
        culprit = book.blocks(book.one)[1]["block_id"]
        assert [told[each]["error"] for each in (book.one, book.two)] == [REFUSED] * 2
        assert [told[each]["error_block_id"] for each in (book.one, book.two)] == [culprit, None]

        assert book.set(0, "The boat went out.") is None
        assert events.until("progress")["chapters"][0]["error_block_id"] == culprit
        assert book.set(1, "It was awful.") is None
        (changed,) = events.until("progress")["chapters"]
        assert (changed["error"], changed["error_block_id"]) == (REFUSED, None)
        assert book.set(1, CHAPTERS[0][1]) == REFUSED
        assert events.until("progress")["chapters"][0]["error_block_id"] == culprit

    speechless.undo()
    convert_and_wait(client, book.project_id)
    assert book.errors(book.one) == [None] * 3
