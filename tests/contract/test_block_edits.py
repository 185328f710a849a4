"""Chapters are edited block by block: nothing that two do at once is lost, and nothing is done twice."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs

from rhapsode.studio.ids import new_id
from rhapsode.studio.limits import MAX_EDITS

from .asking import raw_http
from .journeys import convert_and_wait, error_of, make_project
from .running import LiveServer

TEXTS = ("The boat came in.", "Nobody saw it.", "It rained.")
PROJECTS = "/rhapsode/v1/studio/projects"


def text_of(text: str, *, sub_type: str = "p", voice_id: str | None = None) -> dict[str, Any]:
    return {"sub_type": sub_type, "nodes": [{"text": text, "voice_id": voice_id}] if text else []}


class Page:
    """A chapter of three paragraphs as the page has it."""

    def __init__(self, client: ElevenLabs, http: httpx.Client) -> None:
        self.client, self.http = client, http
        blocks = [{"sub_type": "p", "nodes": [{"type": "tts_node", "text": text}]} for text in TEXTS]
        self.project_id = make_project(client, [{"name": "One", "blocks": blocks}])
        (chapter,) = client.studio.projects.chapters.list(self.project_id).chapters
        self.chapter_id = chapter.chapter_id
        self.chapter = f"{PROJECTS}/{self.project_id}/chapters/{self.chapter_id}"
        self.ids = [block["block_id"] for block in self.content()["blocks"]]

    def content(self) -> dict[str, Any]:
        return dict(self.http.get(f"{self.chapter}/content").raise_for_status().json())

    def texts(self) -> list[str]:
        return ["".join(node["text"] for node in block["nodes"]) for block in self.content()["blocks"]]

    def send(self, *edits: dict[str, Any]) -> httpx.Response:
        return self.http.patch(f"{self.chapter}/content", json={"edits": edits})

    def edit(self, *edits: dict[str, Any]) -> dict[str, Any]:
        return dict(self.send(*edits).raise_for_status().json())

    def done(self, *edits: dict[str, Any]) -> list[str]:
        """The texts after edits, which a second time change nothing."""
        before = self.content()["revision"]
        first = self.edit(*edits)
        assert (first["conflicts"], first["revision"]) == ([], before + 1)
        texts = self.texts()
        assert self.edit(*edits) == first
        assert self.texts() == texts
        return texts

    def refused(self, *edits: dict[str, Any]) -> list[Any]:
        """The text of what is there in place of what edits are about, none of which is done."""
        before = self.content()
        answer = self.edit(*edits)
        assert self.content() == before
        assert [each["index"] for each in answer["conflicts"]] == list(range(len(edits)))
        assert (answer["blocks"], answer["revision"]) == ([], before["revision"])
        there = [each["block"] for each in answer["conflicts"]]
        assert all(block is None or block in before["blocks"] for block in there)
        return [None if block is None else block["nodes"][0]["text"] for block in there]

    def set(self, index: int, to: str, *, was: str | None = None) -> dict[str, Any]:
        seen = text_of(TEXTS[index] if was is None else was)
        return {"op": "set", "block_id": self.ids[index], "was": seen, "to": text_of(to)}

    def delete(self, index: int, *, was: str | None = None) -> dict[str, Any]:
        return {
            "op": "delete",
            "block_id": self.ids[index],
            "was": text_of(TEXTS[index] if was is None else was),
        }

    def move(self, index: int, *, after: int | None) -> dict[str, Any]:
        return {"op": "move", "block_id": self.ids[index], "after_block_id": self._id(after)}

    def insert(self, text: str, *, after: int | None = 0, block_id: str | None = None) -> dict[str, Any]:
        chosen = block_id or new_id()
        return {"op": "insert", "block_id": chosen, "after_block_id": self._id(after), "to": text_of(text)}

    def _id(self, index: int | None) -> str | None:
        return None if index is None else self.ids[index]

    def lock(self, index: int) -> None:
        self.http.put(f"{self.chapter}/blocks/{self.ids[index]}/lock").raise_for_status()


@pytest.fixture
def page(client: ElevenLabs, http: httpx.Client) -> Page:
    return Page(client, http)


def test_a_chapter_is_read_at_once(page: Page) -> None:
    """With the voices that blocks name themselves, and what has become of each."""
    convert_and_wait(page.client, page.project_id)
    own = {"sub_type": "h2", "nodes": [{"text": "Later.", "voice_id": "tone_high"}]}
    seen = text_of(TEXTS[2])
    page.edit({"op": "set", "block_id": page.ids[2], "was": seen, "to": own})

    content = page.content()
    assert content | {"blocks": []} == {
        "chapter_id": page.chapter_id,
        "name": "One",
        "revision": 2,
        "muted": False,
        "blocks": [],
    }
    same = {
        "sub_type": "p",
        "kind": "paragraph",
        "locked": False,
        "converted": True,
        "flaws": [],
        "error": None,
    }
    assert content["blocks"] == [
        same | {"block_id": page.ids[0], "nodes": [{"text": TEXTS[0], "voice_id": None}]},
        same | {"block_id": page.ids[1], "nodes": [{"text": TEXTS[1], "voice_id": None}]},
        same | own | {"block_id": page.ids[2], "kind": "heading", "converted": False},
    ]


def test_each_edit_does_what_it_says_and_once(page: Page) -> None:
    """Also where the same request comes again, because its answer got lost."""
    last = page.insert("The end.", after=2)
    middle = page.insert("Then.", after=0)
    assert page.done(page.set(0, "The ship came in."))[0] == "The ship came in."
    assert page.done(middle, last) == ["The ship came in.", "Then.", TEXTS[1], TEXTS[2], "The end."]
    assert page.done(page.move(2, after=None))[:2] == [TEXTS[2], "The ship came in."]
    assert page.done(page.delete(1)) == [TEXTS[2], "The ship came in.", "Then.", "The end."]
    assert page.done(page.set(2, "")) == ["The ship came in.", "Then.", "The end."]


def test_edits_of_one_block_follow_each_other(page: Page) -> None:
    """What was typed since the last request goes in one, and may be sent again too."""
    fresh = new_id()
    typed = {"op": "set", "block_id": fresh, "was": text_of("A"), "to": text_of("A hat.")}
    edits = (page.insert("A", block_id=fresh), typed, page.set(0, "One"), page.set(0, "One, two", was="One"))

    assert page.done(*edits) == ["One, two", "A hat.", *TEXTS[1:]]
    assert page.done(page.set(1, "Gone"), page.delete(1, was="Gone")) == ["One, two", "A hat.", TEXTS[2]]


def test_two_editors_lose_nothing(page: Page) -> None:
    """Who edits another paragraph notices nothing, and who edits the same one is told what is there."""
    assert page.edit(page.set(0, "Mine."))["conflicts"] == []
    theirs = page.edit(page.set(1, "Theirs."), page.set(0, "Theirs too."), page.insert("New.", after=1))

    assert page.texts() == ["Mine.", "Theirs.", "New.", TEXTS[2]]
    (conflict,) = theirs["conflicts"]
    assert (conflict["index"], conflict["block_id"]) == (1, page.ids[0])
    assert conflict["block"] == page.content()["blocks"][0]
    assert [block["nodes"][0]["text"] for block in theirs["blocks"]] == ["Theirs.", "New."]
    assert theirs["revision"] == 3


def test_what_is_something_else_is_left_alone(
    page: Page, other_client: ElevenLabs, other_http: httpx.Client
) -> None:
    """Another text, no block at all, and ids that some other block has, of whatever workspace."""
    page.edit(page.set(0, "Mine."), page.delete(1))
    foreign = Page(other_client, other_http)
    taken = page.insert("New.", block_id=foreign.ids[0])

    assert page.refused(page.set(0, "Theirs."), page.delete(0)) == ["Mine.", "Mine."]
    assert page.refused(page.set(1, "Theirs."), page.move(1, after=None)) == [None, None]
    assert page.refused(page.insert("New.", block_id=page.ids[0]), taken) == ["Mine.", None]
    assert page.refused({"op": "move", "block_id": foreign.ids[0], "after_block_id": None}) == [None]
    assert foreign.texts() == list(TEXTS)


def test_a_locked_block_is_only_moved(page: Page) -> None:
    """The conflict says that it is locked."""
    page.lock(1)

    assert page.refused(page.set(1, "Other."), page.delete(1), page.set(1, "")) == [TEXTS[1]] * 3
    assert page.done(page.move(1, after=None)) == [TEXTS[1], TEXTS[0], TEXTS[2]]
    assert page.edit(page.set(1, TEXTS[1], was="Whatever."))["conflicts"] == []


def test_what_stood_behind_a_block_that_is_gone(page: Page) -> None:
    """A new one goes to the end, and one that is moved stays; where the block goes just now, to its place."""
    page.edit(page.delete(1))

    assert page.done(page.insert("New.", after=1)) == [TEXTS[0], TEXTS[2], "New."]
    assert page.edit(page.move(0, after=1))["conflicts"] == []
    assert page.done(page.delete(0), page.insert("First.", after=0)) == ["First.", TEXTS[2], "New."]


def test_an_undone_edit_is_as_converted_as_before(page: Page) -> None:
    """Text as before is the same audio; so is a block that was deleted and comes back in the same request."""
    convert_and_wait(page.client, page.project_id)
    page.edit(page.set(0, "Other."), page.move(2, after=None))
    assert [block["converted"] for block in page.content()["blocks"]] == [True, False, True]

    page.edit(page.set(0, TEXTS[0], was="Other."))
    page.edit(page.delete(1), page.insert(TEXTS[1], after=0, block_id=page.ids[1]))

    assert [block["converted"] for block in page.content()["blocks"]] == [True] * 3


def test_paragraphs_are_typed_one_behind_the_other(page: Page) -> None:
    """However many come to one place, and in whatever order."""
    expected = [TEXTS[0]]
    previous = page.ids[0]
    for start in range(0, 120, 40):
        edits = []
        for number in range(start, start + 40):
            edits.append(page.insert(str(number)) | {"after_block_id": previous})
            previous = edits[-1]["block_id"]
            expected.append(str(number))
        assert page.edit(*edits)["conflicts"] == []
    page.edit(*(page.insert(f"again {number}", after=1) for number in range(15)))

    again = [f"again {number}" for number in reversed(range(15))]
    assert page.texts() == [*expected, TEXTS[1], *again, TEXTS[2]]


BAD: dict[str, Callable[[Page], dict[str, Any]]] = {
    "no id": lambda page: page.insert("A", block_id="short"),
    "a foreign digit": lambda page: page.insert("A", block_id="ä" * 20),
    "a character that is no text": lambda page: page.set(0, "A\x00B"),
    "a voice nobody has": lambda page: page.set(0, "A") | {"to": text_of("A", voice_id="nobody")},
    "another operation": lambda _: {"op": "swap", "block_id": "a"},
    "no place": lambda page: {k: v for k, v in page.insert("A").items() if k != "after_block_id"},
    "a paragraph of no kind": lambda page: page.set(0, "A") | {"to": text_of("A", sub_type="h4")},
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
def test_what_cannot_be_used_is_refused_as_a_whole(
    page: Page, make: Callable[[Page], dict[str, Any]]
) -> None:
    """Nothing of the request is done."""
    response = page.send(page.set(1, "Good."), make(page))

    assert response.status_code in (400, 404, 422)
    assert page.texts() == list(TEXTS)
    assert page.content()["revision"] == 1


def test_there_is_an_end_to_edits(page: Page) -> None:
    """At least one, and at most a thousand."""
    assert page.send().status_code == 422
    assert error_of(page.send(*[page.move(0, after=1)] * (MAX_EDITS + 1))) == (400, "invalid_parameters")


def test_strangers_edit_nothing(page: Page, server: LiveServer) -> None:
    """Another workspace's key finds no such project."""
    with raw_http(server.url, server.other_key) as stranger:
        assert error_of(stranger.get(f"{page.chapter}/content")) == (404, "project_not_found")
        response = stranger.patch(f"{page.chapter}/content", json={"edits": [page.set(0, "A")]})
    assert error_of(response) == (404, "project_not_found")
    assert page.texts() == list(TEXTS)


def test_who_types_is_noted_once(page: Page) -> None:
    """Not at each save, of which a page has many in a minute: the audit log would hold little else."""
    since = int(time.time()) - 60
    for text in ("It rained.", "It rained a lot.", "It rained all night."):
        page.edit({"op": "insert", "block_id": new_id(), "after_block_id": None, "to": text_of(text)})
    entries = page.http.get("/rhapsode/v1/audit", params={"since_unix": since}).json()["entries"]
    noted = [each for each in entries if each["object_id"] == page.chapter_id]
    assert [each["action"] for each in noted if each["action"] == "chapter.updated"] == ["chapter.updated"]
