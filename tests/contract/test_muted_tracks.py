"""Muted chapters are left out of their project's audio, and of nothing else."""

import io
import zipfile

import httpx
import pytest
from elevenlabs import ElevenLabs

from .journeys import convert_and_wait, error_of, make_project, narrated, wait_for

PROJECTS = "/v1/studio/projects"


def mute(http: httpx.Client, project_id: str, chapter_id: str, *, muted: bool = True) -> httpx.Response:
    path = f"/rhapsode/v1/studio/projects/{project_id}/chapters/{chapter_id}/muted"
    return http.put(path, json={"muted": muted})


def archive_names(client: ElevenLabs, project_id: str, snapshot_id: str) -> list[str]:
    content = b"".join(client.studio.projects.snapshots.stream_archive(project_id, snapshot_id))
    return zipfile.ZipFile(io.BytesIO(content)).namelist()


def ids_of(client: ElevenLabs, project_id: str) -> list[str]:
    return [chapter.chapter_id for chapter in client.studio.projects.chapters.list(project_id).chapters]


def test_a_muted_chapter_is_left_out(client: ElevenLabs, http: httpx.Client) -> None:
    """Of the archive, the single file and the alignments of the next conversion, and listed as muted."""
    project_id, whole_id = narrated(client)
    first, second = ids_of(client, project_id)
    assert client.studio.projects.get_muted_tracks(project_id).chapter_ids == []

    assert mute(http, project_id, first).json() == {"status": "ok"}

    assert client.studio.projects.get_muted_tracks(project_id).chapter_ids == [first]
    snapshot_id = convert_and_wait(client, project_id)
    snapshot = client.studio.projects.snapshots.get(project_id, snapshot_id)
    whole = client.studio.projects.snapshots.get(project_id, whole_id)
    assert ["".join(a.characters) for a in snapshot.character_alignments] == [
        "They climbed.\nFar below, the boat was turning."
    ]
    assert snapshot.audio_duration_secs < whole.audio_duration_secs
    (name,) = archive_names(client, project_id, snapshot_id)
    assert "The Hill" in name
    assert len(archive_names(client, project_id, whole_id)) == 2
    assert ids_of(client, project_id) == [first, second]


def test_a_muted_chapter_can_be_heard_by_itself(client: ElevenLabs, http: httpx.Client) -> None:
    """It is converted when it is asked for, and keeps the snapshots that it has."""
    project_id = make_project(client)
    first, _ = ids_of(client, project_id)
    mute(http, project_id, first)
    convert_and_wait(client, project_id)
    chapters = client.studio.projects.chapters
    assert chapters.snapshots.list(project_id, first).snapshots == []

    assert chapters.convert(project_id, first).status == "ok"
    wait_for(client, project_id)

    (snapshot,) = chapters.snapshots.list(project_id, first).snapshots
    audio = b"".join(chapters.snapshots.stream(project_id, first, snapshot.chapter_snapshot_id))
    assert len(audio) > 10_000
    assert client.studio.projects.get_muted_tracks(project_id).chapter_ids == [first]


def test_muting_survives_edits_and_ends(client: ElevenLabs, http: httpx.Client) -> None:
    """Another text leaves a chapter muted; let in again, it is heard again, and nothing is spoken for that."""
    project_id, whole_id = narrated(client)
    first, second = ids_of(client, project_id)
    for chapter_id in (second, first):
        mute(http, project_id, chapter_id)
    client.studio.projects.chapters.update(project_id, first, name="The Quay")
    assert client.studio.projects.get_muted_tracks(project_id).chapter_ids == [first, second]
    assert client.studio.projects.snapshots.get(project_id, convert_and_wait(client, project_id))

    for chapter_id in (first, second):
        mute(http, project_id, chapter_id, muted=False)

    assert client.studio.projects.get_muted_tracks(project_id).chapter_ids == []
    names = archive_names(client, project_id, convert_and_wait(client, project_id))
    assert [name.split(".")[0][-8:] for name in names] == ["The Quay", "The Hill"]
    assert len(archive_names(client, project_id, whole_id)) == 2


def test_a_project_of_muted_chapters_has_no_sound(client: ElevenLabs, http: httpx.Client) -> None:
    """It converts, as one without text does."""
    project_id = make_project(client)
    for chapter_id in ids_of(client, project_id):
        mute(http, project_id, chapter_id)
    snapshot_id = convert_and_wait(client, project_id)
    assert client.studio.projects.snapshots.get(project_id, snapshot_id).character_alignments == []


@pytest.mark.parametrize("body", [{}, {"muted": "perhaps"}, []])
def test_a_request_that_does_not_say_what_it_wants(
    client: ElevenLabs, http: httpx.Client, body: object
) -> None:
    """Is a misfit, and mutes nothing."""
    project_id = make_project(client)
    first, _ = ids_of(client, project_id)
    path = f"/rhapsode/v1/studio/projects/{project_id}/chapters/{first}/muted"
    assert http.put(path, json=body).status_code == 422
    assert client.studio.projects.get_muted_tracks(project_id).chapter_ids == []


def test_unknown_and_foreign_chapters_are_the_same(
    client: ElevenLabs, http: httpx.Client, other_http: httpx.Client, anonymous: httpx.Client
) -> None:
    """Nobody mutes another's chapter, learns whether it exists, or does anything without a key."""
    project_id = make_project(client)
    first, _ = ids_of(client, project_id)
    other_id = make_project(client)
    path = f"{PROJECTS}/{project_id}/muted-tracks"

    assert error_of(mute(other_http, project_id, first)) == (404, "project_not_found")
    assert error_of(mute(http, "nothing", first)) == (404, "project_not_found")
    assert error_of(mute(http, other_id, first)) == (404, "chapter_not_found")
    assert error_of(mute(anonymous, project_id, first)) == (401, "needs_authorization")
    assert error_of(other_http.get(path)) == (404, "project_not_found")
    assert error_of(http.get(f"{PROJECTS}/nothing/muted-tracks")) == (404, "project_not_found")
    assert http.get(path).json() == {"chapter_ids": []}
