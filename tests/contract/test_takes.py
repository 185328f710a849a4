"""Takes of blocks: what a block has sounded like can be listed, heard, restored and removed."""

import io
from typing import Any

import httpx
import pytest
import soundfile
from elevenlabs import ElevenLabs

from rhapsode.storage import schema

from .journeys import convert_and_wait, error_of, make_project
from .running import LiveServer

FIRST, SECOND = "The boat came in.", "The boat went out at six."


def content(*texts: str, block_ids: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Paragraphs that the project's voice reads."""
    blocks: list[dict[str, Any]] = [
        {"sub_type": "p", "nodes": [{"type": "tts_node", "text": text}]} for text in texts
    ]
    for block, block_id in zip(blocks, block_ids, strict=False):
        block["block_id"] = block_id
    return blocks


class Book:
    """A project of one chapter, and its first block."""

    def __init__(self, client: ElevenLabs, http: httpx.Client, *texts: str, **fields: Any) -> None:
        self.client, self.http = client, http
        self.project_id = make_project(client, [{"name": "One", "blocks": content(*texts)}], **fields)
        self.chapter_id = client.studio.projects.chapters.list(self.project_id).chapters[0].chapter_id
        self.block_ids = tuple(block.block_id for block in self.read().content.blocks)
        self.own = f"/rhapsode/v1/studio/projects/{self.project_id}/chapters/{self.chapter_id}/blocks"
        self.path = f"{self.own}/{self.block_ids[0]}/takes"

    def read(self) -> Any:
        return self.client.studio.projects.chapters.get(self.project_id, self.chapter_id)

    def write(self, *texts: str) -> httpx.Response:
        path = f"/v1/studio/projects/{self.project_id}/chapters/{self.chapter_id}"
        return self.http.post(path, json={"content": {"blocks": content(*texts, block_ids=self.block_ids)}})

    def convert(self) -> str:
        """Convert; the text of the newest snapshot."""
        snapshot_id = convert_and_wait(self.client, self.project_id)
        snapshot = self.client.studio.projects.snapshots.get(self.project_id, snapshot_id)
        return "".join(snapshot.character_alignments[0].characters)

    def takes(self) -> list[dict[str, Any]]:
        return list(self.http.get(self.path).raise_for_status().json()["takes"])

    def restore(self, take_id: str) -> httpx.Response:
        return self.http.post(f"{self.path}/{take_id}/restore")


@pytest.fixture
def book(client: ElevenLabs, http: httpx.Client) -> Book:
    """Converted twice, with another text in between."""
    made = Book(client, http, FIRST, "Nobody saw it.")
    assert made.takes() == []
    assert made.convert() == f"{FIRST}\nNobody saw it."
    assert made.write(SECOND, "Nobody saw it.").status_code == 200
    assert made.convert() == f"{SECOND}\nNobody saw it."
    return made


def spoken_count(server: LiveServer) -> int:
    """How many segments were ever spoken in the workspace."""
    with server.records.read(server.workspace_id) as tx:
        ledger = schema.usage_ledger
        rows = tx.connection.execute(
            ledger.select().where(ledger.c.workspace_id == tx.workspace_id, ledger.c.kind == "speech")
        )
        return sum(row.segment_count for row in rows)


def test_takes_are_listed(book: Book) -> None:
    """The newest first, each with what it was made of."""
    newest, oldest = book.takes()
    assert (newest["text"], oldest["text"]) == (SECOND, FIRST)
    assert (newest["is_current"], oldest["is_current"]) == (True, False)
    assert newest["node_id"] == oldest["node_id"]
    for take in (newest, oldest):
        assert (take["voice_id"], take["engine"], take["engine_version"]) == ("tone_low", "tone", "1")
        assert (take["settings"], take["language"], take["is_available"]) == ({}, "mul", True)
        assert 1_700_000_000 < take["created_at_unix"] < 10**10
        # 60 ms for each character, up to the end of the frame.
        assert 0 <= take["duration_secs"] - 0.06 * len(take["text"]) < 1152 / 44_100


def test_a_take_is_heard(client: ElevenLabs, http: httpx.Client) -> None:
    """As a WAV file of known length that is, sample for sample, what a lossless chapter has."""
    book = Book(client, http, FIRST, quality_preset="ultra_lossless")
    book.convert()
    (take,) = book.takes()

    response = http.get(f"{book.path}/{take['take_id']}/audio")

    assert response.headers["content-type"] == "audio/wav"
    assert int(response.headers["content-length"]) == len(response.content)
    samples, rate_hz = soundfile.read(io.BytesIO(response.content), dtype="int16")
    assert rate_hz == 44_100
    assert samples.size / rate_hz == pytest.approx(take["duration_secs"], abs=1e-6)
    chapters = client.studio.projects.chapters
    (listed,) = chapters.snapshots.list(book.project_id, book.chapter_id).snapshots
    whole = b"".join(chapters.snapshots.stream(book.project_id, book.chapter_id, listed.chapter_snapshot_id))
    assert samples.any()
    assert response.content[44:] in whole


def test_a_take_is_restored_and_nothing_is_spoken(book: Book, server: LiveServer) -> None:
    """Text and sound are as they were, edits elsewhere leave it so, and it is one of two takes as before."""
    newest, oldest = book.takes()
    spoken = spoken_count(server)

    assert book.restore(oldest["take_id"]).json() == {"status": "ok"}

    assert book.read().content.blocks[0].nodes[0].text == FIRST
    assert book.read().statistics.characters_unconverted == 0
    assert [take["is_current"] for take in book.takes()] == [False, True]
    assert book.convert() == f"{FIRST}\nNobody saw it."
    assert spoken_count(server) == spoken
    book.write(FIRST, "Somebody saw it.")
    assert book.convert() == f"{FIRST}\nSomebody saw it."
    assert spoken_count(server) == spoken + 1
    assert [take["take_id"] for take in book.takes()] == [newest["take_id"], oldest["take_id"]]


def test_a_restored_take_stands_for_what_is_asked_for_now(
    client: ElevenLabs, http: httpx.Client, server: LiveServer
) -> None:
    """What another dictionary made of the text is heard again, though the project has the dictionary still."""
    book = Book(client, http, FIRST)
    book.convert()
    rules = [{"type": "alias", "string_to_replace": "boat", "alias": "steamer"}]
    made = http.post(
        "/v1/pronunciation-dictionaries/add-from-rules", json={"name": "B", "rules": rules}
    ).json()
    attach = f"/v1/studio/projects/{book.project_id}/pronunciation-dictionaries"
    locator = {"pronunciation_dictionary_id": made["id"], "version_id": made["version_id"]}
    http.post(attach, json={"pronunciation_dictionary_locators": [locator]}).raise_for_status()
    book.convert()
    newest, oldest = book.takes()
    assert oldest["duration_secs"] < newest["duration_secs"]
    spoken = spoken_count(server)

    book.restore(oldest["take_id"]).raise_for_status()

    assert book.read().statistics.characters_unconverted == 0
    book.convert()
    assert [take["is_current"] for take in book.takes()] == [False, True]
    # Away from it and back: the newest that was made or restored for the text is found.
    book.write(SECOND)
    book.convert()
    book.write(FIRST)
    book.convert()
    assert [take["is_current"] for take in book.takes()] == [False, False, True]
    assert spoken_count(server) == spoken + 1


def test_going_to_and_fro_leaves_two_takes(book: Book, server: LiveServer) -> None:
    """The last that was restored is the one that is heard, also after another text."""
    newest, oldest = book.takes()
    for take in (oldest, newest) * 3:
        book.restore(take["take_id"]).raise_for_status()
    assert [take["is_current"] for take in book.takes()] == [True, False]
    with server.records.read(server.workspace_id) as tx:
        takes = schema.takes
        rows = tx.connection.execute(
            takes.select().where(
                takes.c.workspace_id == tx.workspace_id, takes.c.node_id == newest["node_id"]
            )
        ).all()
    assert len(rows) <= 4


def test_restoring_undoes_an_edit_that_was_never_converted(book: Book) -> None:
    """The current take can be restored too; twice is as good as once."""
    current = book.takes()[0]
    book.write("Something else.", "Nobody saw it.")
    for _ in range(2):
        book.restore(current["take_id"]).raise_for_status()
    assert book.read().content.blocks[0].nodes[0].text == SECOND
    assert len(book.takes()) == 2


def test_a_take_in_another_voice_brings_its_voice(client: ElevenLabs, http: httpx.Client) -> None:
    """And one in the project's voice goes on following that."""
    book = Book(client, http, FIRST)
    book.convert()
    path = f"/v1/studio/projects/{book.project_id}"
    voices = {"default_title_voice_id": "tone_high", "default_paragraph_voice_id": "tone_high"}
    http.post(path, json={"name": "Tides"} | voices).raise_for_status()
    book.convert()
    high, low = book.takes()
    assert (high["voice_id"], low["voice_id"]) == ("tone_high", "tone_low")

    book.restore(low["take_id"]).raise_for_status()

    assert book.read().content.blocks[0].nodes[0].voice_id == "tone_low"
    assert book.convert() == FIRST
    book.restore(high["take_id"]).raise_for_status()
    assert book.read().content.blocks[0].nodes[0].voice_id == "tone_high"
    assert book.read().statistics.characters_unconverted == 0


def test_a_take_is_deleted(book: Book) -> None:
    """But not the one that the block has."""
    newest, oldest = book.takes()
    assert error_of(book.http.delete(f"{book.path}/{newest['take_id']}")) == (400, "take_in_use")

    assert book.http.delete(f"{book.path}/{oldest['take_id']}").json() == {"status": "ok"}

    assert [take["take_id"] for take in book.takes()] == [newest["take_id"]]
    assert error_of(book.http.delete(f"{book.path}/{oldest['take_id']}")) == (404, "take_not_found")
    assert error_of(book.restore(oldest["take_id"])) == (404, "take_not_found")


def test_a_take_without_sound_says_so(book: Book, server: LiveServer) -> None:
    """It is listed, and can be neither heard nor restored; nothing changes when that is tried."""
    oldest = book.takes()[1]
    with server.records.write(server.workspace_id) as tx:
        segments = schema.segments
        tx.connection.execute(
            segments.update()
            .where(segments.c.workspace_id == tx.workspace_id, segments.c.kind == "speech")
            .values(pack_id=None)
        )

    assert [take["is_available"] for take in book.takes()] == [False, False]
    assert book.takes()[1]["duration_secs"] is None
    assert error_of(book.restore(oldest["take_id"])) == (400, "take_unavailable")
    path = f"{book.path}/{oldest['take_id']}/audio"
    assert error_of(book.http.get(path)) == (400, "take_unavailable")
    assert book.read().content.blocks[0].nodes[0].text == SECOND


def test_a_take_of_an_earlier_version_has_no_text(book: Book, server: LiveServer) -> None:
    """Its sound is left, and it can be restored only as long as the block says what it was made for."""
    newest, oldest = book.takes()
    with server.records.write(server.workspace_id) as tx:
        takes = schema.takes
        tx.connection.execute(
            takes.update().where(takes.c.workspace_id == tx.workspace_id).values(source=None)
        )

    assert [(take["text"], take["settings"]) for take in book.takes()] == [(None, None)] * 2
    assert book.http.get(f"{book.path}/{oldest['take_id']}/audio").status_code == 200
    assert error_of(book.restore(oldest["take_id"])) == (400, "take_unavailable")
    assert book.restore(newest["take_id"]).status_code == 200
    book.write(FIRST, "Nobody saw it.")
    assert book.restore(oldest["take_id"]).status_code == 200
    assert book.read().statistics.characters_unconverted == 0


def test_foreign_and_absent_takes_are_the_same(
    book: Book, other_http: httpx.Client, anonymous: httpx.Client
) -> None:
    """Nobody hears, restores or deletes another's, or learns whether it exists."""
    take_id = book.takes()[1]["take_id"]
    other = Book(book.client, book.http, FIRST)
    requests = [
        ("GET", "/takes"),
        ("GET", f"/takes/{take_id}/audio"),
        ("POST", f"/takes/{take_id}/restore"),
        ("DELETE", f"/takes/{take_id}"),
        ("PUT", "/lock"),
        ("DELETE", "/lock"),
    ]
    block = f"{book.own}/{book.block_ids[0]}"
    for method, rest in requests:
        assert error_of(other_http.request(method, block + rest)) == (404, "project_not_found")
        assert error_of(anonymous.request(method, block + rest)) == (401, "needs_authorization")
        for wrong, code in [
            (f"{other.own}/{book.block_ids[0]}", "block_not_found"),
            (f"{book.own}/nothing", "block_not_found"),
            (block.replace(book.chapter_id, other.chapter_id), "chapter_not_found"),
            (block.replace(book.project_id, "nothing"), "project_not_found"),
        ]:
            assert error_of(book.http.request(method, wrong + rest)) == (404, code)
    other_block = f"{other.own}/{other.block_ids[0]}"
    for method, rest in requests[1:4]:
        assert error_of(book.http.request(method, other_block + rest)) == (404, "take_not_found")
    assert error_of(other_http.get(book.own)) == (404, "project_not_found")
    assert len(book.takes()) == 2
