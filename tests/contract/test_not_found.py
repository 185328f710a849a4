"""What isn't there: one status, one code and one slug for each kind of thing, on every route that names one."""

import re

import httpx
import pytest
from elevenlabs import ElevenLabs

from .asking import get_anew
from .journeys import make_project
from .running import LiveServer

ABSENT = "00VbZyuGk6Zmbi0vr9OQ"
PROJECT = "/v1/studio/projects/{project_id}"
CHAPTER = f"{PROJECT}/chapters/{{chapter_id}}"
DICTIONARY = "/v1/pronunciation-dictionaries/{pronunciation_dictionary_id}"

SLUGS = {
    "project_id": ("project_not_found", "project_not_found"),
    "chapter_id": ("chapter_not_found", "chapter_not_found"),
    "project_snapshot_id": ("snapshot_not_found", "snapshot_not_found"),
    "chapter_snapshot_id": ("snapshot_not_found", "snapshot_not_found"),
    # The older name of this error, which clients of years look for.
    "history_item_id": ("history_item_not_found", "invalid_id"),
    "voice_id": ("voice_not_found", "voice_not_found"),
    "pronunciation_dictionary_id": ("pronunciation_dictionary_not_found",) * 2,
    "dictionary_id": ("pronunciation_dictionary_not_found",) * 2,
    "webhook_id": ("webhook_not_found", "webhook_not_found"),
    "user_id": ("user_not_found", "user_not_found"),
    "key_id": ("api_key_not_found", "api_key_not_found"),
    "session_id": ("session_not_found", "session_not_found"),
    "character_id": ("character_not_found", "character_not_found"),
    "node_id": ("quotation_not_found", "quotation_not_found"),
}
"""(code, slug) by the parameter whose thing isn't there."""

BODIES = {
    f"POST {PROJECT}": {"name": "A", "default_title_voice_id": "a", "default_paragraph_voice_id": "a"},
    f"POST {PROJECT}/pronunciation-dictionaries": {"pronunciation_dictionary_locators": []},
    f"POST {PROJECT}/chapters": {"name": "A"},
    f"POST {CHAPTER}": {"name": "A"},
    f"POST {DICTIONARY}/set-rules": {"rules": []},
    f"POST {DICTIONARY}/add-rules": {"rules": []},
    f"POST {DICTIONARY}/remove-rules": {"rule_strings": []},
    f"PATCH {DICTIONARY}": {"name": "A"},
    "PATCH /v1/workspace/webhooks/{webhook_id}": {"is_disabled": True, "name": "A"},
    "PUT /rhapsode" + CHAPTER + "/muted": {"muted": True},
    "PATCH /rhapsode" + CHAPTER + "/content": {
        "edits": [{"op": "move", "block_id": "A", "after_block_id": None}]
    },
    "PUT /rhapsode" + PROJECT + "/chapters/order": {"chapter_ids": []},
    "PATCH /rhapsode" + PROJECT + "/cast/quotations/{node_id}": {"character_id": None},
}
SPOKEN = {"text": "Hello."}


def operations(server: LiveServer) -> list[tuple[str, str]]:
    """(method, path) of every route that names something of the workspace; links name it to nobody (test_feed)."""
    paths = get_anew(f"{server.url}/openapi.json").json()["paths"]
    named = {path: methods for path, methods in paths.items() if "{" in path and "{token}" not in path}
    return [(method.upper(), path) for path, methods in named.items() for method in methods]


def ask(http: httpx.Client, method: str, template: str, path: str) -> httpx.Response:
    """A request that nothing is wrong with but its ids."""
    if template.endswith("/voices/{voice_id}/edit"):
        return http.request(method, path, files={"name": (None, "A")})
    if template.startswith("/v1/audio-native/") and method == "POST":
        return http.request(method, path, files={"file": ("a.txt", b"Hello.")})
    if template.endswith("/live-timeline"):
        return http.request(method, path, params={"from_block_id": "absent"})
    if template.endswith("/export"):
        return http.request(method, path, params={"format": "m4b"})
    body = SPOKEN if "text-to-speech" in template else BODIES.get(f"{method} {template}", {})
    return http.request(method, path, json=body if method in ("POST", "PATCH", "PUT") else None)


@pytest.fixture
def known(client: ElevenLabs) -> dict[str, str]:
    """Ids of things that are there, for routes that name two."""
    project_id = make_project(client)
    (chapter, _) = client.studio.projects.chapters.list(project_id).chapters
    return {"project_id": project_id, "chapter_id": chapter.chapter_id, "kind": "feed"}


def test_every_absent_thing_is_told_in_the_same_way(
    server: LiveServer, http: httpx.Client, known: dict[str, str]
) -> None:
    """404 with the code of the thing, in a sentence, whatever is asked of it; also inside of what is there."""
    listed = operations(server)
    assert len(listed) > 40
    for method, template in listed:
        names = re.findall(r"\{(\w+)\}", template)
        for missing in names:
            if missing not in SLUGS:
                continue  # a version of a dictionary that isn't there either
            ids = {name: known.get(name, ABSENT) for name in names} | {missing: ABSENT}
            response = ask(http, method, template, template.format(**ids))

            assert response.status_code == 404, (method, template, missing, response.text)
            detail = response.json()["detail"]
            assert (detail["code"], detail["status"]) == SLUGS[missing], (method, template, missing)
            assert detail["type"] == "not_found"
            assert re.fullmatch(r"[A-Z].*[.?]", detail["message"], re.DOTALL), detail["message"]


def test_the_sentence_on_history_is_the_original_s(http: httpx.Client) -> None:
    """Programs compare it."""
    response = http.get(f"/v1/history/{ABSENT}")

    expected = f"A history item with ID '{ABSENT}' was not found on the server."
    assert response.json()["detail"]["message"] == expected
