"""Podcasts: answered at once, written by a language model or taken from the sources, and spoken."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs, PodcastTextSource, PodcastUrlSource

from rhapsode.authoring.creations import PODCAST
from rhapsode.authoring.podcasts import PodcastOrder, PodcastSource, create_podcast
from rhapsode.authoring.scripts.brief import ScriptBrief
from rhapsode.net.chat import Chat
from rhapsode.storage.creations import find_creation
from rhapsode.studio.ids import ProjectId, VoiceId

from .asking import NO_AUTHORITIES, raw_http
from .chatting import Model, script_of, serving_model
from .journeys import error_of
from .pages import serving_pages
from .running import LiveServer, in_new_workspaces, running_server

PATH = "/v1/studio/podcasts"
TALK = {"type": "conversation", "conversation": {"host_voice_id": "tone_low", "guest_voice_id": "tone_high"}}
NEWS: Any = {"type": "bulletin", "bulletin": {"host_voice_id": "tone_low"}}
TEXT = {"type": "text", "text": "The moon pulls at the sea. It rises twice a day in most harbours."}
SCRIPT = script_of(
    ("host", "Why does the tide turn? " * 30), ("guest", "Because of the moon, far away. " * 30)
)
PAGE = b"<html lang='en-GB'><title>Tides</title><p>The water came back at noon, and the boats with it.</p></html>"
_LIMIT_S = 30


@dataclass(frozen=True)
class Talking:
    """A server with a language model."""

    server: LiveServer
    model: Model


@pytest.fixture(scope="module")
def shared_talking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talking]:
    with serving_model(SCRIPT) as model:
        chat = Chat(model.url, model="m1", key=None, silence_s=4)
        with running_server(tmp_path_factory.mktemp("talking"), chat) as running:
            yield Talking(running, model)


@pytest.fixture
def talking(shared_talking: Talking) -> Iterator[Talking]:
    model = shared_talking.model
    model.asked.clear()
    model.answers, model.status, model.pause_s, model.garbage = [SCRIPT], 200, 0.0, None
    for server in in_new_workspaces(shared_talking.server):
        yield Talking(server, model)


@pytest.fixture
def talker(talking: Talking) -> Iterator[httpx.Client]:
    """Raw HTTP to the server with a language model."""
    key = {"xi-api-key": talking.server.key}
    with httpx.Client(base_url=talking.server.url, headers=key, timeout=60, verify=NO_AUTHORITIES) as http:
        yield http


def order(mode: object = NEWS, source: object = TEXT, **more: object) -> dict[str, Any]:
    return {"model_id": "eleven_multilingual_v2", "mode": mode, "source": source, **more}


def project_of(http: httpx.Client, project_id: str) -> dict[str, Any]:
    found: dict[str, Any] = http.get(f"/v1/studio/projects/{project_id}").json()
    return found


def made(http: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:
    """A project that was ordered, when it is written and spoken, or has failed."""
    answer = http.post(PATH, json=body)
    assert answer.status_code == 200, answer.text
    project = answer.json()["project"]
    assert (project["state"], project["source_type"]) == ("creating", "genfm")
    assert project["creation_meta"]["type"] == "generate_podcast"
    return ended(http, project["project_id"])


def ended(http: httpx.Client, project_id: str) -> dict[str, Any]:
    until_s = time.monotonic() + _LIMIT_S
    while time.monotonic() < until_s:
        project = project_of(http, project_id)
        if project["can_be_downloaded"] or project["creation_meta"]["status"] == "failed":
            return project
        time.sleep(0.02)
    raise TimeoutError(project)


def turns(http: httpx.Client, project: dict[str, Any]) -> list[tuple[str, str]]:
    """(voice, text) of each paragraph."""
    (chapter,) = project["chapters"]
    url = f"/v1/studio/projects/{project['project_id']}/chapters/{chapter['chapter_id']}"
    nodes = [node for block in http.get(url).json()["content"]["blocks"] for node in block["nodes"]]
    return [(node["voice_id"], node["text"]) for node in nodes]


def test_a_conversation(talking: Talking, talker: httpx.Client) -> None:
    """Host and guest say what the model has written, between intro and outro, of a page and a text."""
    with serving_pages({"/tides": ("text/html", PAGE)}) as site:
        sources = [{"type": "url", "url": f"{site.url}/tides"}, TEXT]
        frame = {"intro": "Welcome to the  tides.", "outro": "Thank you for listening!"}
        project = made(talker, order(TALK, sources, quality_preset="high", duration_scale="short", **frame))
    said = turns(talker, project)
    assert [voice for voice, _ in said] == ["tone_low", "tone_low", "tone_high", "tone_low"]
    assert (said[0][1], said[-1][1]) == ("Welcome to the tides.", "Thank you for listening!")
    assert said[1][1].startswith("Why does the tide turn?")
    assert (project["title"], project["chapters"][0]["name"]) == ("Tides", "Tides")
    assert (project["quality_preset"], project["language"]) == ("high", "en")
    assert project["creation_meta"]["status"] == "finished"
    material = talking.model.said_to(0)
    assert "The water came back at noon" in material
    assert "The moon pulls at the sea." in material
    assert talking.model.asked[0]["model"] == "m1"


def test_a_bulletin_without_a_model(client: ElevenLabs, http: httpx.Client) -> None:
    """Is made of the source's own sentences, in its order, through the SDK."""
    text = "Heading\nThe moon pulls at the sea all day long. It rises twice a day in most harbours."
    project = client.studio.create_podcast(
        model_id="eleven_multilingual_v2",
        mode=NEWS,
        source=PodcastTextSource(text=text),
        highlights=["The moon is far away"],
        language="en",
        apply_text_normalization="off",
    ).project
    assert project.name == "Heading The moon pulls at the sea all day long. It rises twi…"
    found = ended(http, project.project_id)
    assert turns(http, found) == [
        ("tone_low", "The moon is far away."),
        ("tone_low", text.partition("\n")[2]),
    ]
    assert found["apply_text_normalization"] == "off"


def test_a_page_that_is_gone_is_told(client: ElevenLabs, http: httpx.Client) -> None:
    """By the project, since its client has its answer already."""
    with serving_pages({}) as site:
        project = client.studio.create_podcast(
            model_id="eleven_multilingual_v2",
            mode=NEWS,
            source=PodcastUrlSource(url=f"{site.url}/gone"),
        ).project
        failed = ended(http, project.project_id)
    assert failed["state"] == "default"
    assert (failed["creation_meta"]["status"], failed["chapters"]) == ("failed", [])
    assert failed["creation_meta"]["error"]


@pytest.mark.parametrize(
    ("answers", "status", "garbage", "pause_s", "sentence"),
    [
        (["Sorry, no."], 200, None, 0.0, "two attempts"),
        ([SCRIPT], 500, b"{}", 0.0, "status 500"),
        ([SCRIPT], 200, b"data: <html>\n\n", 0.0, "something else"),
        ([SCRIPT], 200, None, 5.0, "too long"),
    ],
)
def test_a_model_that_fails_is_told(
    talking: Talking,
    talker: httpx.Client,
    answers: list[str],
    status: int,
    garbage: bytes | None,
    pause_s: float,
    sentence: str,
) -> None:
    """The project says why there is no script."""
    model = talking.model
    model.answers, model.status, model.garbage, model.pause_s = answers, status, garbage, pause_s
    project = made(talker, order(TALK))
    assert project["creation_meta"]["status"] == "failed"
    assert sentence in project["creation_meta"]["error"]
    assert 1 <= len(talking.model.asked) <= 2


def test_a_model_that_stumbles_is_asked_again(talking: Talking, talker: httpx.Client) -> None:
    """Half an answer, and then a whole one behind words and fences."""
    talking.model.answers = [SCRIPT[:60], f"Of course!\n```json\n{SCRIPT}\n```"]
    project = made(talker, order(TALK, duration_scale="short"))
    assert [voice for voice, _ in turns(talker, project)] == ["tone_low", "tone_high"]


def test_a_restart_goes_on(tmp_path: Path) -> None:
    """What was ordered before the server ended is written when it runs again."""
    news = PodcastOrder(
        brief=ScriptBrief("bulletin"),
        sources=(PodcastSource("text", "It rained all night long."),),
        host_voice_id=VoiceId("tone_low"),
        guest_voice_id=None,
        model_id="eleven_multilingual_v2",
    )
    with running_server(tmp_path / "data") as first:
        first.services.creations.stop()
        project_id = create_podcast(first.records, first.studio.blobs, first.workspace_id, news)
    with running_server(tmp_path / "data") as second:
        with second.records.read(second.workspace_id) as tx:
            creation = find_creation(tx, ProjectId(project_id))
        assert creation is not None
        assert creation.kind == PODCAST
        with raw_http(second.url, second.key) as http:
            project = ended(http, project_id)
            assert turns(http, project) == [("tone_low", "It rained all night long.")]


def test_a_conversation_needs_a_model(http: httpx.Client) -> None:
    """Which a sentence says, before anything is made."""
    refused = http.post(PATH, json=order(TALK))
    assert error_of(refused) == (400, "chat_not_configured")
    assert "RHAPSODE_CHAT_URL" in refused.json()["detail"]["message"]
    assert http.get("/v1/studio/projects").json()["projects"] == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (order(model_id="no_such_model"), 400, "model_not_found"),
        (order({"type": "bulletin", "bulletin": {"host_voice_id": "nobody"}}), 404, "voice_not_found"),
        (order(source=[]), 400, "invalid_parameters"),
        (order(source=[TEXT] * 51), 400, "invalid_parameters"),
        (order(source={"type": "text", "text": " \n"}), 400, "invalid_parameters"),
        (order(source={"type": "text", "text": "x" * 500_001}), 400, "text_too_long"),
        (order(source={"type": "url", "url": "http://10.0.0.1/"}), 400, "invalid_url"),
        (order(source={"type": "url", "url": "file:///etc/passwd"}), 400, "invalid_url"),
        (order(callback_url="http://10.0.0.1/"), 400, "invalid_url"),
        (order(intro="\u0007"), 400, "invalid_parameters"),
    ],
)
def test_what_can_not_be_made(http: httpx.Client, body: dict[str, Any], status: int, code: str) -> None:
    """Is refused before anything is."""
    assert error_of(http.post(PATH, json=body)) == (status, code)
    assert http.get("/v1/studio/projects").json()["projects"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        order({"type": "duel"}),
        order({"type": "conversation", "conversation": {"host_voice_id": "tone_low"}}),
        order(source={"type": "text"}),
        order(duration_scale="endless"),
        order(quality_preset="best"),
        order(language="eng"),
        order(intro="x" * 1_501),
        order(outro="x" * 1_501),
        order(instructions_prompt="x" * 3_001),
        order(highlights=["too short"]),
        order(highlights=["x" * 71]),
    ],
)
def test_what_does_not_fit(http: httpx.Client, body: dict[str, Any]) -> None:
    """The contract's limits are kept."""
    assert http.post(PATH, json=body).status_code == 422


def test_a_guest_has_a_voice(talker: httpx.Client) -> None:
    """That is there."""
    mode = {"type": "conversation", "conversation": {"host_voice_id": "tone_low", "guest_voice_id": "nobody"}}
    assert error_of(talker.post(PATH, json=order(mode))) == (404, "voice_not_found")
