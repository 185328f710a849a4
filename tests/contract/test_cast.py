"""A cast: who speaks each quotation, with a voice of its own, as an owner makes, changes and undoes it."""

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs

from rhapsode.net.chat import Chat

from .asking import raw_http
from .chatting import serving_model
from .journeys import convert_and_wait, error_of, make_project, wait_for
from .running import LiveServer, running_server

PARAGRAPHS = (
    "Mrs. Tarn shut the door behind her. Mr. Tarn was mending a net by the stove.",
    "“The boat is late,” said Mrs. Tarn.",
    "“It is never early,” replied Mr. Tarn, “and nobody minds but you.”",
    "“Somebody ought to.”",
    "He went on with his net.",
)
QUOTED = (
    "“The boat is late,” ",
    "“It is never early,” ",
    "“and nobody minds but you.”",
    "“Somebody ought to.”",
)
PROJECTS = "/v1/studio/projects"


def chapter(*texts: str) -> dict[str, Any]:
    blocks = [{"sub_type": "p", "nodes": [{"type": "tts_node", "text": text}]} for text in texts]
    return {"name": "The Net", "blocks": blocks}


def document(*texts: str) -> bytes:
    return "\n\n".join(texts).encode()


class CastBook:
    """A project whose cast is made, or asked for."""

    def __init__(self, client: ElevenLabs, http: httpx.Client, **fields: Any) -> None:
        self.client, self.http = client, http
        self.project_id = make_project(client, [chapter(*PARAGRAPHS)], **fields)
        self.path = f"/rhapsode{PROJECTS}/{self.project_id}/cast"

    def make(self, **body: Any) -> dict[str, Any]:
        return dict(self.http.post(self.path, json=body).raise_for_status().json())

    def cast(self) -> dict[str, Any]:
        return dict(self.http.get(self.path).raise_for_status().json())

    def character(self, name: str) -> dict[str, Any]:
        (found,) = [one for one in self.cast()["characters"] if one["name"] == name]
        return dict(found)

    def change(self, called: str, **body: Any) -> httpx.Response:
        return self.http.patch(f"{self.path}/characters/{self.character(called)['character_id']}", json=body)

    def chapter_id(self) -> str:
        return str(self.client.studio.projects.chapters.list(self.project_id).chapters[0].chapter_id)

    def quotations(self) -> list[dict[str, Any]]:
        answer = self.http.get(f"{self.path}/chapters/{self.chapter_id()}/quotations").raise_for_status()
        return list(answer.json()["quotations"])

    def nodes(self) -> list[list[tuple[str, str]]]:
        content = self.client.studio.projects.chapters.get(self.project_id, self.chapter_id()).content
        return [[(node.text, node.voice_id) for node in block.nodes] for block in content.blocks]

    def unconverted(self) -> int:
        (listed,) = self.client.studio.projects.get(self.project_id).chapters
        assert listed.statistics is not None
        return int(listed.statistics.characters_unconverted)


@pytest.fixture
def book(client: ElevenLabs, http: httpx.Client) -> CastBook:
    made = CastBook(client, http)
    made.make()
    return made


def test_voices_are_assigned_to_a_new_project(client: ElevenLabs, http: httpx.Client) -> None:
    """The SDK's own parameter does it behind the answer; what it converts by itself has the cast already."""
    book = CastBook(client, http, auto_assign_voices=True, auto_convert=True)
    wait_for(client, book.project_id)

    listed = http.get(f"{PROJECTS}/{book.project_id}").json()
    assert listed["creation_meta"]["type"] == "auto_assign_voices"
    assert listed["creation_meta"]["status"] == "finished"
    names = [(one["name"], one["gender"], one["quotations"]) for one in book.cast()["characters"]]
    assert names == [("Mr. Tarn", "male", 2), ("Mrs. Tarn", "female", 2)]
    until_s = time.monotonic() + 20
    while not client.studio.projects.snapshots.list(book.project_id).snapshots and time.monotonic() < until_s:
        time.sleep(0.02)
    assert book.unconverted() == 0


def test_voices_are_assigned_to_a_document(client: ElevenLabs, http: httpx.Client) -> None:
    """As they are to content."""
    book = CastBook(
        client, http, from_content_json=..., from_document=document(*PARAGRAPHS), auto_assign_voices=True
    )
    wait_for(client, book.project_id)

    assert [one["text"] for one in book.quotations()] == list(QUOTED)


def test_a_quotation_is_a_node_of_its_own(book: CastBook) -> None:
    """In its character's voice; the narrator's words have the project's, and joined they are the text."""
    nodes = book.nodes()

    assert ["".join(text for text, _ in block) for block in nodes] == list(PARAGRAPHS)
    assert nodes[2] == [
        ("“It is never early,” ", "tone_high"),
        ("replied Mr. Tarn, ", "tone_low"),
        ("“and nobody minds but you.”", "tone_high"),
    ]
    assert [(one["text"], one["rule"]) for one in book.quotations()] == list(
        zip(QUOTED, ("name", "name", "name", "turns"), strict=True)
    )
    assert book.cast()["unassigned_quotations"] == 0
    assert 0 < sum(one["share"] for one in book.cast()["characters"]) < 1


def test_another_voice_costs_what_it_speaks(book: CastBook, client: ElevenLabs) -> None:
    """And nothing else; so does a character that is given back to the narrator."""
    convert_and_wait(client, book.project_id)
    assert book.unconverted() == 0

    assert book.change("Mr. Tarn", voice_id=None).status_code == 200

    assert book.unconverted() == len(QUOTED[1]) + len(QUOTED[2])
    assert book.nodes()[2][0] == (QUOTED[1], "tone_low")
    assert book.character("Mr. Tarn")["said"] == ["voice_id"]
    assert book.make()["characters"][0]["voice_id"] is None
    assert book.character("Mrs. Tarn")["voice_id"] == "tone_high"


def test_what_somebody_has_said_stays(book: CastBook) -> None:
    """A name, and who speaks a quotation, also when the cast is made anew."""
    last = book.quotations()[-1]
    husband = book.character("Mr. Tarn")
    path = f"{book.path}/quotations/{last['node_id']}"
    assert book.http.patch(path, json={"character_id": husband["character_id"]}).json() == {"status": "ok"}
    assert book.change("Mr. Tarn", name="Edwin").json()["characters"][0]["name"] == "Edwin"

    book.make()

    again = book.quotations()[-1]
    assert (again["character_id"], again["rule"]) == (husband["character_id"], "said")
    edwin = book.character("Edwin")
    assert (edwin["character_id"], edwin["quotations"]) == (husband["character_id"], 3)
    assert (edwin["aliases"], edwin["said"]) == (["Mr. Tarn"], ["name"])


def test_two_names_of_one_person(book: CastBook) -> None:
    """What one says is the other's from then on, and both names are met again."""
    kept = book.character("Mrs. Tarn")
    answer = book.change("Mr. Tarn", merge_into=kept["character_id"])
    assert [one["quotations"] for one in answer.json()["characters"]] == [4]

    assert [one["aliases"] for one in book.make()["characters"]] == [["Mrs. Tarn", "Mr. Tarn"]]


def test_an_edit_of_the_book_costs_one_paragraph(book: CastBook, client: ElevenLabs) -> None:
    """A document that comes again keeps the cast, and the audio of all that is as it was in that paragraph."""
    path = f"{PROJECTS}/{book.project_id}/content"
    for texts in (
        PARAGRAPHS,
        (*PARAGRAPHS[:2], PARAGRAPHS[2].replace("nobody minds", "no one minds"), *PARAGRAPHS[3:]),
    ):
        files = {"from_document": ("book.txt", document(*texts))}
        book.http.post(path, files=files).raise_for_status()
        if texts is PARAGRAPHS:
            convert_and_wait(client, book.project_id)
            before = book.cast()

    assert book.cast()["characters"] == [
        one | {"share": book.character(one["name"])["share"]} for one in before["characters"]
    ]
    assert book.nodes()[2][2] == ("“and no one minds but you.”", "tone_high")
    assert book.unconverted() == len("“and no one minds but you.”")


def test_locked_blocks_stay(book: CastBook) -> None:
    """Neither a cast nor its end changes one."""
    locked = book.quotations()[0]
    lock = (
        f"/rhapsode{PROJECTS}/{book.project_id}/chapters/{book.chapter_id()}/blocks/{locked['block_id']}/lock"
    )
    book.http.put(lock).raise_for_status()
    before = book.nodes()[1]

    book.change("Mrs. Tarn", voice_id="tone_low").raise_for_status()
    book.make()
    book.http.delete(book.path).raise_for_status()

    assert book.nodes()[1] == before


def test_an_owner_s_voices_stay(client: ElevenLabs, http: httpx.Client) -> None:
    """A paragraph that somebody has given voices isn't cast."""
    own = {"sub_type": "p", "nodes": [{"type": "tts_node", "text": PARAGRAPHS[1], "voice_id": "tone_high"}]}
    book = CastBook(client, http, from_content_json=json.dumps([{"name": "One", "blocks": [own]}]))
    book.make()

    assert book.nodes() == [[(PARAGRAPHS[1], "tone_high")]]


def test_a_cast_is_undone(book: CastBook) -> None:
    """The narrator reads everything, in paragraphs of one node; again is no error."""
    for _ in range(2):
        assert book.http.delete(book.path).json() == {"status": "ok"}

    assert book.nodes() == [[(text, "tone_low")] for text in PARAGRAPHS]
    assert book.cast() == {"characters": [], "unassigned_quotations": 0, "is_being_made": False}


def test_what_is_not_there(book: CastBook, server: LiveServer) -> None:
    """Another workspace's casts, characters and quotations are as absent as those that never were."""
    character = book.cast()["characters"][0]["character_id"]
    node = book.quotations()[0]["node_id"]
    paths = {
        book.path: "project_not_found",
        f"{book.path}/characters/{character}": "project_not_found",
        f"{book.path}/quotations/{node}": "project_not_found",
        f"{book.path}/chapters/{book.chapter_id()}/quotations": "project_not_found",
    }
    with raw_http(server.url, server.other_key) as other:
        for path, code in paths.items():
            is_changed = "/characters/" in path or path.endswith(node)
            body = {"character_id": None}
            answer = other.patch(path, json=body) if is_changed else other.get(path)
            assert error_of(answer) == (404, code)
        assert error_of(other.post(book.path, json={})) == (404, "project_not_found")
        assert error_of(other.delete(book.path)) == (404, "project_not_found")
    assert error_of(book.http.patch(f"{book.path}/characters/none", json={})) == (404, "character_not_found")
    refused = book.http.patch(f"{book.path}/quotations/none", json={"character_id": None})
    assert error_of(refused) == (404, "quotation_not_found")
    assert error_of(book.change("Mr. Tarn", merge_into=book.character("Mr. Tarn")["character_id"]))[0] == 400
    both = {"merge_into": book.character("Mrs. Tarn")["character_id"], "name": "Mr. Tarn the Elder"}
    assert error_of(book.change("Mr. Tarn", **both))[0] == 400
    assert error_of(book.change("Mr. Tarn", voice_id="nobody"))[0] in (400, 404)
    assert book.http.post(book.path).status_code == 200
    assert error_of(book.http.post(book.path, json={"use_language_model": True}))[0] == 400


def test_a_language_model_says_who_speaks(tmp_path: Path) -> None:
    """Behind the answer, and only among the people of the book: what else it says is left to the rules."""
    answer = json.dumps({"1": "Mr. Tarn", "2": "Nobody we know", "4": "Mrs. Tarn", "9": "Mrs. Tarn"})
    with serving_model(f"Here you are: {answer}") as model:
        chat = Chat(model.url, model="m1", key=None, silence_s=30)
        with (
            running_server(tmp_path, chat) as server,
            raw_http(server.url, server.key) as http,
        ):
            client = ElevenLabs(base_url=server.url, api_key=server.key, httpx_client=http)
            book = CastBook(client, http)
            assert book.make(use_language_model=True)["is_being_made"]
            wait_for(client, book.project_id)
            names = {one["character_id"]: one["name"] for one in book.cast()["characters"]}
            told = [(names[one["character_id"]], one["rule"]) for one in book.quotations()]

            assert told == [("Mr. Tarn", "model"), *[("Mr. Tarn", "name")] * 2, ("Mrs. Tarn", "model")]
            assert "[1: “The boat is late,”] said Mrs. Tarn." in model.said_to(0)
            assert not book.cast()["is_being_made"]
