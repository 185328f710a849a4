"""How a project's voices read it, which dictionaries it has, and whom it tells."""

import json
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.pronunciation_dictionaries import (
    BodyAddAPronunciationDictionaryV1PronunciationDictionariesAddFromRulesPostRulesItem_Alias as Alias,
)
from tests.factories import need_espeak

from .journeys import HARBOUR, convert_and_wait, make_project

RACHEL = "21m00Tcm4TlvDq8ikWAM"
PROJECTS = "/v1/studio/projects"
LOW = {
    "voice_id": "tone_low",
    "stability": 0.7,
    "similarity_boost": 0.8,
    "style": 0.5,
    "speed": 1.1,
    "use_speaker_boost": False,
}
DEFAULTS = {
    "stability": 0.5,
    "similarity_boost": 0.75,
    "style": 0.0,
    "speed": 1.0,
    "use_speaker_boost": True,
}


def settings_of(client: ElevenLabs, project_id: str) -> dict[str, dict[str, Any]]:
    """What a project says of each of its voices."""
    voices = client.studio.projects.get(project_id).voices
    return {voice.voice_id: {key: getattr(voice, key) for key in DEFAULTS} for voice in voices}


def test_settings_of_voices(client: ElevenLabs) -> None:
    """Each voice reads as the project says, what isn't said is the default, and what is too much is brought back."""
    high = {"voice_id": "tone_high", "speed": 9, "stability": -1, "style": None}
    project_id = make_project(client, voice_settings=[json.dumps(LOW), json.dumps(high)])
    assert settings_of(client, project_id) == {
        "tone_low": {key: LOW[key] for key in DEFAULTS},
        "tone_high": {**DEFAULTS, "speed": 1.2, "stability": 0.0},
    }


@pytest.mark.parametrize("kind", ["repeated", "array", "json", "objects"])
def test_ways_to_send_lists(client: ElevenLabs, http: httpx.Client, kind: str) -> None:
    """The key is repeated, or sent once with an array; JSON bodies may hold objects."""
    settings = [LOW, {"voice_id": "tone_high", "speed": 0.9}]
    texts = [json.dumps(each) for each in settings]
    fields: dict[str, Any] = {
        "name": "Tides",
        "default_title_voice_id": "tone_low",
        "from_content_json": json.dumps(HARBOUR),
    }
    sent: dict[str, Any] = {
        "repeated": {"data": {**fields, "voice_settings": texts}},
        "array": {
            "files": {k: (None, v) for k, v in {**fields, "voice_settings": json.dumps(settings)}.items()}
        },
        "json": {"json": {**fields, "voice_settings": texts}},
        "objects": {"json": {**fields, "voice_settings": settings}},
    }
    project_id = http.post(PROJECTS, **sent[kind]).raise_for_status().json()["project"]["project_id"]
    found = settings_of(client, project_id)
    assert found["tone_low"]["speed"] == 1.1
    assert found["tone_high"] == {**DEFAULTS, "speed": 0.9}


def test_speed_is_heard(client: ElevenLabs) -> None:
    """A project that is read more slowly is longer, with a premade voice's id as with any other."""
    need_espeak()
    durations = []
    for speed in (1.2, 0.7):
        project_id = make_project(
            client,
            [
                {
                    "name": "x",
                    "blocks": [{"nodes": [{"type": "tts_node", "text": "The boat came in at six."}]}],
                }
            ],
            default_title_voice_id=RACHEL,
            default_paragraph_voice_id=RACHEL,
            voice_settings=[json.dumps({"voice_id": RACHEL, "speed": speed})],
        )
        snapshot_id = convert_and_wait(client, project_id)
        durations.append(client.studio.projects.snapshots.get(project_id, snapshot_id).audio_duration_secs)
    assert durations[1] > durations[0] + 0.5


def test_dictionaries_of_a_project(client: ElevenLabs) -> None:
    """They are named as they were, with the version that is in force, and their rules are heard."""
    made = client.pronunciation_dictionaries.create_from_rules(
        name="Boats",
        rules=[
            Alias(
                type="alias", string_to_replace="quay", alias="very long and stony landing place by the water"
            )
        ],
    )
    locator = {"pronunciation_dictionary_id": made.id}
    project_id = make_project(client, pronunciation_dictionary_locators=[json.dumps(locator)])

    project = client.studio.projects.get(project_id)

    (found,) = project.pronunciation_dictionary_locators
    assert (found.pronunciation_dictionary_id, found.version_id) == (made.id, None)
    (version,) = project.pronunciation_dictionary_versions
    assert (version.version_id, version.version_rules_num) == (made.version_id, 1)
    assert (version.dictionary_name, version.pronunciation_dictionary_id) == ("Boats", made.id)
    durations = []
    for each in (make_project(client), project_id):
        snapshot_id = convert_and_wait(client, each)
        durations.append(client.studio.projects.snapshots.get(each, snapshot_id).audio_duration_secs)
    assert durations[1] > durations[0]


def test_the_callback_stays_between_two(client: ElevenLabs, http: httpx.Client) -> None:
    """It is kept, and no answer tells it: whoever reads a project need not know whom it tells."""
    url = "http://127.0.0.1:9/secret-path"
    answer = http.post(PROJECTS, data={"name": "Tides", "callback_url": url})
    project_id = answer.json()["project"]["project_id"]
    assert answer.json()["left_out"] == []
    for text in (answer.text, http.get(PROJECTS).text, http.get(f"{PROJECTS}/{project_id}").text):
        assert "secret-path" not in text
