"""A project's voices can be turned up and down, which is heard and speaks nothing, and set in other ways."""

import io
import json
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from elevenlabs import ElevenLabs
from tests.factories import need_espeak

from .journeys import HARBOUR, convert_and_wait, error_of, make_project, narrated

RACHEL = "21m00Tcm4TlvDq8ikWAM"


def set_voice(http: httpx.Client, project_id: str, voice_id: str, **body: Any) -> httpx.Response:
    return http.patch(f"/rhapsode/v1/studio/projects/{project_id}/voices/{voice_id}", json=body)


def loudness_db(client: ElevenLabs, project_id: str, snapshot_id: str) -> list[float]:
    """Root mean square and peak of a project's file."""
    audio = b"".join(client.studio.projects.snapshots.stream(project_id, snapshot_id))
    samples, _ = soundfile.read(io.BytesIO(audio))
    return [float(10 * np.log10(np.mean(samples**2))), float(20 * np.log10(np.abs(samples).max()))]


def voice_of(client: ElevenLabs, project_id: str, voice_id: str) -> Any:
    voices = client.studio.projects.get(project_id).voices
    return next(voice for voice in voices if voice.voice_id == voice_id)


def test_a_voice_is_turned_down_and_back(client: ElevenLabs, http: httpx.Client) -> None:
    """All that it says is quieter by as much, nothing is spoken for it, and back again it is what it was."""
    chapters = [HARBOUR[1]]
    project_id, plain = narrated(client, chapters)
    spoken = client.user.subscription.get().character_count

    answer = set_voice(http, project_id, "tone_low", volume_gain=-6)
    assert voice_of(client, project_id, "tone_low").volume_gain == -6
    statistics = client.studio.projects.get(project_id).chapters[0].statistics
    turned = convert_and_wait(client, project_id)
    set_voice(http, project_id, "tone_low", volume_gain=0)
    again = convert_and_wait(client, project_id)

    assert answer.json()["volume_gain"] == -6
    assert statistics is not None
    assert statistics.characters_unconverted == 0
    before, after = loudness_db(client, project_id, plain), loudness_db(client, project_id, turned)
    assert after[0] == pytest.approx(before[0] - 6, abs=0.05)
    stream = client.studio.projects.snapshots.stream
    assert b"".join(stream(project_id, again)) == b"".join(stream(project_id, plain))
    assert client.user.subscription.get().character_count == spoken


def test_only_its_own_words_are_turned(client: ElevenLabs, http: httpx.Client) -> None:
    """A chapter in which another voice reads everything stays as it is, to the byte."""
    project_id, plain = narrated(client)
    set_voice(http, project_id, "tone_high", volume_gain=3.04)
    turned = convert_and_wait(client, project_id)

    assert voice_of(client, project_id, "tone_high").volume_gain == 3
    assert voice_of(client, project_id, "tone_low").volume_gain == 0
    latest = client.studio.projects.chapters.list(project_id).chapters
    counts = [
        len(client.studio.projects.chapters.snapshots.list(project_id, chapter.chapter_id).snapshots)
        for chapter in latest
    ]
    # The second chapter is the same snapshot in both of the project's.
    assert counts == [2, 1]
    assert turned != plain


@pytest.mark.parametrize(("mastered", "ceiling_db"), [(True, -3.4), (False, -0.9)])
def test_nothing_is_clipped(
    client: ElevenLabs, http: httpx.Client, mastered: bool, ceiling_db: float
) -> None:
    """However far a voice is turned up, its peaks stay below what they may be; more than 24 dB is 24."""
    project_id = make_project(client, [HARBOUR[1]], volume_normalization=mastered)
    plain = convert_and_wait(client, project_id)
    assert set_voice(http, project_id, "tone_low", volume_gain=90).json()["volume_gain"] == 24
    turned = convert_and_wait(client, project_id)

    before, after = loudness_db(client, project_id, plain), loudness_db(client, project_id, turned)
    assert after[0] > before[0] + 5
    assert after[1] <= ceiling_db + 0.5


def test_settings_come_with_it(client: ElevenLabs, http: httpx.Client) -> None:
    """What is said is changed and brought into its range, what isn't or is null stays."""
    low = {"voice_id": "tone_low", "stability": 0.7, "speed": 1.1, "volume_gain": -2.5}
    project_id = make_project(client, voice_settings=[json.dumps(low)])
    assert voice_of(client, project_id, "tone_low").volume_gain == -2.5

    answer = set_voice(http, project_id, "tone_low", speed=9, style=0.2, stability=None).json()

    assert answer == voice_of(client, project_id, "tone_low").model_dump()
    changed = {"speed": 1.2, "style": 0.2, "stability": 0.7, "similarity_boost": 0.75, "volume_gain": -2.5}
    assert {key: answer[key] for key in changed} == changed


def test_speed_is_spoken_again(client: ElevenLabs, http: httpx.Client) -> None:
    """A voice whose engine heeds it leaves its text unconverted, also one that is known by a premade id."""
    need_espeak()
    content = [
        {
            "name": "A",
            "blocks": [
                {"sub_type": "p", "nodes": [{"type": "tts_node", "voice_id": RACHEL, "text": "Rain."}]}
            ],
        }
    ]
    project_id, _ = narrated(
        client, content, default_title_voice_id=RACHEL, default_paragraph_voice_id=RACHEL
    )
    set_voice(http, project_id, RACHEL, speed=0.8)
    (chapter,) = client.studio.projects.get(project_id).chapters
    assert chapter.statistics is not None
    assert chapter.statistics.characters_unconverted == len("Rain.")


def test_who_may(
    client: ElevenLabs, http: httpx.Client, other_http: httpx.Client, anonymous: httpx.Client
) -> None:
    """Foreign and unknown projects are the same, voices have to be there, and nobody does it without a key."""
    project_id = make_project(client)
    assert error_of(set_voice(other_http, project_id, "tone_low", speed=1)) == (404, "project_not_found")
    assert error_of(set_voice(http, "nothing", "tone_low", speed=1)) == (404, "project_not_found")
    assert error_of(set_voice(http, project_id, "nobody", speed=1)) == (404, "voice_not_found")
    assert error_of(set_voice(anonymous, project_id, "tone_low", speed=1)) == (401, "needs_authorization")
    assert set_voice(http, project_id, "tone_low", volume_gain="loud").status_code == 422
    assert voice_of(client, project_id, "tone_low").volume_gain == 0
