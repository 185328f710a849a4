"""The quality of a project that is there already can be changed, which speaks nothing."""

import httpx
import pytest
from elevenlabs import ElevenLabs

from .journeys import convert_and_wait, error_of, narrated


def audio_of(client: ElevenLabs, project_id: str, snapshot_id: str) -> bytes:
    return b"".join(client.studio.projects.snapshots.stream(project_id, snapshot_id))


def test_another_quality_is_encoded_and_never_spoken(client: ElevenLabs, http: httpx.Client) -> None:
    """Lossless after MP3, and MP3 again, which is what it was to the byte; nobody pays for a character."""
    project_id, plain = narrated(client)
    spoken = client.user.subscription.get().character_count
    path = f"/rhapsode/v1/studio/projects/{project_id}"

    answer = http.patch(path, json={"quality_preset": "ultra_lossless"}).json()
    lossless = audio_of(client, project_id, convert_and_wait(client, project_id))
    http.patch(path, json={"quality_preset": "standard"})
    again = audio_of(client, project_id, convert_and_wait(client, project_id))

    assert answer["project"]["project_id"] == project_id
    assert client.studio.projects.get(project_id).quality_preset == "standard"
    assert lossless[:4] == b"RIFF"
    assert again == audio_of(client, project_id, plain)
    assert client.user.subscription.get().character_count == spoken


def test_what_is_not_said_stays(client: ElevenLabs, http: httpx.Client) -> None:
    """One can be changed without the other."""
    project_id, _ = narrated(client)
    path = f"/rhapsode/v1/studio/projects/{project_id}"

    http.patch(path, json={"volume_normalization": True})
    http.patch(path, json={"quality_preset": "high", "volume_normalization": None})

    project = client.studio.projects.get(project_id)
    assert (project.quality_preset, project.volume_normalization) == ("high", True)


@pytest.mark.parametrize("body", [{"quality_preset": "best"}, {"volume_normalization": "loud"}])
def test_what_is_no_quality_is_refused(client: ElevenLabs, http: httpx.Client, body: object) -> None:
    """The field is named, and nothing is changed."""
    project_id, _ = narrated(client)

    refused = http.patch(f"/rhapsode/v1/studio/projects/{project_id}", json=body)

    assert refused.status_code == 422
    assert client.studio.projects.get(project_id).quality_preset == "standard"


def test_another_workspaces_project_is_not_there(client: ElevenLabs, other_http: httpx.Client) -> None:
    """As one that nobody has."""
    project_id, _ = narrated(client)
    answers = [
        other_http.patch(f"/rhapsode/v1/studio/projects/{asked}", json={"quality_preset": "high"})
        for asked in (project_id, "none")
    ]

    assert {error_of(answer) for answer in answers} == {(404, "project_not_found")}
