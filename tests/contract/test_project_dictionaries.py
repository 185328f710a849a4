"""The pronunciation dictionaries of a project: attached when it is made or later, told of, and heard."""

import json
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs, PronunciationDictionaryVersionLocator

from .journeys import convert_and_wait, error_of, make_project

PATH = "/v1/pronunciation-dictionaries"
PROJECTS = "/v1/studio/projects"
ABSENT = "0MqR6cJ2nXw5b8TzK3vA"
TEXTS = ("The Thames was high.", "It rained.", "We left the quay.")
CONTENT = [
    {
        "name": name,
        "blocks": [{"sub_type": "p", "nodes": [{"type": "tts_node", "text": text}]} for text in texts],
    }
    for name, texts in (("Rivers", TEXTS), ("Seas", ("The sea was flat.",)))
]


def make(http: httpx.Client, **aliases: str) -> dict[str, Any]:
    """A dictionary that says one thing for another."""
    rules = [{"type": "alias", "string_to_replace": word, "alias": aliases[word]} for word in aliases]
    made: dict[str, Any] = http.post(f"{PATH}/add-from-rules", json={"name": "Words", "rules": rules}).json()
    return made


def attach(http: httpx.Client, project_id: str, *locators: Any, **fields: Any) -> httpx.Response:
    """Give a project its dictionaries."""
    body = {"pronunciation_dictionary_locators": list(locators), **fields}
    return http.post(f"{PROJECTS}/{project_id}/pronunciation-dictionaries", json=body)


def locator(made: dict[str, Any], version_id: str | None = None) -> dict[str, Any]:
    return {"pronunciation_dictionary_id": made["id"], "version_id": version_id}


def unconverted(http: httpx.Client, project_id: str) -> list[int]:
    """How many paragraphs of each chapter are to be converted again."""
    chapters = http.get(f"{PROJECTS}/{project_id}/chapters").raise_for_status().json()["chapters"]
    return [chapter["statistics"]["paragraphs_unconverted"] for chapter in chapters]


def sound_of(http: httpx.Client, project_id: str) -> list[float]:
    """When each character of the newest snapshot ends."""
    path = f"{PROJECTS}/{project_id}/snapshots"
    snapshot_id = http.get(path).json()["snapshots"][0]["project_snapshot_id"]
    alignments = http.get(f"{path}/{snapshot_id}").json()["character_alignments"]
    characters = "".join(character for a in alignments for character in a["characters"])
    assert all(text in characters for text in TEXTS)
    return [end for a in alignments for end in a["character_end_times_seconds"]]


def test_what_a_rule_touches_is_converted_again(client: ElevenLabs, http: httpx.Client) -> None:
    """Those paragraphs and no others; then the alias is heard, and the alignment has the original's characters."""
    project_id = make_project(client, CONTENT)
    convert_and_wait(client, project_id)
    before = sound_of(http, project_id)
    made = make(http, Thames="Tems", quay="key", nowhere="x")

    answer = client.studio.projects.pronunciation_dictionaries.create(
        project_id,
        pronunciation_dictionary_locators=[
            PronunciationDictionaryVersionLocator(pronunciation_dictionary_id=made["id"])
        ],
    )

    assert answer.status == "ok"
    assert unconverted(http, project_id) == [2, 0]
    convert_and_wait(client, project_id)
    assert unconverted(http, project_id) == [0, 0]
    after = sound_of(http, project_id)
    assert len(after) == len(before)
    assert after[-1] < before[-1]
    assert attach(http, project_id).json() == {"status": "ok"}
    assert unconverted(http, project_id) == [2, 0]
    convert_and_wait(client, project_id)
    assert sound_of(http, project_id) == before


def test_what_was_converted_may_stand(client: ElevenLabs, http: httpx.Client) -> None:
    """Without invalidation nothing is to be converted again, and nothing sounds otherwise."""
    project_id = make_project(client, CONTENT)
    convert_and_wait(client, project_id)
    before = sound_of(http, project_id)
    made = make(http, Thames="Tems")

    assert attach(http, project_id, locator(made), invalidate_affected_text=False).status_code == 200

    assert unconverted(http, project_id) == [0, 0]
    convert_and_wait(client, project_id)
    assert sound_of(http, project_id) == before


def test_the_latest_version_is_followed(client: ElevenLabs, http: httpx.Client) -> None:
    """By a locator without a version; one with a version stays with that, also when the dictionary is archived."""
    made = make(http, Thames="Tems")
    following, staying = make_project(client, CONTENT), make_project(client, CONTENT)
    attach(http, following, locator(made)).raise_for_status()
    attach(http, staying, locator(made, made["version_id"])).raise_for_status()
    for project_id in (following, staying):
        convert_and_wait(client, project_id)

    rules = [{"type": "alias", "string_to_replace": "sea", "alias": "see"}]
    http.post(f"{PATH}/{made['id']}/add-rules", json={"rules": rules}).raise_for_status()
    http.patch(f"{PATH}/{made['id']}", json={"archived": True}).raise_for_status()

    assert unconverted(http, following) == [0, 1]
    assert unconverted(http, staying) == [0, 0]
    convert_and_wait(client, following)
    assert unconverted(http, following) == [0, 0]


def test_a_project_tells_what_it_has(client: ElevenLabs, http: httpx.Client) -> None:
    """Its locators as they were sent, and the versions that they stand for now; a later list replaces the earlier."""
    first, second = make(http, Thames="Tems"), make(http, sea="see", quay="key")
    project_id = make_project(client, CONTENT)
    attach(http, project_id, locator(second)).raise_for_status()
    # The contract's schema has objects, and its example objects as JSON.
    attach(
        http, project_id, locator(first), json.dumps(locator(second, second["version_id"]))
    ).raise_for_status()

    project = http.get(f"{PROJECTS}/{project_id}").json()

    assert project["pronunciation_dictionary_locators"] == [
        locator(first),
        locator(second, second["version_id"]),
    ]
    told = [(v["version_id"], v["version_rules_num"]) for v in project["pronunciation_dictionary_versions"]]
    assert told == [(first["version_id"], 1), (second["version_id"], 2)]


def test_a_project_made_with_dictionaries(client: ElevenLabs, http: httpx.Client) -> None:
    """Each locator is a field of the form; the project is spoken with them from the first."""
    made = make(http, Thames="Tems", quay="key", sea="see")
    plain = make_project(client, CONTENT)
    project_id = make_project(client, CONTENT, pronunciation_dictionary_locators=[json.dumps(locator(made))])

    for each in (plain, project_id):
        convert_and_wait(client, each)

    assert sound_of(http, project_id)[-1] < sound_of(http, plain)[-1]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"pronunciation_dictionary_locators": None}, 422),
        ({"pronunciation_dictionary_locators": [{}]}, 422),
        ({"pronunciation_dictionary_locators": ["no JSON"]}, 422),
        ({"pronunciation_dictionary_locators": [7]}, 422),
        ({"pronunciation_dictionary_locators": ["[" * 10_000]}, 422),
        ({"pronunciation_dictionary_locators": [{"pronunciation_dictionary_id": ABSENT}] * 21}, 400),
        ({"pronunciation_dictionary_locators": [{"pronunciation_dictionary_id": ABSENT}]}, 404),
    ],
)
def test_what_is_refused(client: ElevenLabs, http: httpx.Client, body: dict[str, Any], status: int) -> None:
    """What isn't a list of locators, too many, and a dictionary that isn't there; the project stays as it was."""
    project_id = make_project(client, CONTENT)
    path = f"{PROJECTS}/{project_id}/pronunciation-dictionaries"
    assert http.post(path, json=body).status_code == status
    assert http.get(f"{PROJECTS}/{project_id}").json()["pronunciation_dictionary_locators"] == []


def test_what_is_not_there(client: ElevenLabs, http: httpx.Client, other_http: httpx.Client) -> None:
    """An unknown project and another workspace's are the same 404, and so are its dictionaries."""
    project_id = make_project(client, CONTENT)
    mine, foreign = make(http, Thames="Tems"), make(other_http, Thames="Tems")

    assert error_of(attach(http, ABSENT)) == (404, "project_not_found")
    assert error_of(attach(other_http, project_id, locator(foreign))) == (404, "project_not_found")
    for wrong in (locator(foreign), locator(mine, foreign["version_id"])):
        answer = attach(http, project_id, locator(mine), wrong)
        assert error_of(answer) == (404, "pronunciation_dictionary_not_found")
    http.patch(f"{PATH}/{mine['id']}", json={"archived": True}).raise_for_status()
    assert error_of(attach(http, project_id, locator(mine)))[0] == 404
    assert http.get(f"{PROJECTS}/{project_id}").json()["pronunciation_dictionary_locators"] == []
