"""What a conversion would do, and refreshes, over HTTP."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from elevenlabs import ElevenLabs

from rhapsode.engines.engine import EngineTraits
from rhapsode.engines.tone import ToneEngine
from rhapsode.rendering import joining
from rhapsode.storage import conversions, schema
from rhapsode.studio.ids import ConversionId

from .journeys import HARBOUR, convert_and_wait, error_of, make_project, narrated, wait_for
from .running import LiveServer

ROOT = "/rhapsode/v1/studio/projects"
COUNTS = ("segments_to_speak", "characters_to_speak", "segments_to_encode")


@pytest.fixture(autouse=True)
def every_convert_is_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """However soon it comes after the one before: what is made is compared with the plan, nothing too."""
    monkeypatch.setattr(joining, "REPEATED_CONVERT_S", 0)


def plan(http: httpx.Client, project_id: str, chapter_id: str | None = None, **params: Any) -> Any:
    path = f"{ROOT}/{project_id}" if chapter_id is None else f"{ROOT}/{project_id}/chapters/{chapter_id}"
    return http.get(f"{path}/plan", params=params).raise_for_status().json()


def counts(shown: Any) -> tuple[int, ...]:
    return tuple(shown[name] for name in COUNTS)


def reasons(shown: Any) -> list[list[str]]:
    """Of each block that isn't as it would be."""
    return [block["reasons"] for chapter in shown["chapters"] for block in chapter["blocks"]]


def last_made(server: LiveServer) -> tuple[int, int, int]:
    """What the newest conversion has made, as the ledger has it."""
    with server.records.read(server.workspace_id) as tx:
        conversion = schema.conversions.c
        newest = sa.select(sa.func.max(conversion.conversion_id))
        found = tx.connection.execute(newest.where(conversion.workspace_id == tx.workspace_id)).scalar_one()
        speech = conversions.get_usage(tx, ConversionId(found), "speech")
        audio = conversions.get_usage(tx, ConversionId(found), "audio")
    return speech.segment_count, speech.character_count, audio.segment_count


def content_of(client: ElevenLabs, project_id: str, index: int = 0) -> tuple[str, list[dict[str, Any]]]:
    """A chapter's id and its blocks, as they can be sent back."""
    chapter_id = client.studio.projects.chapters.list(project_id).chapters[index].chapter_id
    content = client.studio.projects.chapters.get(project_id, chapter_id).content
    assert content is not None
    return chapter_id, [
        {
            "block_id": block.block_id,
            "sub_type": block.sub_type,
            "nodes": [{"type": "tts_node", "voice_id": n.voice_id, "text": n.text} for n in block.nodes],
        }
        for block in content.blocks
    ]


def test_a_plan_from_the_beginning_to_the_end(client: ElevenLabs, http: httpx.Client) -> None:
    """Everything is new; then nothing is left; an edit is one node of one block, with its characters."""
    project_id = make_project(client)
    first = plan(http, project_id)
    assert reasons(first) == [["new"]] * 4
    assert (first["segments_to_speak"], first["blocks_to_speak"], first["is_up_to_date"]) == (5, 4, False)
    assert (first["existing_audio_secs"], first["coming_audio_secs"]) == (0.0, None)

    snapshot_id = convert_and_wait(client, project_id)
    shown = plan(http, project_id)
    assert (counts(shown), reasons(shown), shown["is_up_to_date"]) == ((0, 0, 0), [], True)
    length = client.studio.projects.snapshots.get(project_id, snapshot_id).audio_duration_secs
    assert shown["existing_audio_secs"] == pytest.approx(length, abs=0.1)
    assert shown["coming_audio_secs"] == 0.0

    chapter_id, blocks = content_of(client, project_id)
    blocks[1]["nodes"][1]["text"] = "Somebody stood on the quay."
    client.studio.projects.chapters.update(project_id, chapter_id, content={"blocks": blocks})
    shown = plan(http, project_id)
    assert [chapter["is_up_to_date"] for chapter in shown["chapters"]] == [False, True]
    (block,) = shown["chapters"][0]["blocks"]
    made = dict(zip(COUNTS, (1, 27, 1), strict=True))
    assert block == {
        "block_id": blocks[1]["block_id"],
        "locked": False,
        "is_stale": True,
        "reasons": ["text"],
        "nodes": [{"node_index": 1, "reasons": ["text"], **made}],
        **made,
    }
    assert plan(http, project_id, chapter_id)["chapters"] == shown["chapters"][:1]
    assert shown["coming_audio_secs"] == pytest.approx(27 * 0.06, abs=0.2)


ADDED = {"sub_type": "p", "nodes": [{"type": "tts_node", "voice_id": "tone_low", "text": "Rain."}]}


@pytest.fixture
def edited(client: ElevenLabs, http: httpx.Client, server: LiveServer) -> "Editor":
    """A converted project."""
    return Editor(client, http, server, narrated(client)[0])


class Editor:
    """Edits a project as clients do, and tells what the conversion after that has made."""

    def __init__(self, client: ElevenLabs, http: httpx.Client, server: LiveServer, project_id: str) -> None:
        self.client, self.http, self.server, self.project_id = client, http, server, project_id

    def update(self, **fields: Any) -> None:
        voices = {"default_title_voice_id": "tone_low", "default_paragraph_voice_id": "tone_low"}
        body = {"name": "Tides", **voices, **fields}
        self.http.post(f"/v1/studio/projects/{self.project_id}", json=body).raise_for_status()

    def set_blocks(self, index: int, blocks: list[dict[str, Any]], name: str | None = None) -> None:
        chapter_id, _ = content_of(self.client, self.project_id, index)
        body: dict[str, Any] = {"content": {"blocks": blocks}} | ({} if name is None else {"name": name})
        path = f"/v1/studio/projects/{self.project_id}/chapters/{chapter_id}"
        self.http.post(path, json=body).raise_for_status()

    def blocks(self, index: int) -> list[dict[str, Any]]:
        return content_of(self.client, self.project_id, index)[1]

    def say(self, text: str) -> None:
        blocks = self.blocks(1)
        blocks[0]["nodes"][0]["text"] = text
        self.set_blocks(1, blocks)

    def set_content(self, content: object, **fields: str) -> None:
        form = {"from_content_json": httpx.Response(200, json=content).text, **fields}
        self.http.post(f"/v1/studio/projects/{self.project_id}/content", data=form).raise_for_status()

    def attach(self, *rules: tuple[str, str]) -> None:
        sent = [
            {"type": "alias", "string_to_replace": old, "alias": new, "case_sensitive": True}
            for old, new in rules
        ]
        made = self.http.post(
            "/v1/pronunciation-dictionaries/add-from-rules", json={"name": "Words", "rules": sent}
        ).raise_for_status()
        locator = {"pronunciation_dictionary_id": made.json()["id"], "version_id": made.json()["version_id"]}
        path = f"/v1/studio/projects/{self.project_id}/pronunciation-dictionaries"
        self.http.post(path, json={"pronunciation_dictionary_locators": [locator]}).raise_for_status()

    def convert(self) -> tuple[int, int, int]:
        """What a conversion has made, which its plan has said before."""
        shown = counts(plan(self.http, self.project_id))
        convert_and_wait(self.client, self.project_id)
        made = last_made(self.server)
        assert made == shown
        return made


def test_exactly_what_is_affected_is_made(edited: Editor) -> None:
    """Edit after edit: what was spoken, its characters, and what was encoded. Each costs what it must."""
    cost: dict[str, tuple[int, int, int]] = {}

    def note(name: str) -> None:
        cost[name] = edited.convert()

    note("nothing")
    edited.say("They ran.")
    note("a text")
    edited.say("They climbed.")
    note("an earlier text")
    edited.set_blocks(1, edited.blocks(1)[::-1])
    note("blocks in another order")
    edited.set_blocks(1, [*edited.blocks(1), ADDED])
    note("a paragraph more")
    edited.set_blocks(1, edited.blocks(1)[:-1], name="The Summit")
    note("a paragraph less, and another name")
    edited.set_content(HARBOUR[::-1])
    note("chapters in another order")
    edited.update(name="Ebb", title="Ebb", author="Ida Strand", isbn_number="978-0")
    note("metadata")
    edited.attach(("quay", "key"), ("nowhere", "now here"))
    note("a rule that fits once")
    edited.update(volume_normalization=True)
    note("normalized volume")
    edited.update(volume_normalization=False)
    note("as loud as before")
    edited.update(default_title_voice_id="tone_high")
    note("a voice that reads nothing")

    assert cost == {
        "nothing": (0, 0, 0),
        "a text": (1, 9, 1),
        "an earlier text": (0, 0, 0),
        "blocks in another order": (0, 0, 0),
        "a paragraph more": (1, 5, 1),
        "a paragraph less, and another name": (0, 0, 0),
        "chapters in another order": (0, 0, 0),
        "metadata": (0, 0, 0),
        "a rule that fits once": (1, 24, 1),
        "normalized volume": (0, 0, 5),
        "as loud as before": (0, 0, 0),
        "a voice that reads nothing": (0, 0, 0),
    }


def test_another_quality_is_encoded_and_never_spoken(client: ElevenLabs, server: LiveServer) -> None:
    """Two projects of the same text: the second has nothing to speak, only its pauses and its speech to encode."""
    narrated(client)
    narrated(client, quality_preset="high")
    assert last_made(server)[:2] == (0, 0)
    assert last_made(server)[2] > 5
    narrated(client, quality_preset="standard")
    assert last_made(server) == (0, 0, 0)


def test_a_voice_of_its_own_is_the_reason_of_its_node(edited: Editor) -> None:
    """A node that another voice reads is spoken by that, and back again costs nothing."""
    blocks = edited.blocks(1)
    blocks[1]["nodes"][0]["voice_id"] = "tone_high"
    edited.set_blocks(1, blocks)
    assert reasons(plan(edited.http, edited.project_id)) == [["voice"]]
    assert edited.convert() == (1, 32, 1)
    blocks[1]["nodes"][0]["voice_id"] = "tone_low"
    edited.set_blocks(1, blocks)
    assert edited.convert() == (0, 0, 0)


def with_version(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """From now on the engine calls itself a newer one."""
    traits = replace(ToneEngine().traits, version=version)

    def newer(_engine: ToneEngine) -> EngineTraits:
        return traits

    monkeypatch.setattr(ToneEngine, "traits", property(newer))


def test_a_refresh_speaks_what_an_older_version_has(edited: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    """First of one block, then of one chapter, then of the rest; it is answered with what there is to be made."""
    with_version(monkeypatch, "2")
    shown = plan(edited.http, edited.project_id)
    assert (reasons(shown), counts(shown)) == ([["engine_upgraded"]] * 4, (0, 0, 0))
    assert shown["is_up_to_date"]
    assert edited.convert() == (0, 0, 0)

    hill, blocks = content_of(edited.client, edited.project_id, 1)
    harbour, _ = content_of(edited.client, edited.project_id, 0)
    path = f"{ROOT}/{edited.project_id}/refresh"
    for body, made in (
        ({"block_ids": [blocks[0]["block_id"]]}, (1, 13, 1)),
        ({"chapter_ids": [hill], "block_ids": None}, (1, 32, 1)),
        ({"chapter_ids": [harbour]}, (3, 61, 3)),
        (None, (0, 0, 0)),
    ):
        answer = edited.http.post(path, json=body).raise_for_status().json()
        assert answer == {"status": "ok"} | dict(zip(COUNTS, made, strict=True))
        wait_for(edited.client, edited.project_id)
        assert last_made(edited.server) == made
    assert reasons(plan(edited.http, edited.project_id)) == []
    assert edited.http.post(path).status_code == 200


def test_a_refresh_that_names_nothing_is_refused(edited: Editor) -> None:
    """Empty lists don't mean everything, and a muted chapter isn't converted with its project."""
    path = f"{ROOT}/{edited.project_id}/refresh"
    assert error_of(edited.http.post(path, json={"chapter_ids": []})) == (400, "invalid_parameters")
    hill, blocks = content_of(edited.client, edited.project_id, 1)
    muted = f"{ROOT}/{edited.project_id}/chapters/{hill}/muted"
    edited.http.put(muted, json={"muted": True}).raise_for_status()
    for body in ({"chapter_ids": [hill]}, {"block_ids": [blocks[0]["block_id"]]}):
        refused = edited.http.post(path, json=body)
        assert error_of(refused) == (400, "invalid_parameters")
        assert "muted" in refused.json()["detail"]["message"]


def test_a_dictionary_is_previewed_before_it_is_attached(edited: Editor) -> None:
    """In place of the project's own, in a version or the latest; an empty id is none."""
    edited.attach(("boat", "ship"))
    edited.convert()
    rule = {"type": "alias", "string_to_replace": "quay", "alias": "key", "case_sensitive": True}
    words = edited.http.post(
        "/v1/pronunciation-dictionaries/add-from-rules", json={"name": "Words", "rules": [rule]}
    ).json()
    more = edited.http.post(
        f"/v1/pronunciation-dictionaries/{words['id']}/add-rules",
        json={"rules": [rule | {"string_to_replace": "climbed", "alias": "went up"}]},
    ).json()
    ids = {"pronunciation_dictionary_id": words["id"]}
    before = plan(edited.http, edited.project_id)

    latest = plan(edited.http, edited.project_id, **ids)
    assert plan(edited.http, edited.project_id, **ids, version_id=more["version_id"]) == latest
    assert plan(edited.http, edited.project_id, **ids, version_id="") == latest
    first = plan(edited.http, edited.project_id, **ids, version_id=words["version_id"])
    none = plan(edited.http, edited.project_id, pronunciation_dictionary_id="")
    # Two sentences with boats are as they are written again, and were spoken so before.
    assert [(len(reasons(shown)), shown["segments_to_speak"]) for shown in (latest, first, none)] == [
        (3, 2),
        (2, 1),
        (2, 0),
    ]
    assert {*map(tuple, reasons(latest))} == {("dictionary",)}
    assert plan(edited.http, edited.project_id) == before


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"pronunciation_dictionary_id": "none"}, (404, "pronunciation_dictionary_not_found")),
        ({"version_id": "none"}, (400, "invalid_parameters")),
    ],
)
def test_unknown_dictionaries_are_not_found(
    client: ElevenLabs, http: httpx.Client, query: dict[str, str], expected: tuple[int, str]
) -> None:
    """And a version of none is refused."""
    project_id = make_project(client)
    assert error_of(http.get(f"{ROOT}/{project_id}/plan", params=query)) == expected


def test_foreign_and_absent_ids_are_not_found(
    client: ElevenLabs, other_client: ElevenLabs, http: httpx.Client, anonymous: httpx.Client
) -> None:
    """Each in the same words, whether somebody else has it or nobody; without a key nothing is said."""
    project_id, foreign_id = make_project(client), make_project(other_client)
    own_chapter = content_of(client, project_id)[0]
    foreign_chapter, foreign_blocks = content_of(other_client, foreign_id)
    for absent in (foreign_id, "none"):
        assert error_of(http.get(f"{ROOT}/{absent}/plan")) == (404, "project_not_found")
        assert error_of(http.get(f"{ROOT}/{absent}/chapters/{own_chapter}/plan")) == (
            404,
            "project_not_found",
        )
        assert error_of(http.post(f"{ROOT}/{absent}/refresh")) == (404, "project_not_found")
    for absent in (foreign_chapter, "none"):
        path = f"{ROOT}/{project_id}/chapters/{absent}/plan"
        assert error_of(http.get(path)) == (404, "chapter_not_found")
        refused = http.post(f"{ROOT}/{project_id}/refresh", json={"chapter_ids": [absent]})
        assert error_of(refused) == (404, "chapter_not_found")
    for absent in (foreign_blocks[0]["block_id"], "none"):
        refused = http.post(f"{ROOT}/{project_id}/refresh", json={"block_ids": [absent]})
        assert error_of(refused) == (404, "block_not_found")
    assert anonymous.get(f"{ROOT}/{project_id}/plan").status_code == 401
