"""Voices that a workspace has edited, set otherwise or deleted: for itself alone."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from elevenlabs import AsyncElevenLabs, ElevenLabs, VoiceSettings
from elevenlabs.core.api_error import ApiError
from tests.factories import need_espeak

from .journeys import convert_and_wait, error_of, make_project, narrated
from .running import LiveServer
from .speaking import speak

DEFAULTS = {
    "stability": 0.5,
    "use_speaker_boost": True,
    "similarity_boost": 0.75,
    "style": 0.0,
    "speed": 1.0,
}
RACHEL = "21m00Tcm4TlvDq8ikWAM"


def listed(http: httpx.Client, voice_id: str = "tone_low") -> dict[str, Any]:
    """A voice as the first version's list has it."""
    (voice,) = (v for v in http.get("/v1/voices").json()["voices"] if v["voice_id"] == voice_id)
    return dict(voice)


def settings_of_item(http: httpx.Client, item_id: str) -> dict[str, Any]:
    return dict(http.get(f"/v1/history/{item_id}").json()["settings"])


# Settings


def test_settings_are_kept_and_told_wherever_a_voice_is(
    client: ElevenLabs, http: httpx.Client, other_http: httpx.Client
) -> None:
    """By themselves, with the voice and in both lists; another workspace has the defaults."""
    wanted = VoiceSettings(
        stability=0.25, similarity_boost=1.0, style=0.5, speed=0.9, use_speaker_boost=False
    )

    assert client.voices.settings.update("tone_low", request=wanted).status == "ok"

    kept = wanted.model_dump(exclude_none=True)
    assert client.voices.settings.get("tone_low").model_dump(exclude_none=True) == kept
    assert listed(http)["settings"] == http.get("/v1/voices/tone_low").json()["settings"] == kept
    found = http.get("/v2/voices", params={"voice_ids": ["tone_low"]}).json()["voices"]
    assert found[0]["settings"] == kept
    assert http.get("/v1/voices/settings/default").json() == DEFAULTS
    assert http.get("/v1/voices/tone_high/settings").json() == DEFAULTS
    assert other_http.get("/v1/voices/tone_low/settings").json() == DEFAULTS


def test_settings_are_brought_into_their_range(http: httpx.Client) -> None:
    """As those of a text are; what is missing or null is the default, also where it was something else."""
    path = "/v1/voices/tone_low/settings"
    http.post(f"{path}/edit", json={"style": 0.5, "speed": 0.8})

    assert http.post(f"{path}/edit", json={"speed": 9, "stability": -1, "style": None}).status_code == 200

    assert http.get(path).json() == DEFAULTS | {"speed": 1.2, "stability": 0.0}


@pytest.mark.parametrize("body", ["[]", '{"speed": "fast"}', "", "null"])
def test_what_are_no_settings_is_a_misfit(http: httpx.Client, body: str) -> None:
    """And changes nothing."""
    path = "/v1/voices/tone_low/settings"

    assert http.post(f"{path}/edit", content=body).status_code == 422
    assert http.get(path).json() == DEFAULTS


def test_a_text_is_spoken_with_the_settings_of_its_voice(http: httpx.Client) -> None:
    """Where it says none itself; of those it says, each stands before the voice's own."""
    http.post("/v1/voices/tone_low/settings/edit", json={"speed": 0.8, "style": 0.5})

    unsaid = speak(http, "The tide is low.")
    partly = speak(http, "The tide is low.", voice_settings={"speed": 1.1})

    assert settings_of_item(http, unsaid) == DEFAULTS | {"speed": 0.8, "style": 0.5}
    assert settings_of_item(http, partly) == DEFAULTS | {"speed": 1.1, "style": 0.5}


def test_settings_are_heard(http: httpx.Client) -> None:
    """A voice that is set to be slower takes longer."""
    need_espeak()
    text = "The harbour master counted the boats twice."
    sizes = []
    for speed in (1.2, 0.7):
        http.post("/v1/voices/espeak_alder/settings/edit", json={"speed": speed})
        response = http.post("/v1/text-to-speech/espeak_alder", json={"text": text})
        sizes.append(len(response.content))

    assert sizes[1] > sizes[0] * 1.3


def test_a_new_project_takes_the_settings_along(client: ElevenLabs, http: httpx.Client) -> None:
    """Beneath those that are sent; what is edited later is not the project's."""
    http.post("/v1/voices/tone_low/settings/edit", json={"speed": 0.8})
    http.post("/v1/voices/tone_high/settings/edit", json={"speed": 0.9})
    project_id = make_project(client, voice_settings=[json.dumps({"voice_id": "tone_high", "speed": 1.1})])

    http.post("/v1/voices/tone_low/settings/edit", json={"speed": 1.2})

    speeds = {voice.voice_id: voice.speed for voice in client.studio.projects.get(project_id).voices}
    assert speeds == {"tone_low": 0.8, "tone_high": 1.1}


# Names


def test_an_edited_voice_is_called_so_everywhere(client: ElevenLabs, http: httpx.Client) -> None:
    """In lists, searches, new history items and projects; what was made before keeps its name."""
    before = speak(http, "Before.")
    project_id = make_project(client)

    edited = client.voices.update(
        "tone_low",
        name=" The  Foghorn ",
        description="Low and patient.",
        labels={"accent": "coastal", "gender": "neutral"},
    )

    assert edited.status == "ok"
    voice = client.voices.get("tone_low")
    assert (voice.name, voice.description) == ("The Foghorn", "Low and patient.")
    assert voice.labels == {"accent": "coastal", "gender": "neutral"}
    assert listed(http)["name"] == "The Foghorn"
    for query in ({"search": "foghorn"}, {"search": "patient"}, {"accent": "Coastal"}):
        found = http.get("/v2/voices", params=query).json()["voices"]
        assert [v["voice_id"] for v in found] == ["tone_low"], query
    assert client.history.get(speak(http, "After.")).voice_name == "The Foghorn"
    assert client.history.get(before).voice_name == "Tone Low"
    aliases = {v.voice_id: v.alias for v in client.studio.projects.get(project_id).voices}
    assert aliases == {"tone_low": "The Foghorn", "tone_high": "Tone High"}


def test_an_edit_belongs_to_its_workspace(
    client: ElevenLabs, other_client: ElevenLabs, other_http: httpx.Client
) -> None:
    """Nobody else sees a word of it."""
    client.voices.update("tone_low", name="The Foghorn")

    assert other_client.voices.get("tone_low").name == "Tone Low"
    assert other_client.history.get(speak(other_http, "Theirs.")).voice_name == "Tone Low"


def test_what_an_edit_leaves_out_stays(client: ElevenLabs) -> None:
    """Description and labels; an empty description takes it away."""
    client.voices.update("tone_low", name="A", description="Low.", labels={"accent": "coastal"})
    client.voices.update("tone_low", name="B")
    kept = client.voices.get("tone_low")
    assert (kept.name, kept.description, kept.labels) == ("B", "Low.", {"accent": "coastal"})

    client.voices.update("tone_low", name="B", description="", labels={})
    # `labels` of a form may be JSON itself, as some clients of the SDK give it.
    client.voices.update("tone_high", name="C", labels=json.dumps({"accent": "inland"}))

    assert client.voices.get("tone_high").labels == {"accent": "inland"}
    emptied = client.voices.get("tone_low")
    assert (emptied.description, emptied.labels) == (None, {})


def test_a_dialogue_and_a_chapter_have_the_names_too(client: ElevenLabs, http: httpx.Client) -> None:
    """Each line of a dialogue, and the item that a conversion leaves."""
    client.voices.update("tone_low", name="The Foghorn")
    lines = [{"text": "Who is there?", "voice_id": "tone_low"}, {"text": "Me.", "voice_id": "tone_high"}]
    response = http.post("/v1/text-to-dialogue", json={"inputs": lines})
    item = client.history.get(response.headers["history-item-id"])
    assert [line.voice_name for line in item.dialogue or ()] == ["The Foghorn", "Tone High"]

    narrated(client)

    items = http.get("/v1/history").json()["history"]
    assert {i["voice_name"] for i in items if i["source"] == "Projects"} == {"The Foghorn"}


def test_a_premade_voice_and_the_one_that_answers_it_are_two(client: ElevenLabs) -> None:
    """An edit of the one leaves the other."""
    need_espeak()
    client.voices.update(RACHEL, name="Rachel of the Pier")
    assert client.voices.get(RACHEL).name == "Rachel of the Pier"

    client.voices.delete(RACHEL)

    ids = {voice.voice_id for voice in client.voices.get_all().voices}
    assert RACHEL not in ids
    assert "espeak_birch" in ids


def test_samples_are_refused_and_not_dropped_in_silence(client: ElevenLabs, http: httpx.Client) -> None:
    """No voice is made of recordings here, so none is changed by one."""
    with pytest.raises(ApiError) as refused:
        client.voices.update("tone_low", name="Cloned", files=[b"RIFF....WAVE"])

    assert refused.value.status_code == 400
    assert "samples" in refused.value.body["detail"]["message"]
    assert listed(http)["name"] == "Tone Low"


def test_a_form_of_a_browser_in_which_no_file_was_chosen_is_fine(http: httpx.Client) -> None:
    """It has an empty one."""
    empty = {"files": ("", b"", "application/octet-stream")}

    assert http.post("/v1/voices/tone_low/edit", data={"name": "A"}, files=empty).status_code == 200


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"name": " "}, (400, "invalid_parameters")),
        ({"name": "x" * 501}, (400, "invalid_parameters")),
        ({"name": "A", "labels": "{"}, (400, "malformed_json")),
        ({"name": "A", "labels": "[]"}, (400, "invalid_parameters")),
        ({"name": "A", "labels": '{"age": 7}'}, (400, "invalid_parameters")),
        ({"name": "A", "labels": json.dumps({str(n): "" for n in range(21)})}, (400, "invalid_parameters")),
        ({"name": "A", "labels": '{"": "x"}'}, (400, "invalid_parameters")),
        ({"name": "A", "description": "x" * 20_001}, (400, "invalid_parameters")),
    ],
)
def test_an_edit_that_can_not_be_is_refused(
    http: httpx.Client, fields: dict[str, str], answer: tuple[int, str]
) -> None:
    """Each with one sentence, and nothing of it is kept."""
    response = http.post("/v1/voices/tone_low/edit", files={k: (None, v) for k, v in fields.items()})

    assert error_of(response) == answer
    assert response.json()["detail"]["message"].endswith(".")
    assert listed(http)["name"] == "Tone Low"


def test_a_form_that_was_cut_off_edits_nothing(http: httpx.Client) -> None:
    """A name that breaks off is not the name."""
    body = b'--x\r\ncontent-disposition: form-data; name="name"\r\n\r\nThe Fogh'
    headers = {"content-type": "multipart/form-data; boundary=x"}

    assert http.post("/v1/voices/tone_low/edit", content=body, headers=headers).status_code == 400
    assert http.post("/v1/voices/tone_low/edit", json={"name": "A"}).status_code == 422
    assert listed(http)["name"] == "Tone Low"


# Deletion


def test_a_deleted_voice_is_gone_from_its_workspace(
    client: ElevenLabs, http: httpx.Client, other_http: httpx.Client
) -> None:
    """Lists, questions, edits, speech, dialogues and new projects don't know it; other workspaces do."""
    assert client.voices.delete("tone_low").status == "ok"

    assert "tone_low" not in {voice.voice_id for voice in client.voices.get_all().voices}
    assert http.get("/v2/voices", params={"voice_ids": ["tone_low"]}).json()["total_count"] == 0
    voice, project = "/v1/voices/tone_low", {"name": "Tides", "default_paragraph_voice_id": "tone_low"}
    line = {"text": "Hello.", "voice_id": "tone_low"}
    for response in (
        http.get(voice),
        http.get(f"{voice}/settings"),
        http.post(f"{voice}/settings/edit", json={}),
        http.post(f"{voice}/edit", files={"name": (None, "A")}),
        http.delete(voice),
        http.post("/v1/text-to-speech/tone_low", json={"text": "Hello."}),
        # The name of an installed voice is no way around it.
        http.post("/v1/text-to-speech/Tone%20Low/stream", json={"text": "Hello."}),
        http.post("/v1/text-to-dialogue", json={"inputs": [line]}),
        http.post("/v1/studio/projects", json=project),
    ):
        assert error_of(response) == (404, "voice_not_found"), response.request.url
    assert other_http.get(voice).status_code == 200


def test_a_project_goes_on_with_a_deleted_voice(client: ElevenLabs, http: httpx.Client) -> None:
    """It is converted, edited and renamed as before; only who is new to it can't be deleted."""
    project_id = make_project(client)
    client.voices.delete("tone_low")

    convert_and_wait(client, project_id)
    client.studio.projects.update(
        project_id,
        name="Tides",
        default_title_voice_id="tone_low",
        default_paragraph_voice_id="tone_low",
    )
    client.voices.delete("tone_high")
    changes = {
        "name": "Tides",
        "default_title_voice_id": "tone_high",
        "default_paragraph_voice_id": "tone_low",
    }

    response = http.post(f"/v1/studio/projects/{project_id}", json=changes)

    assert error_of(response) == (404, "voice_not_found")


def test_a_deleted_voice_can_be_restored(client: ElevenLabs, http: httpx.Client) -> None:
    """As it was; who has never been deleted stays, and nobody comes out of nothing."""
    client.voices.update("tone_low", name="The Foghorn")
    client.voices.delete("tone_low")

    for _ in range(2):
        assert http.post("/rhapsode/v1/voices/tone_low/restore").json() == {"status": "ok"}

    assert client.voices.get("tone_low").name == "The Foghorn"
    assert error_of(http.post("/rhapsode/v1/voices/nobody/restore")) == (404, "voice_not_found")


def test_the_default_voice_is_one_that_is_there(http: httpx.Client) -> None:
    """A project of nobody's voice is read by the next, and without any voice there is no project."""
    need_espeak()
    ids = [voice["voice_id"] for voice in http.get("/v1/voices").json()["voices"]]
    first = http.post("/v1/studio/projects", json={"name": "A"}).json()["project"]
    http.delete(f"/v1/voices/{first['default_paragraph_voice_id']}")
    second = http.post("/v1/studio/projects", json={"name": "B"}).json()["project"]
    assert first["default_paragraph_voice_id"] == ids[0] != second["default_paragraph_voice_id"]

    for voice_id in ids[1:]:
        assert http.delete(f"/v1/voices/{voice_id}").status_code == 200

    assert error_of(http.post("/v1/studio/projects", json={"name": "C"})) == (404, "voice_not_found")


@pytest.mark.parametrize("voice_id", ["nobody", "Tone Low", "TONE_LOW"])
def test_what_is_no_id_can_not_be_changed(http: httpx.Client, voice_id: str) -> None:
    """A name is no id on the wire, and an id has one spelling."""
    path = f"/v1/voices/{voice_id}"
    for response in (
        http.post(f"{path}/settings/edit", json={}),
        http.post(f"{path}/edit", files={"name": (None, "A")}),
        http.delete(path),
    ):
        assert error_of(response) == (404, "voice_not_found")
        assert voice_id in response.json()["detail"]["message"]


async def edit_all(client: AsyncElevenLabs) -> list[str]:
    """Every change of a voice that there is."""
    changed = [
        await client.voices.settings.update("tone_high", request=VoiceSettings(speed=0.9)),
        await client.voices.update("tone_high", name="The Gull"),
        await client.voices.delete("tone_high"),
    ]
    return [answer.status for answer in changed]


def test_the_asynchronous_sdk_edits_too(server: LiveServer, async_client: AsyncElevenLabs) -> None:
    """With the same answers."""
    assert asyncio.run(edit_all(async_client)) == ["ok"] * 3
