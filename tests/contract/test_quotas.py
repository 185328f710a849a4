"""How much a key may have spoken, and what it has."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError

from rhapsode.access.keys import create_api_key, list_used_keys
from rhapsode.storage.api_keys import KeyTerms
from rhapsode.storage.conversions import list_unfinished_conversions
from rhapsode.studio.ids import ApiKeyId, ProjectId

from .asking import raw_http
from .journeys import HARBOUR, convert_and_wait, error_of, make_project, wait_for
from .running import LiveServer
from .speaking import speak

LIMIT = 100
TEXT = "Twelve chars"
CHAPTERS: Any = HARBOUR
HARBOUR_CHARACTERS = sum(
    len(node["text"]) for chapter in CHAPTERS for block in chapter["blocks"] for node in block["nodes"]
)


class Keyed:
    """Clients with a key of a workspace that has a limit."""

    def __init__(self, server: LiveServer, character_limit: int) -> None:
        new = create_api_key(
            server.records,
            server.workspace_id,
            name="limited",
            terms=KeyTerms(character_limit=character_limit),
        )
        self.key_id: ApiKeyId = new.api_key.key_id
        self.http = raw_http(server.url, new.secret)
        self.sdk = ElevenLabs(base_url=server.url, api_key=new.secret, httpx_client=self.http)
        self._server = server

    @property
    def used(self) -> int:
        """Characters of this month."""
        keys = list_used_keys(self._server.records, self._server.workspace_id)
        return next(key.character_count for key in keys if key.api_key.key_id == self.key_id)


@pytest.fixture
def limited(server: LiveServer) -> Iterator[Keyed]:
    keyed = Keyed(server, LIMIT)
    yield keyed
    keyed.http.close()


def test_a_text_that_is_too_much_is_refused_in_the_words_of_the_original(limited: Keyed) -> None:
    """401 with its slug, which clients look for; nothing of it is spoken or counted."""
    speak(limited.http, "x" * 90)

    with pytest.raises(ApiError) as refused:
        b"".join(limited.sdk.text_to_speech.convert("tone_low", text=TEXT))

    assert refused.value.status_code == 401
    detail = refused.value.body["detail"]
    assert detail["code"] == detail["status"] == "quota_exceeded"
    assert detail["message"] == (
        "This request exceeds your quota of 100. You have 10 characters remaining, "
        "while 12 characters are required for this request."
    )
    assert limited.used == 90
    assert len(limited.http.get("/v1/history").json()["history"]) == 1


def test_the_last_character_may_be_used(limited: Keyed) -> None:
    """And none after it."""
    speak(limited.http, "x" * LIMIT)

    assert error_of(limited.http.post("/v1/text-to-speech/tone_low", json={"text": "y"}))[0] == 401
    assert limited.used == LIMIT


def test_every_way_to_have_a_text_spoken_is_counted(limited: Keyed) -> None:
    """Streams, timestamps, dialogues, and what is kept nowhere; each as its header says."""
    for path in ("", "/stream", "/with-timestamps", "/stream/with-timestamps", "?enable_logging=false"):
        response = limited.http.post(f"/v1/text-to-speech/tone_low{path}", json={"text": TEXT})
        assert response.headers["character-cost"] == str(len(TEXT)), path
    lines = [{"text": "Who?", "voice_id": "tone_low"}, {"text": "Me.", "voice_id": "tone_high"}]
    limited.http.post("/v1/text-to-dialogue", json={"inputs": lines})

    assert limited.used == 5 * len(TEXT) + 7


def test_what_fails_costs_nothing(limited: Keyed) -> None:
    """Whatever is wrong with it."""
    path = "/v1/text-to-speech/tone_low"
    for body in ({"text": " "}, {"text": "x" * 50_000}, {"text": TEXT, "model_id": "none"}):
        assert limited.http.post(path, json=body).status_code >= 400
    assert limited.http.post("/v1/text-to-speech/nobody", json={"text": TEXT}).status_code == 404

    assert limited.used == 0


def test_fifty_requests_at_once_have_no_character_twice(server: LiveServer) -> None:
    """As many are spoken as fit, and every other is refused."""
    keyed = Keyed(server, 20 * len(TEXT) + 5)

    def ask(number: int) -> int:
        body = {"text": TEXT[:-2] + f"{number:02}"}
        return keyed.http.post("/v1/text-to-speech/tone_low", json=body).status_code

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(ask, range(50)))

    assert (answers.count(200), answers.count(401)) == (20, 30)
    assert keyed.used == 20 * len(TEXT)
    keyed.http.close()


def test_a_key_without_a_limit_is_counted_and_never_refused(server: LiveServer, http: httpx.Client) -> None:
    """By itself; another key of the workspace has its own count."""
    keyed = Keyed(server, LIMIT)
    speak(http, "x" * 300)
    speak(keyed.http, TEXT)

    used = {
        key.api_key.name: key.character_count for key in list_used_keys(server.records, server.workspace_id)
    }
    assert used == {"tests": 300, "limited": len(TEXT)}
    keyed.http.close()


def test_the_subscription_is_that_of_a_limited_key(limited: Keyed, http: httpx.Client) -> None:
    """Clients compute from it what they may still use; with another key it is the workspace's."""
    speak(limited.http, TEXT)

    subscription = limited.sdk.user.subscription.get()
    assert (subscription.character_count, subscription.character_limit) == (len(TEXT), LIMIT)
    assert limited.sdk.user.get().subscription.character_limit == LIMIT
    begins = datetime.fromtimestamp(subscription.next_character_count_reset_unix or 0, UTC)
    assert (begins.day, begins.hour, begins.minute) == (1, 0, 0)
    assert http.get("/v1/user/subscription").json()["character_limit"] > 10**8


def test_a_month_is_forgotten_with_the_next(server: LiveServer, limited: Keyed) -> None:
    """What was used before is in a row of its own."""
    import sqlalchemy as sa

    speak(limited.http, "x" * LIMIT)
    with server.records.write(server.workspace_id) as tx:
        tx.connection.execute(sa.text("UPDATE key_usage SET month = '2026-01'"))

    speak(limited.http, TEXT)

    assert limited.used == len(TEXT)


# Conversions


def test_a_conversion_costs_what_has_to_be_spoken(server: LiveServer) -> None:
    """All of it the first time, nothing when nothing has changed, and then only what is new."""
    keyed = Keyed(server, 10_000)
    project_id = make_project(keyed.sdk)
    convert_and_wait(keyed.sdk, project_id)
    assert keyed.used == HARBOUR_CHARACTERS

    convert_and_wait(keyed.sdk, project_id)
    assert keyed.used == HARBOUR_CHARACTERS

    chapter_id = keyed.sdk.studio.projects.chapters.list(project_id).chapters[1].chapter_id
    node = {"type": "tts_node", "voice_id": "tone_low", "text": "New words."}
    content = {"blocks": [{"nodes": [node]}]}
    path = f"/v1/studio/projects/{project_id}/chapters/{chapter_id}"
    keyed.http.post(path, json={"content": content})
    keyed.sdk.studio.projects.chapters.convert(project_id, chapter_id)
    wait_for(keyed.sdk, project_id)
    assert keyed.used == HARBOUR_CHARACTERS + len("New words.")
    keyed.http.close()


def test_a_conversion_that_is_too_much_is_not_asked_for(server: LiveServer, limited: Keyed) -> None:
    """Of the project or of a chapter: nothing waits, nothing is counted, and the project is as it was."""
    project_id = make_project(limited.sdk, [{**CHAPTERS[0], "blocks": CHAPTERS[0]["blocks"] * 3}])
    (chapter,) = limited.sdk.studio.projects.chapters.list(project_id).chapters
    path = f"/v1/studio/projects/{project_id}"
    speak(limited.http, "x" * 50)

    for wanted in (f"{path}/convert", f"{path}/chapters/{chapter.chapter_id}/convert"):
        assert error_of(limited.http.post(wanted)) == (401, "quota_exceeded")

    assert limited.used == 50
    with server.records.read(server.workspace_id) as tx:
        assert list_unfinished_conversions(tx) == []
    assert limited.sdk.studio.projects.get(project_id).state == "default"


def test_a_project_that_can_not_be_converted_at_once_is_not_made(limited: Keyed) -> None:
    """As with every other reason why it can't; a form is never answered with what makes an SDK send it again."""
    content = json.dumps([{"name": "Long", "blocks": CHAPTERS[0]["blocks"] * 9}])
    fields = {
        "name": "Long",
        "from_content_json": content.replace("quay", "long quay"),
        "default_paragraph_voice_id": "tone_low",
        "auto_convert": "true",
    }
    speak(limited.http, "x" * 60)

    response = limited.http.post("/v1/studio/projects", files={k: (None, v) for k, v in fields.items()})

    assert error_of(response) == (401, "quota_exceeded")
    assert limited.http.get("/v1/studio/projects").json() == {"projects": []}
    assert limited.used == 60


def test_what_a_cancelled_conversion_has_not_spoken_is_given_back(server: LiveServer) -> None:
    """The project is deleted while it waits for its turn."""
    keyed = Keyed(server, 10_000)
    long = [{"name": "Long", "blocks": CHAPTERS[0]["blocks"][:1]}]
    project_id = make_project(keyed.sdk, long)
    requested = server.services.rendering.request_conversion(
        server.workspace_id, ProjectId(project_id), paid_by=keyed.key_id
    )
    assert keyed.used == len("The Harbour")

    server.services.rendering.cancel_conversion(server.workspace_id, requested.conversion_id)

    assert keyed.used == 0
    keyed.http.close()
