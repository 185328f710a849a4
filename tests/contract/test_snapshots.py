"""Lists of snapshots, snapshots of chapters, and the audio of both."""

import io
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from elevenlabs import ElevenLabs
from tests.acceptance.decoding import decode

from .journeys import Narrated, convert_and_wait, error_of, make_project, narrated, wait_for
from .samples import BODIES, OWN_HEADERS, send

CHAPTER_KEYS = {"chapter_snapshot_id", "project_id", "chapter_id", "created_at_unix", "name"}
PROJECT_KEYS = {"project_snapshot_id", "project_id", "created_at_unix", "name", "audio_upload", "zip_upload"}


def of_chapter(project_id: str, chapter_id: str) -> str:
    """The path of a chapter's snapshots."""
    return f"/v1/studio/projects/{project_id}/chapters/{chapter_id}/snapshots"


def chapter_ids(client: ElevenLabs, project_id: str) -> list[str]:
    """The chapters of a project, in order."""
    return [chapter.chapter_id for chapter in client.studio.projects.chapters.list(project_id).chapters]


# --- Lists ---


def test_nothing_converted_is_an_empty_list(client: ElevenLabs, http: httpx.Client) -> None:
    """And no error, of the project as of its chapters."""
    project_id = make_project(client)
    assert http.get(f"/v1/studio/projects/{project_id}/snapshots").json() == {"snapshots": []}
    for chapter_id in chapter_ids(client, project_id):
        assert http.get(of_chapter(project_id, chapter_id)).json() == {"snapshots": []}


def test_the_newest_comes_first(client: ElevenLabs, http: httpx.Client) -> None:
    """Each conversion leaves a snapshot of the project, and one of each chapter that has changed."""
    project_id, first = narrated(client)
    one, two = chapter_ids(client, project_id)
    edited = {"blocks": [{"nodes": [{"type": "tts_node", "voice_id": "tone_low", "text": "They ran."}]}]}
    http.post(f"/v1/studio/projects/{project_id}/chapters/{two}", json={"content": edited})
    second = convert_and_wait(client, project_id)

    listed = http.get(f"/v1/studio/projects/{project_id}/snapshots").json()["snapshots"]

    assert [snapshot["project_snapshot_id"] for snapshot in listed] == [second, first]
    assert all(snapshot.keys() == PROJECT_KEYS for snapshot in listed)
    assert listed[0]["created_at_unix"] >= listed[1]["created_at_unix"]
    assert len(http.get(of_chapter(project_id, one)).json()["snapshots"]) == 1
    of_edited = http.get(of_chapter(project_id, two)).json()["snapshots"]
    assert len(of_edited) == 2
    assert all(snapshot.keys() == CHAPTER_KEYS for snapshot in of_edited)
    newest = http.get(f"{of_chapter(project_id, two)}/{of_edited[0]['chapter_snapshot_id']}").json()
    assert "".join(newest["character_alignments"][0]["characters"]) == "They ran."


def test_a_chapter_that_is_converted_alone_has_a_snapshot(client: ElevenLabs, http: httpx.Client) -> None:
    """Which is no snapshot of the project, and no other chapter's."""
    project_id = make_project(client)
    one, two = chapter_ids(client, project_id)
    client.studio.projects.chapters.convert(project_id, one)
    wait_for(client, project_id)
    assert len(http.get(of_chapter(project_id, one)).json()["snapshots"]) == 1
    assert http.get(of_chapter(project_id, two)).json() == {"snapshots": []}
    assert http.get(f"/v1/studio/projects/{project_id}/snapshots").json() == {"snapshots": []}


def test_the_official_sdk_lists_and_reads_them(tides: Narrated) -> None:
    """As its documentation has it."""
    studio = tides.client.studio.projects
    (listed,) = studio.snapshots.list(tides.project_id).snapshots
    assert (listed.project_snapshot_id, listed.name) == (tides.snapshot_id, "Tides")
    for chapter in studio.chapters.list(tides.project_id).chapters:
        (of_chapter,) = studio.chapters.snapshots.list(tides.project_id, chapter.chapter_id).snapshots
        snapshot = studio.chapters.snapshots.get(
            tides.project_id, chapter.chapter_id, of_chapter.chapter_snapshot_id
        )
        assert snapshot.name == chapter.name
        assert len(snapshot.character_alignments) == 1


# --- A chapter's snapshot ---


def test_a_chapters_snapshot_has_exactly_the_documented_keys(tides: Narrated) -> None:
    """One alignment, and no duration."""
    names = []
    for path, snapshot_id in tides.chapters():
        snapshot = tides.http.get(path).json()
        assert snapshot.keys() == CHAPTER_KEYS | {"character_alignments"}
        assert snapshot["chapter_snapshot_id"] == snapshot_id
        assert len(snapshot["character_alignments"]) == 1
        names.append(snapshot["name"])
    assert names == ["The Harbour", "The Hill"]


def test_its_times_count_from_the_start_of_its_own_audio(tides: Narrated) -> None:
    """They end within it."""
    for path, _ in tides.chapters():
        (alignment,) = tides.http.get(path).json()["character_alignments"]
        samples, _ = decode(tides.http.post(f"{path}/stream").content)
        assert alignment["character_start_times_seconds"][0] < 1
        assert samples / 44_100 - 3 < alignment["character_end_times_seconds"][-1] <= samples / 44_100


def test_a_chapters_snapshot_is_found_where_it_belongs(client: ElevenLabs, http: httpx.Client) -> None:
    """In no other chapter, and in no other project; an absent chapter is said to be that."""
    project_id, project_snapshot_id = narrated(client)
    other = make_project(client)
    one, two = chapter_ids(client, project_id)
    (snapshot,) = client.studio.projects.chapters.snapshots.list(project_id, one).snapshots
    own = snapshot.chapter_snapshot_id
    for verb, end in ((http.get, ""), (http.post, "/stream")):
        assert error_of(verb(f"{of_chapter(project_id, two)}/{own}{end}")) == (404, "snapshot_not_found")
        assert error_of(verb(f"{of_chapter(project_id, one)}/absent{end}")) == (404, "snapshot_not_found")
        of_project = f"{of_chapter(project_id, one)}/{project_snapshot_id}{end}"
        assert error_of(verb(of_project)) == (404, "snapshot_not_found")
        assert error_of(verb(f"{of_chapter(project_id, 'absent')}/{own}{end}")) == (404, "chapter_not_found")
        assert error_of(verb(f"{of_chapter(other, one)}/{own}{end}")) == (404, "chapter_not_found")
        assert error_of(verb(f"{of_chapter('absent', one)}/{own}{end}")) == (404, "project_not_found")
    assert error_of(http.get(of_chapter(project_id, "absent"))) == (404, "chapter_not_found")
    assert error_of(http.get(of_chapter("absent", one))) == (404, "project_not_found")


def test_a_deleted_chapter_is_not_found(client: ElevenLabs, http: httpx.Client) -> None:
    """Nor are its snapshots; the project's snapshots still have it."""
    project_id, snapshot_id = narrated(client)
    one, _ = chapter_ids(client, project_id)
    (snapshot,) = client.studio.projects.chapters.snapshots.list(project_id, one).snapshots
    client.studio.projects.chapters.delete(project_id, one)
    path = of_chapter(project_id, one)
    assert error_of(http.get(path)) == (404, "chapter_not_found")
    assert error_of(http.get(f"{path}/{snapshot.chapter_snapshot_id}")) == (404, "chapter_not_found")
    whole = http.get(f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}").json()
    assert len(whole["character_alignments"]) == 2


def test_another_workspace_has_no_such_chapter(client: ElevenLabs, other_http: httpx.Client) -> None:
    """Not even its project."""
    project_id, _ = narrated(client)
    for chapter_id in chapter_ids(client, project_id):
        assert error_of(other_http.get(of_chapter(project_id, chapter_id))) == (404, "project_not_found")


# --- Audio ---


def test_a_project_streams_as_one_file(tides: Narrated) -> None:
    """Its chapters one after another, with the name of the project."""
    response = tides.http.post(f"{tides.snapshot}/stream")
    assert response.headers["content-type"] == "audio/mpeg"
    assert int(response.headers["content-length"]) == len(response.content)
    assert 'filename="Tides.mp3"' in response.headers["content-disposition"]
    samples, complaints = decode(response.content)
    assert not complaints
    chapters = [tides.http.post(f"{path}/stream") for path, _ in tides.chapters()]
    assert samples == sum(decode(chapter.content)[0] + 1152 for chapter in chapters) - 1152
    assert 'filename="The Harbour.mp3"' in chapters[0].headers["content-disposition"]


def test_a_lossless_project_streams_as_it_is_stored(client: ElevenLabs, http: httpx.Client) -> None:
    """As WAV, unless MP3 is asked for; of its chapters too."""
    project_id, snapshot_id = narrated(client, quality_preset="ultra_lossless")
    one, _ = chapter_ids(client, project_id)
    (snapshot,) = client.studio.projects.chapters.snapshots.list(project_id, one).snapshots
    for path in (
        f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}",
        f"{of_chapter(project_id, one)}/{snapshot.chapter_snapshot_id}",
    ):
        for body in ({}, {"convert_to_mpeg": False}):
            response = http.post(f"{path}/stream", json=body)
            assert response.headers["content-type"] == "audio/wav"
            assert response.content.startswith(b"RIFF")
            assert ".wav" in response.headers["content-disposition"]


def test_a_lossless_project_streams_as_mp3_where_that_is_asked_for(
    client: ElevenLabs, http: httpx.Client
) -> None:
    """A real one: of the same length to the sample, its size known beforehand, and it sounds the same."""
    project_id, snapshot_id = narrated(client, quality_preset="ultra_lossless")
    path = f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}/stream"
    wav, _ = soundfile.read(io.BytesIO(http.post(path).content))

    response = http.post(path, json={"convert_to_mpeg": True})

    assert response.headers["content-type"] == "audio/mpeg"
    assert int(response.headers["content-length"]) == len(response.content)
    assert 'filename="Tides.mp3"' in response.headers["content-disposition"]
    assert decode(response.content) == (len(wav), [])
    mp3, rate_hz = soundfile.read(io.BytesIO(response.content))
    assert rate_hz == 44_100
    assert len(response.content) == pytest.approx(len(wav) / 44_100 * 16_000, rel=0.01)
    assert np.corrcoef(wav, mp3[: len(wav)])[0, 1] > 0.99


def test_the_mp3_of_silence_is_one_too(client: ElevenLabs, http: httpx.Client) -> None:
    """A lossless project without text lasts no time in either format."""
    project_id, snapshot_id = narrated(client, [], quality_preset="ultra_lossless")
    path = f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}/stream"
    assert decode(http.post(path).content)[0] == 0
    assert http.post(path, json={"convert_to_mpeg": True}).headers["content-type"] == "audio/mpeg"


@pytest.mark.parametrize("quality_preset", ["standard", "high"])
def test_mp3_stays_the_mp3_that_is_stored(
    client: ElevenLabs, http: httpx.Client, quality_preset: str
) -> None:
    """Whether it is asked for or not."""
    project_id, snapshot_id = narrated(client, quality_preset=quality_preset)
    path = f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}/stream"
    assert http.post(path, json={"convert_to_mpeg": True}).content == http.post(path).content


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("sender", OWN_HEADERS)
def test_the_samples_of_the_reference_stream(tides: Narrated, sender: str, body: str) -> None:
    """Each client's own headers, with and without a body and its type."""
    headers, content = BODIES[body]
    sent = [("xi-api-key", tides.server.key), *OWN_HEADERS[sender], *headers]
    for path in (tides.snapshot, tides.chapters()[0][0]):
        answer = send(tides.server.url, "POST", f"{path}/stream", sent, content)
        assert answer.status == 200
        assert answer.headers["content-type"] == "audio/mpeg"
        assert int(answer.headers["content-length"]) == len(answer.content)


def test_the_official_sdk_streams_both(tides: Narrated) -> None:
    """As its documentation has it."""
    studio = tides.client.studio.projects
    whole = b"".join(studio.snapshots.stream(tides.project_id, tides.snapshot_id, convert_to_mpeg=True))
    assert whole == tides.http.post(f"{tides.snapshot}/stream").content
    for chapter, (path, snapshot_id) in zip(
        studio.chapters.list(tides.project_id).chapters, tides.chapters(), strict=True
    ):
        blocks = studio.chapters.snapshots.stream(tides.project_id, chapter.chapter_id, snapshot_id)
        assert b"".join(blocks) == tides.http.post(f"{path}/stream").content


@pytest.mark.parametrize("body", [{"convert_to_mpeg": "perhaps"}, [], "text"])
def test_a_body_of_another_shape_is_a_validation_error(tides: Narrated, body: Any) -> None:
    """Unlike the archive's, the body of a stream is read; what it says besides is ignored."""
    assert tides.http.post(f"{tides.snapshot}/stream", json=body).status_code == 422
    assert tides.http.post(f"{tides.snapshot}/stream", json={"colour": "green"}).status_code == 200


def test_unknown_ids_have_no_audio(tides: Narrated) -> None:
    """A project that doesn't exist, then a snapshot that doesn't."""
    absent = f"/v1/studio/projects/absent/snapshots/{tides.snapshot_id}/stream"
    assert error_of(tides.http.post(absent)) == (404, "project_not_found")
    assert error_of(tides.http.post(f"{tides.snapshots}/absent/stream")) == (404, "snapshot_not_found")
