"""A project whose volume is normalized is mastered; switching that on and off costs no speech."""

import io

import httpx
import numpy as np
import pytest
import soundfile
from elevenlabs import ElevenLabs

from .journeys import convert_and_wait, make_project

FIELDS = {"volume_normalization": True}


def loudness_db(client: ElevenLabs, project_id: str, snapshot_id: str) -> float:
    """Of the project's file."""
    audio = b"".join(client.studio.projects.snapshots.stream(project_id, snapshot_id))
    samples, _ = soundfile.read(io.BytesIO(audio))
    return float(10 * np.log10(np.mean(samples**2)))


def normalize(client: ElevenLabs, project_id: str, *, on: bool) -> str:
    """Switch it on or off, and convert; the snapshot's id."""
    project = client.studio.projects.update(
        project_id,
        name="Tides",
        default_title_voice_id="tone_low",
        default_paragraph_voice_id="tone_low",
        volume_normalization=on,
    ).project
    assert project.volume_normalization is on
    return convert_and_wait(client, project_id)


def test_a_project_is_mastered_when_it_is_asked_for(client: ElevenLabs) -> None:
    """It comes nearer to 20 dB below full scale; switched off, it is what it was, byte for byte."""
    snapshots = client.studio.projects.snapshots
    project_id = make_project(client)
    plain = convert_and_wait(client, project_id)
    before = client.user.subscription.get().character_count

    mastered = normalize(client, project_id, on=True)
    again = normalize(client, project_id, on=False)

    assert loudness_db(client, project_id, mastered) < loudness_db(client, project_id, plain) - 0.1
    assert b"".join(snapshots.stream(project_id, again)) == b"".join(snapshots.stream(project_id, plain))
    assert client.user.subscription.get().character_count == before


@pytest.mark.parametrize("field", ["volume_normalization", "acx_volume_normalization"])
def test_a_project_can_be_made_to_be_mastered(client: ElevenLabs, http: httpx.Client, field: str) -> None:
    """By either name that the contract has for it, which has an effect and so isn't told as left out."""
    made = http.post(
        "/v1/studio/projects",
        data={
            "name": "Tides",
            "default_title_voice_id": "tone_low",
            "default_paragraph_voice_id": "tone_low",
            field: "true",
        },
        files={"from_document": ("tides.txt", b"The tide went out.", "text/plain")},
    ).json()
    project = made["project"]

    assert project["volume_normalization"] is True
    assert made.get("left_out", project.get("left_out")) == []
    plain = make_project(client, [{"name": "A", "blocks": [BLOCK]}])
    heard = [loudness_db(client, p, convert_and_wait(client, p)) for p in (project["project_id"], plain)]
    assert heard[0] != pytest.approx(heard[1], abs=0.1)


BLOCK = {
    "sub_type": "p",
    "nodes": [{"type": "tts_node", "voice_id": "tone_low", "text": "The tide went out."}],
}
