"""Locked blocks are left alone: no edit changes them, and no conversion makes them anew."""

import json
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs

from .journeys import convert_and_wait, error_of, make_project

TEXTS = ("The boat came in.", "Nobody saw it.", "It rained.")
PROJECTS = "/v1/studio/projects"


def node(text: str, voice_id: str | None = None) -> dict[str, Any]:
    return {"type": "tts_node", "text": text} | ({} if voice_id is None else {"voice_id": voice_id})


def paragraph(text: str, block_id: str | None = None, **more: Any) -> dict[str, Any]:
    return {"nodes": [node(text)], "sub_type": "p"} | ({"block_id": block_id} if block_id else {}) | more


class Book:
    """A converted chapter of three paragraphs, the second of which is locked."""

    def __init__(self, client: ElevenLabs, http: httpx.Client) -> None:
        self.client, self.http = client, http
        self.project_id = make_project(client, [{"name": "One", "blocks": [*map(paragraph, TEXTS)]}])
        (chapter,) = client.studio.projects.chapters.list(self.project_id).chapters
        self.chapter_id = chapter.chapter_id
        self.path = f"{PROJECTS}/{self.project_id}/chapters/{self.chapter_id}"
        self.blocks_path = f"/rhapsode{self.path}/blocks"
        convert_and_wait(client, self.project_id)
        self.ids = [block["block_id"] for block in self.blocks()]
        self.locked_id = self.ids[1]
        assert self.lock().json() == {"status": "ok"}

    def lock(self) -> httpx.Response:
        return self.http.put(f"{self.blocks_path}/{self.locked_id}/lock")

    def unlock(self) -> httpx.Response:
        return self.http.delete(f"{self.blocks_path}/{self.locked_id}/lock")

    def blocks(self) -> list[dict[str, Any]]:
        return list(self.http.get(self.blocks_path).raise_for_status().json()["blocks"])

    def texts(self) -> list[str]:
        content = self.client.studio.projects.chapters.get(self.project_id, self.chapter_id).content
        return [block.nodes[0].text for block in content.blocks]

    def send(self, *blocks: dict[str, Any], **more: Any) -> httpx.Response:
        return self.http.post(self.path, json={"content": {"blocks": blocks}} | more)

    def refused(self, response: httpx.Response) -> None:
        """That a change was refused, with a sentence that names the block, and that nothing of it was done."""
        assert error_of(response) == (400, "block_locked")
        message = response.json()["detail"]["message"]
        assert self.locked_id in message
        assert "Nobody saw it." in message
        assert self.texts() == list(TEXTS)
        assert self.client.studio.projects.get(self.project_id).chapters[0].name == "One"


@pytest.fixture
def book(client: ElevenLabs, http: httpx.Client) -> Book:
    return Book(client, http)


def test_locks_are_listed(book: Book) -> None:
    """As often as one locks or unlocks; the chapter itself is as the contract has it."""
    assert book.lock().status_code == 200
    assert [block["locked"] for block in book.blocks()] == [False, True, False]
    assert book.blocks()[1] == {"block_id": book.locked_id, "locked": True, "converted": True, "flaws": []}

    for _ in range(2):
        assert book.unlock().json() == {"status": "ok"}

    assert [block["locked"] for block in book.blocks()] == [False, False, False]


@pytest.mark.parametrize(
    "change",
    [
        {"nodes": [node("Somebody saw it.")]},
        {"nodes": [node(TEXTS[1], "tone_high")]},
        {"nodes": [node("Nobody "), node("saw it.")]},
        {"sub_type": "h1"},
        {"block_id": "another"},
        {"nodes": []},
    ],
)
def test_a_locked_block_can_not_be_changed(book: Book, change: dict[str, Any]) -> None:
    """Neither its text, nor its voices, nor what it is; nor can it be left out."""
    changed = paragraph(TEXTS[1], book.locked_id) | change
    sent = paragraph("It snowed.", book.ids[0]), changed, paragraph(TEXTS[2], book.ids[2])
    book.refused(book.send(*sent, name="Two"))


def test_a_locked_block_can_not_be_deleted(book: Book) -> None:
    """Not by leaving it out, nor with its chapter, nor by other content for the project; with the project it can."""
    book.refused(book.send(paragraph(TEXTS[0], book.ids[0])))
    book.refused(book.http.delete(book.path))
    content = f"{PROJECTS}/{book.project_id}/content"
    chapters = [{"name": "One", "blocks": [*map(paragraph, TEXTS[:1])]}]
    book.refused(book.http.post(content, json={"from_content_json": json.dumps(chapters)}))
    files = {"from_document": ("one.txt", "Quite another story.\n\nNobody was there.\n", "text/plain")}
    book.refused(book.http.post(content, files=files))

    assert book.http.delete(f"{PROJECTS}/{book.project_id}").status_code == 200


def test_a_locked_block_can_be_moved(book: Book) -> None:
    """In its chapter, and to another one; it stays locked and converted."""
    sent = paragraph(TEXTS[1], book.locked_id), paragraph("It snowed.", book.ids[0])
    assert book.send(*sent, name="Two").status_code == 200
    assert book.texts() == [TEXTS[1], "It snowed."]
    assert [(block["locked"], block["converted"]) for block in book.blocks()] == [
        (True, True),
        (False, False),
    ]

    chapters = [
        {"name": "New", "blocks": [paragraph("It hailed."), paragraph(TEXTS[1])]},
        {"name": "Two", "blocks": [paragraph("It snowed.")]},
    ]
    content = f"{PROJECTS}/{book.project_id}/content"
    response = book.http.post(content, json={"from_content_json": json.dumps(chapters)})

    assert response.status_code == 200
    first = book.client.studio.projects.chapters.list(book.project_id).chapters[0].chapter_id
    listed = book.http.get(f"/rhapsode{PROJECTS}/{book.project_id}/chapters/{first}/blocks").json()["blocks"]
    assert [block["locked"] for block in listed] == [False, True]
    assert listed[1]["block_id"] == book.locked_id


def test_a_locked_block_goes_on_sounding_as_it_does(book: Book) -> None:
    """Another voice reads what is around it; unlocked, it is to be converted as well."""
    voices = {"default_title_voice_id": "tone_high", "default_paragraph_voice_id": "tone_high"}
    book.http.post(f"{PROJECTS}/{book.project_id}", json={"name": "Tides"} | voices).raise_for_status()
    assert [block["converted"] for block in book.blocks()] == [False, True, False]

    convert_and_wait(book.client, book.project_id)

    takes = [book.http.get(f"{book.blocks_path}/{block_id}/takes").json()["takes"] for block_id in book.ids]
    assert [[take["voice_id"] for take in of_block] for of_block in takes] == [
        ["tone_high", "tone_low"],
        ["tone_low"],
        ["tone_high", "tone_low"],
    ]
    # What a client was shown, it may send back: the block follows the project's voice.
    shown = book.http.get(book.path).json()["content"]["blocks"]
    assert book.send(*shown).status_code == 200
    book.unlock()
    assert [block["converted"] for block in book.blocks()] == [True, False, True]


def test_a_take_of_a_locked_block_can_not_be_restored(book: Book) -> None:
    """Its takes can be listed and heard."""
    path = f"{book.blocks_path}/{book.locked_id}/takes"
    (take,) = book.http.get(path).json()["takes"]
    assert book.http.get(f"{path}/{take['take_id']}/audio").status_code == 200
    book.refused(book.http.post(f"{path}/{take['take_id']}/restore"))


def test_a_chapter_with_a_locked_block_can_be_renamed_and_muted(book: Book) -> None:
    """Neither changes how the block sounds."""
    assert book.http.post(book.path, json={"name": "Two"}).status_code == 200
    assert book.http.put(f"/rhapsode{book.path}/muted", json={"muted": True}).status_code == 200
    assert book.texts() == list(TEXTS)
