"""Get a project's snapshot: every detail of the answer, and the request as many languages send it."""

import asyncio
import io
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from elevenlabs import AsyncElevenLabs, ElevenLabs
from elevenlabs.core import ApiError
from tests.acceptance.decoding import decode
from tests.factories import need_espeak

from rhapsode.storage import schema

from .asking import raw_http
from .journeys import HARBOUR, Narrated, convert_and_wait, error_of, make_project, narrated
from .running import LiveServer
from .samples import OWN_HEADERS, send

RATE_HZ = 44_100
FRAME_SAMPLES = 1152
CHARACTER_S = 0.06
"""How long the tone holds a character."""
KEYS = {
    "project_snapshot_id",
    "project_id",
    "created_at_unix",
    "name",
    "audio_upload",
    "zip_upload",
    "character_alignments",
    "audio_duration_secs",
}
TEXTS = [
    "The Harbour\nThe boat came in at six. Nobody stood on the quay.",
    "They climbed.\nFar below, the boat was turning.",
]


def get(http: httpx.Client, project_id: str, snapshot_id: str) -> dict[str, Any]:
    """A snapshot that is there."""
    response = http.get(f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def chapter(name: str, *paragraphs: str, voice_id: str = "tone_low") -> dict[str, Any]:
    """A chapter of `from_content_json`."""
    nodes = [[{"type": "tts_node", "voice_id": voice_id, "text": text}] for text in paragraphs]
    return {"name": name, "blocks": [{"sub_type": "p", "nodes": node} for node in nodes]}


def texts(snapshot: Mapping[str, Any]) -> list[str]:
    """What the characters of each chapter say together."""
    return ["".join(alignment["characters"]) for alignment in snapshot["character_alignments"]]


def times(alignment: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """(character, start, end) of each character."""
    return list(
        zip(
            alignment["characters"],
            alignment["character_start_times_seconds"],
            alignment["character_end_times_seconds"],
            strict=True,
        )
    )


# --- Its keys ---


def test_it_has_exactly_the_documented_keys(tides: Narrated) -> None:
    """No more and no fewer; the two deprecated ones are null."""
    snapshot = tides.http.get(tides.snapshot).json()
    assert snapshot.keys() == KEYS
    assert (snapshot["audio_upload"], snapshot["zip_upload"]) == (None, None)
    assert snapshot["project_snapshot_id"] == tides.snapshot_id
    assert snapshot["project_id"] == tides.project_id
    for alignment in snapshot["character_alignments"]:
        assert alignment.keys() == {
            "characters",
            "character_start_times_seconds",
            "character_end_times_seconds",
        }


def test_its_name_is_the_projects(tides: Narrated) -> None:
    """And it says when it was made, in whole seconds."""
    snapshot = tides.http.get(tides.snapshot).json()
    assert snapshot["name"] == "Tides"
    assert isinstance(snapshot["created_at_unix"], int)
    assert (
        snapshot["created_at_unix"]
        == tides.http.get(tides.snapshots).json()["snapshots"][0]["created_at_unix"]
    )


def test_it_is_json_that_says_so(tides: Narrated) -> None:
    """UTF-8, as all JSON."""
    response = tides.http.get(tides.snapshot)
    assert response.headers["content-type"] == "application/json"
    response.content.decode("utf-8")


# --- Its alignments ---


def test_there_is_one_alignment_for_each_chapter_in_order(tides: Narrated) -> None:
    """Its characters are the chapter's text, paragraphs joined by a newline, nodes by nothing."""
    assert texts(tides.http.get(tides.snapshot).json()) == TEXTS


def test_a_chapter_without_text_has_none(client: ElevenLabs, http: httpx.Client) -> None:
    """Only what is narrated is aligned."""
    snapshot = get(
        http, *narrated(client, [chapter("Nothing"), chapter("Rain", "It rained."), chapter("Blank", " ")])
    )
    assert texts(snapshot) == ["It rained."]


def test_a_project_without_text_has_an_empty_list(client: ElevenLabs, http: httpx.Client) -> None:
    """And lasts no time."""
    snapshot = get(http, *narrated(client, []))
    assert snapshot["character_alignments"] == []
    assert snapshot["audio_duration_secs"] == 0


@pytest.mark.parametrize(
    "text", ["Cafe\u0301, s’il vous plaît", "a🎉b", "👩‍🚀 up", "日本語", 'She said "no" \\ twice', "one\ttwo"]
)
def test_every_code_point_is_a_string_of_its_own(client: ElevenLabs, http: httpx.Client, text: str) -> None:
    """Whatever its script, combining or beyond the first plane."""
    (alignment,) = get(http, *narrated(client, [chapter("One", text)]))["character_alignments"]
    assert alignment["characters"] == list(text)


def test_every_character_is_exactly_where_the_tone_is(tides: Narrated) -> None:
    """The instant voice holds each character for 60 ms, to the microsecond that 6 decimals can say."""
    for alignment in tides.http.get(tides.snapshot).json()["character_alignments"]:
        spoken = [time for time in times(alignment) if time[0] != "\n"]
        lengths = [end - start for _, start, end in spoken]
        # The last character of a passage also holds the silence up to the next frame.
        assert sum(abs(length - CHARACTER_S) > 2e-6 for length in lengths) <= 3
        assert min(lengths) >= CHARACTER_S - 2e-6


def test_times_never_decrease_and_leave_no_gap(tides: Narrated) -> None:
    """The end of each character is the start of the next, across passages and pauses."""
    for alignment in tides.http.get(tides.snapshot).json()["character_alignments"]:
        found = times(alignment)
        assert all(start <= end for _, start, end in found)
        assert all(before[2] == after[1] for before, after in pairwise(found))


def test_times_have_six_decimals_of_a_whole_sample(tides: Narrated) -> None:
    """Each is the microsecond nearest to a sample at 44.1 kHz, and written without an exponent."""
    raw = tides.http.get(tides.snapshot).text
    arrays = re.findall(r'"character_(?:start|end)_times_seconds":\[([^\]]*)\]', raw)
    assert len(arrays) == 4
    for written in ",".join(arrays).split(","):
        assert re.fullmatch(r"\d+\.\d{6}", written)
        sample = round(float(written) * RATE_HZ)
        assert written == f"{round(sample * 1_000_000 / RATE_HZ) / 1_000_000:.6f}"


def test_times_count_from_the_start_of_the_projects_audio(tides: Narrated) -> None:
    """A later chapter's are those of its own snapshot, moved by the chapters before it."""
    whole = tides.http.get(tides.snapshot).json()["character_alignments"]
    before = 0
    for alignment, (path, _) in zip(whole, tides.chapters(), strict=True):
        (own,) = tides.http.get(path).json()["character_alignments"]
        for (_, start, end), (_, own_start, own_end) in zip(times(alignment), times(own), strict=True):
            assert start == pytest.approx(own_start + before / RATE_HZ, abs=1.5e-6)
            assert end == pytest.approx(own_end + before / RATE_HZ, abs=1.5e-6)
        samples, _ = decode(tides.http.post(f"{path}/stream").content)
        # A file lasts a frame less than its segments: the decoder's delay takes the rest.
        before += samples + FRAME_SAMPLES
    assert before > 0


def test_the_newline_between_paragraphs_is_the_pause(client: ElevenLabs, http: httpx.Client) -> None:
    """While it lasts nothing is heard, and everything is while a letter lasts."""
    ids = narrated(client, quality_preset="ultra_lossless")
    audio = http.post(f"/v1/studio/projects/{ids[0]}/snapshots/{ids[1]}/stream").content
    samples, rate_hz = soundfile.read(io.BytesIO(audio), dtype="int16")
    assert rate_hz == RATE_HZ
    newlines = 0
    for alignment in get(http, *ids)["character_alignments"]:
        for character, start, end in times(alignment):
            heard = samples[round(start * RATE_HZ) : round(end * RATE_HZ)]
            assert np.any(heard) == (character != "\n")
            newlines += character == "\n"
    assert newlines == 2


def test_real_speech_is_aligned_too(client: ElevenLabs, http: httpx.Client) -> None:
    """Words have times of their own, within the audio."""
    need_espeak()
    content = [chapter("Rain", "It rained on the harbour.", "Nobody came.", voice_id="espeak_alder")]
    ids = narrated(
        client,
        content,
        default_title_voice_id="espeak_alder",
        default_paragraph_voice_id="espeak_alder",
    )
    snapshot = get(http, *ids)
    (alignment,) = snapshot["character_alignments"]
    assert texts(snapshot) == ["It rained on the harbour.\nNobody came."]
    starts = alignment["character_start_times_seconds"]
    assert starts == sorted(starts)
    assert len(set(starts)) > 20
    assert alignment["character_end_times_seconds"][-1] <= snapshot["audio_duration_secs"]


# --- Its duration ---


@pytest.mark.parametrize("quality_preset", ["standard", "high", "ultra", "ultra_lossless"])
def test_the_duration_is_that_of_the_decoded_audio(
    client: ElevenLabs, http: httpx.Client, quality_preset: str
) -> None:
    """To the sample, in every quality, and the last character ends within it."""
    ids = narrated(client, quality_preset=quality_preset)
    snapshot = get(http, *ids)
    samples, complaints = decode(http.post(f"/v1/studio/projects/{ids[0]}/snapshots/{ids[1]}/stream").content)
    assert not complaints
    assert snapshot["audio_duration_secs"] == round(samples / RATE_HZ, 6)
    last = snapshot["character_alignments"][-1]["character_end_times_seconds"][-1]
    assert last <= snapshot["audio_duration_secs"]


@pytest.mark.parametrize("content", [HARBOUR, []])
def test_the_duration_is_always_a_fraction(client: ElevenLabs, http: httpx.Client, content: object) -> None:
    """A whole number of seconds is written with decimals too, for readers that tell the two apart."""
    project_id, snapshot_id = narrated(client, content)
    raw = http.get(f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}").text
    (written,) = re.findall(r'"audio_duration_secs":([^,}]*)', raw)
    assert re.fullmatch(r"\d+\.\d+", written)


# --- It never changes ---


def test_it_stays_as_it_was(client: ElevenLabs, http: httpx.Client) -> None:
    """While chapters are edited, renamed, deleted, and the project is renamed and converted again."""
    project_id, snapshot_id = narrated(client)
    before = http.get(f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}").content
    first, second = (c.chapter_id for c in client.studio.projects.chapters.list(project_id).chapters)
    edited = {"blocks": chapter("", "Nothing came in at all.")["blocks"]}
    http.post(f"/v1/studio/projects/{project_id}/chapters/{first}", json={"name": "Quay", "content": edited})
    client.studio.projects.chapters.delete(project_id, second)
    client.studio.projects.update(
        project_id, name="Ebb", default_title_voice_id="tone_low", default_paragraph_voice_id="tone_low"
    )
    newer = convert_and_wait(client, project_id)
    assert newer != snapshot_id
    assert texts(get(http, project_id, newer)) == ["Nothing came in at all."]
    assert get(http, project_id, newer)["name"] == "Ebb"
    assert http.get(f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}").content == before
    listed = client.studio.projects.snapshots.list(project_id).snapshots
    assert [snapshot.project_snapshot_id for snapshot in listed] == [newer, snapshot_id]


# --- What isn't there ---


def test_unknown_ids_are_not_found(tides: Narrated) -> None:
    """A project that doesn't exist, then a snapshot that doesn't; also for the caller of the SDK."""
    absent = f"/v1/studio/projects/absent/snapshots/{tides.snapshot_id}"
    assert error_of(tides.http.get(absent)) == (404, "project_not_found")
    assert error_of(tides.http.get(f"{tides.snapshots}/absent")) == (404, "snapshot_not_found")
    with pytest.raises(ApiError) as refused:
        tides.client.studio.projects.snapshots.get(tides.project_id, "absent")
    assert refused.value.status_code == 404
    assert refused.value.body["detail"]["code"] == "snapshot_not_found"


def test_another_projects_snapshot_is_not_found(client: ElevenLabs, http: httpx.Client) -> None:
    """A snapshot is found in its own project alone."""
    (_, snapshot_id), other = narrated(client), make_project(client)
    path = f"/v1/studio/projects/{other}/snapshots/{snapshot_id}"
    assert error_of(http.get(path)) == (404, "snapshot_not_found")


def test_a_deleted_projects_snapshot_is_not_found(client: ElevenLabs, http: httpx.Client) -> None:
    """It is the project that isn't there."""
    project_id, snapshot_id = narrated(client)
    client.studio.projects.delete(project_id)
    path = f"/v1/studio/projects/{project_id}/snapshots"
    assert error_of(http.get(f"{path}/{snapshot_id}")) == (404, "project_not_found")
    assert error_of(http.get(path)) == (404, "project_not_found")


def test_another_workspace_has_no_such_project(client: ElevenLabs, other_http: httpx.Client) -> None:
    """A foreign id is the same as an absent one."""
    project_id, snapshot_id = narrated(client)
    path = f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}"
    assert error_of(other_http.get(path)) == (404, "project_not_found")


@pytest.mark.parametrize("headers", [{}, {"xi-api-key": ""}, {"xi-api-key": "wrong"}])
def test_no_key_no_snapshot(tides: Narrated, headers: dict[str, str]) -> None:
    """Without a valid key nothing is said of it."""
    with raw_http(tides.server.url) as anonymous:
        assert anonymous.get(tides.snapshot, headers=headers).status_code == 401


def test_a_lost_alignment_is_an_error_before_the_first_byte(
    server: LiveServer, client: ElevenLabs, http: httpx.Client
) -> None:
    """In words, and of the last chapter too."""
    project_id, snapshot_id = narrated(client)
    with server.records.write(server.workspace_id) as tx:
        newest = tx.connection.exec_driver_sql("SELECT max(segment_id) FROM segments WHERE kind = 'speech'")
        tx.connection.execute(
            schema.segments.update()
            .where(schema.segments.c.segment_id == newest.scalar_one())
            .values(alignment=None)
        )
    response = http.get(f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}")
    assert error_of(response) == (500, "data_damaged")


# --- The request as the samples of a reference send it ---


@pytest.mark.parametrize("typed", [[], [("Content-Type", "application/json")]], ids=["plain", "typed"])
@pytest.mark.parametrize("sender", OWN_HEADERS)
def test_the_samples_of_the_reference_work(
    tides: Narrated, sender: str, typed: list[tuple[str, str]]
) -> None:
    """Each client's own headers, with and without a type for the body that isn't there."""
    headers = [("xi-api-key", tides.server.key), *OWN_HEADERS[sender], *typed]
    answer = send(tides.server.url, "GET", tides.snapshot, headers)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == tides.http.get(tides.snapshot).content


def test_the_official_sdk_reads_it(tides: Narrated) -> None:
    """As its documentation has it."""
    snapshot = tides.client.studio.projects.snapshots.get(tides.project_id, tides.snapshot_id)
    assert snapshot.project_snapshot_id == tides.snapshot_id
    assert ["".join(alignment.characters) for alignment in snapshot.character_alignments] == TEXTS
    assert snapshot.audio_duration_secs == tides.http.get(tides.snapshot).json()["audio_duration_secs"]


def test_the_official_sdk_reads_it_asynchronously(client: ElevenLabs, async_client: AsyncElevenLabs) -> None:
    """The asynchronous client gets the same."""
    ids = narrated(client)
    snapshot = asyncio.run(async_client.studio.projects.snapshots.get(*ids))
    assert snapshot == client.studio.projects.snapshots.get(*ids)
