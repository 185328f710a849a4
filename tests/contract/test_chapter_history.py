"""History of converted chapters: an item for each, whose audio is the chapter's own."""

import io
import time
import zipfile
from typing import Any

import av
import httpx
from elevenlabs import ElevenLabs

from rhapsode.storage.check import check_storage
from rhapsode.storage.cleanup import CleanupPolicy, clean_up

from .asking import NO_AUTHORITIES
from .journeys import HARBOUR, convert_and_wait, error_of, narrated
from .running import LiveServer
from .speaking import speak

PATH = "/v1/history"
HILL = "They climbed.\nFar below, the boat was turning."


def items_of(http: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    """A page of history."""
    listed: list[dict[str, Any]] = http.get(PATH, params=query).json()["history"]
    return listed


def snapshots_of(http: httpx.Client, project_id: str) -> list[str]:
    """The path of the newest snapshot of each chapter, in order."""
    chapters = f"/v1/studio/projects/{project_id}/chapters"
    paths = []
    for chapter in http.get(chapters).json()["chapters"]:
        path = f"{chapters}/{chapter['chapter_id']}/snapshots"
        paths.append(f"{path}/{http.get(path).json()['snapshots'][0]['chapter_snapshot_id']}")
    return paths


def download(http: httpx.Client, *ids: str, **body: Any) -> httpx.Response:
    """Ask for items."""
    return http.post(f"{PATH}/download", json={"history_item_ids": ids, **body})


def decoded_samples(content: bytes) -> int:
    """How many samples a file has when it is decoded."""
    with av.open(io.BytesIO(content), "r") as container:
        return sum(frame.samples for frame in container.decode(container.streams.audio[0]))


def test_each_converted_chapter_is_an_item(client: ElevenLabs, http: httpx.Client) -> None:
    """With the chapter's text, the voice of the project's paragraphs, and the source Projects."""
    narrated(client, default_model_id="eleven_flash_v2_5")
    second, first = items_of(http)
    assert first["text"] == "The Harbour\nThe boat came in at six. Nobody stood on the quay."
    expected = {
        "text": HILL,
        "voice_id": "tone_low",
        "voice_name": "Tone Low",
        "model_id": "eleven_flash_v2_5",
        "source": "Projects",
        "content_type": "audio/mpeg",
        "output_format": "mp3_44100_128",
        "character_count_change_to": len(HILL),
        "dialogue": None,
        "state": "created",
    }
    assert {name: second[name] for name in expected} == expected
    assert items_of(http, source="Projects") == [second, first]
    assert items_of(http, source="TTS") == []
    assert items_of(http, search="QUAY") == [first]


def test_its_audio_and_times_are_those_of_the_chapter(client: ElevenLabs, http: httpx.Client) -> None:
    """Byte for byte, and nothing is stored a second time for it."""
    project_id, _ = narrated(client)
    for item, snapshot in zip(
        items_of(http, sort_direction="asc"), snapshots_of(http, project_id), strict=True
    ):
        item_id = item["history_item_id"]
        audio = b"".join(client.history.get_audio(item_id))
        assert audio == http.post(f"{snapshot}/stream").content == download(http, item_id).content
        assert int(http.head(f"{PATH}/{item_id}/audio").headers["content-length"]) == len(audio)
        alignment = client.history.get(item_id).alignments
        assert alignment is not None
        (of_chapter,) = http.get(snapshot).json()["character_alignments"]
        assert alignment.alignment.characters == of_chapter["characters"]
        starts = of_chapter["character_start_times_seconds"]
        assert alignment.alignment.character_start_times_seconds == starts
        assert "".join(alignment.normalized_alignment.characters) == item["text"]


def test_it_can_be_had_as_wav(client: ElevenLabs, http: httpx.Client) -> None:
    """Alone and in a zip with others, as long as the chapter to the sample, its pauses included."""
    narrated(client)
    spoken = speak(http, "The lamp was lit.")
    chapter = items_of(http, source="Projects")[0]["history_item_id"]
    wav = download(http, chapter, output_format="wav")
    mp3 = download(http, chapter).content
    assert wav.content[:4] == b"RIFF"
    assert decoded_samples(wav.content) == decoded_samples(mp3)
    archive = download(http, chapter, spoken, output_format="wav").content
    with zipfile.ZipFile(io.BytesIO(archive)) as entries:
        assert entries.testzip() is None
        assert entries.read(entries.namelist()[0]) == wav.content
    archive = download(http, spoken, chapter).content
    with zipfile.ZipFile(io.BytesIO(archive)) as entries:
        assert entries.read(entries.namelist()[1]) == mp3


def test_a_wav_is_as_loud_as_the_chapter(client: ElevenLabs, http: httpx.Client) -> None:
    """What was mastered for the chapter is mastered for its copy: both have the same samples."""
    fields = {"quality_preset": "ultra_lossless", "volume_normalization": True}
    narrated(client, HARBOUR[1:], **fields)
    narrated(client, HARBOUR[1:], **(fields | {"quality_preset": "standard"}))
    mp3, lossless = (item["history_item_id"] for item in items_of(http))
    stored, made = download(http, lossless).content, download(http, mp3, output_format="wav").content
    assert made.split(b"data", 1)[1] == stored.split(b"data", 1)[1]


def test_a_lossless_chapter_is_a_wav_file(client: ElevenLabs, http: httpx.Client) -> None:
    """So it is downloaded as what it is, whatever is asked for."""
    project_id, _ = narrated(client, HARBOUR[1:], quality_preset="ultra_lossless")
    (item,) = items_of(http)
    (snapshot,) = snapshots_of(http, project_id)
    assert (item["output_format"], item["content_type"]) == ("wav_44100", "audio/wav")
    stored = http.post(f"{snapshot}/stream").content
    for body in ({}, {"output_format": "wav"}):
        assert download(http, item["history_item_id"], **body).content == stored
    assert len(items_of(http)) == 1


def test_an_unchanged_chapter_makes_no_new_item(client: ElevenLabs, http: httpx.Client) -> None:
    """Converting again leaves history as it is; after an edit, only the chapter that was edited is new."""
    project_id, _ = narrated(client)
    before = items_of(http)
    convert_and_wait(client, project_id)
    assert items_of(http) == before
    _, hill = client.studio.projects.chapters.list(project_id).chapters
    nodes = [{"type": "tts_node", "voice_id": "tone_low", "text": "They rested."}]
    client.studio.projects.chapters.update(
        project_id, hill.chapter_id, content={"blocks": [{"sub_type": "p", "nodes": nodes}]}
    )
    convert_and_wait(client, project_id)
    newest, *others = items_of(http)
    assert newest["text"] == "They rested."
    assert others == before


def test_deleting_the_item_leaves_the_chapter(client: ElevenLabs, http: httpx.Client) -> None:
    """Its snapshot, its audio and its archive stay; the item is gone."""
    project_id, _ = narrated(client)
    item_id = items_of(http)[0]["history_item_id"]
    download(http, item_id, output_format="wav").raise_for_status()
    assert client.history.delete(item_id).status == "ok"
    assert error_of(http.get(f"{PATH}/{item_id}/audio")) == (404, "history_item_not_found")
    assert error_of(download(http, item_id)) == (404, "history_item_not_found")
    assert all(http.post(f"{path}/stream").status_code == 200 for path in snapshots_of(http, project_id))
    assert len(items_of(http, search="the boat")) == 1


def test_another_workspace_has_none_of_it(
    client: ElevenLabs, http: httpx.Client, other_http: httpx.Client
) -> None:
    """Neither in its list nor by its id."""
    narrated(client)
    item_id = items_of(http)[0]["history_item_id"]
    assert items_of(other_http, search="the boat") == items_of(other_http) == []
    assert error_of(other_http.get(f"{PATH}/{item_id}/audio")) == (404, "history_item_not_found")


def test_purging_the_project_takes_its_items(own_server: LiveServer) -> None:
    """A day after the project was deleted they go with its snapshots, copies too; until then they can be heard."""
    headers = {"xi-api-key": own_server.key}
    with httpx.Client(base_url=own_server.url, headers=headers, timeout=60, verify=NO_AUTHORITIES) as http:
        client = ElevenLabs(base_url=own_server.url, api_key=own_server.key, httpx_client=http)
        project_id, _ = narrated(client)
        spoken = speak(http, "The boat is ours.")
        chapter = items_of(http, source="Projects")[0]["history_item_id"]
        download(http, chapter, output_format="wav").raise_for_status()
        client.studio.projects.delete(project_id)
        assert download(http, chapter).status_code == 200
        purge(own_server)
        for query in ({}, {"search": "boat"}, {"voice_id": "tone_low"}):
            assert [item["history_item_id"] for item in items_of(http, **query)] == [spoken]
    assert check_storage(own_server.records, own_server.studio.blobs).problems == ()


def purge(server: LiveServer) -> None:
    """Let a day pass."""
    now_ms = int(time.time() * 1000) + 25 * 3600 * 1000
    clean_up(server.records, server.studio.blobs, CleanupPolicy(), now_ms=now_ms)
