"""Stream the archive of a snapshot: every detail of the operation, and the request as many languages send it."""

import asyncio
import io
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from elevenlabs import AsyncElevenLabs, ElevenLabs
from elevenlabs.core import ApiError
from tests.acceptance.decoding import decode

from rhapsode.delivery.files import chapter_file
from rhapsode.storage.packs import pack_key
from rhapsode.studio.ids import ChapterSnapshotId

from .asking import raw_http
from .journeys import Narrated, convert_and_wait, error_of, narrated
from .running import LiveServer
from .samples import BODIES, OWN_HEADERS, send

OCTETS = "application/octet-stream"


def unzip(content: bytes) -> dict[str, bytes]:
    """Name and content of each entry, in order; each checked against its checksum."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(http: httpx.Client, project_id: str, snapshot_id: str) -> httpx.Response:
    """The archive, asked for as the SDK does."""
    return http.post(f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}/archive")


# --- What is in it ---


def test_it_holds_one_file_for_each_chapter_in_order(tides: Narrated) -> None:
    """Named by ordinal and chapter, and byte for byte what the chapter's own stream gives."""
    entries = unzip(tides.http.post(f"{tides.snapshot}/archive").content)
    assert list(entries) == ["01 The Harbour.mp3", "02 The Hill.mp3"]
    streams = [tides.http.post(f"{path}/stream").content for path, _ in tides.chapters()]
    assert list(entries.values()) == streams


def test_its_files_decode_without_a_complaint(tides: Narrated) -> None:
    """By a decoder that isn't ours; together they last about as long as the single file."""
    entries = unzip(tides.http.post(f"{tides.snapshot}/archive").content)
    decoded = [decode(content) for content in entries.values()]
    assert [complaints for _, complaints in decoded] == [[], []]
    whole, complaints = decode(tides.http.post(f"{tides.snapshot}/stream").content)
    assert not complaints
    assert sum(samples for samples, _ in decoded) == whole - 1152


def test_a_lossless_project_has_wav_files(client: ElevenLabs, http: httpx.Client) -> None:
    """The extension is that of the bytes."""
    entries = unzip(archive_of(http, *narrated(client, quality_preset="ultra_lossless")).content)
    assert list(entries) == ["01 The Harbour.wav", "02 The Hill.wav"]
    assert all(content.startswith(b"RIFF") for content in entries.values())


def test_a_project_without_text_has_an_empty_archive(client: ElevenLabs, http: httpx.Client) -> None:
    """It is a zip all the same, of no entries."""
    response = archive_of(http, *narrated(client, []))
    assert response.status_code == 200
    assert unzip(response.content) == {}


def test_the_same_snapshot_gives_the_same_bytes(tides: Narrated) -> None:
    """No clock enters an archive."""
    first, second = (tides.http.post(f"{tides.snapshot}/archive").content for _ in range(2))
    assert first == second


def test_an_old_snapshot_keeps_its_archive(client: ElevenLabs, http: httpx.Client) -> None:
    """Edited, deleted from and converted again, the project leaves it as it was, to the byte."""
    project_id, snapshot_id = narrated(client)
    before = archive_of(http, project_id, snapshot_id).content
    first, second = (c.chapter_id for c in client.studio.projects.chapters.list(project_id).chapters)
    client.studio.projects.chapters.update(project_id, first, name="The Quay")
    client.studio.projects.chapters.delete(project_id, second)
    newer = convert_and_wait(client, project_id)
    assert archive_of(http, project_id, snapshot_id).content == before
    assert list(unzip(archive_of(http, project_id, newer).content)) == ["01 The Quay.mp3"]


# --- What its head says ---


def test_the_head_says_what_is_coming(tides: Narrated) -> None:
    """As the original's reference says, the type is that of any bytes; size and name are exact."""
    response = tides.http.post(f"{tides.snapshot}/archive")
    assert response.headers["content-type"] == OCTETS
    assert int(response.headers["content-length"]) == len(response.content)
    assert response.headers["content-disposition"] == (
        "attachment; filename=\"Tides.zip\"; filename*=UTF-8''Tides.zip"
    )


def test_a_name_in_any_script_comes_through(client: ElevenLabs, http: httpx.Client) -> None:
    """As it is for those who read RFC 6266, in ASCII for the others; nothing of it can end the header."""
    response = archive_of(http, *narrated(client, name='Ebbe & "Flut"\r\nX: 1 / Прилив'))
    plain, encoded = response.headers["content-disposition"].split("; ")[1:]
    assert plain == 'filename="Ebbe & Flut X 1 ______.zip"'
    assert encoded == "filename*=UTF-8''Ebbe%20%26%20Flut%20X%201%20%D0%9F%D1%80%D0%B8%D0%BB%D0%B8%D0%B2.zip"
    assert "x" not in response.headers


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", OCTETS),
        ("*/*", OCTETS),
        ("application/*;q=0.8, */*", OCTETS),
        ("application/json", OCTETS),
        ("audio/*", OCTETS),
        ("application/zip", "application/zip"),
        ("text/html, Application/Zip;q=0.5", "application/zip"),
        ("application/x-zip", "application/x-zip"),
        ("application/x-zip-compressed, application/zip", "application/zip"),
        ("application/zip;q=0, */*", OCTETS),
    ],
)
def test_a_client_that_names_the_type_gets_it(tides: Narrated, accept: str, media_type: str) -> None:
    """An Accept header that names zip gets zip, under the name it knows; a wildcard names nothing."""
    response = tides.http.post(f"{tides.snapshot}/archive", headers={"accept": accept})
    assert response.headers["content-type"] == media_type


# --- The body, which nobody reads ---


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"null", b'{"convert_to_mpeg":', b"\xff\x00", b"[1]", b"x" * 200_000]
)
@pytest.mark.parametrize("media_type", ["application/json", "text/plain", None])
def test_any_body_is_accepted(tides: Narrated, body: bytes, media_type: str | None) -> None:
    """Also one that is no JSON, although it says so."""
    headers = {} if media_type is None else {"content-type": media_type}
    response = tides.http.post(f"{tides.snapshot}/archive", content=body, headers=headers)
    assert response.status_code == 200
    assert len(unzip(response.content)) == 2


# --- The request as the samples of a reference send it ---


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("sender", OWN_HEADERS)
def test_the_samples_of_the_reference_work(tides: Narrated, sender: str, body: str) -> None:
    """Each client's own headers, with and without a body and its type."""
    headers, content = BODIES[body]
    sent = [("xi-api-key", tides.server.key), *OWN_HEADERS[sender], *headers]
    answer = send(tides.server.url, "POST", f"{tides.snapshot}/archive", sent, content)
    assert answer.status == 200
    assert answer.headers["content-type"] == OCTETS
    assert "content-encoding" not in answer.headers
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert len(unzip(answer.content)) == 2


def test_the_official_sdk_streams_it(tides: Narrated) -> None:
    """`stream_archive` as its documentation has it."""
    blocks = tides.client.studio.projects.snapshots.stream_archive(tides.project_id, tides.snapshot_id)
    assert b"".join(blocks) == tides.http.post(f"{tides.snapshot}/archive").content


async def _archive(client: AsyncElevenLabs, project_id: str, snapshot_id: str) -> bytes:
    blocks = client.studio.projects.snapshots.stream_archive(project_id, snapshot_id)
    return b"".join([block async for block in blocks])


def test_the_official_sdk_streams_it_asynchronously(
    client: ElevenLabs, async_client: AsyncElevenLabs
) -> None:
    """The asynchronous client gets the same bytes."""
    ids = narrated(client)
    content = b"".join(client.studio.projects.snapshots.stream_archive(*ids))
    assert asyncio.run(_archive(async_client, *ids)) == content


# --- What isn't there ---


def test_unknown_ids_are_not_found(tides: Narrated) -> None:
    """A project that doesn't exist, then a snapshot that doesn't; also for the caller of the SDK."""
    absent = f"/v1/studio/projects/absent/snapshots/{tides.snapshot_id}/archive"
    assert error_of(tides.http.post(absent)) == (404, "project_not_found")
    assert error_of(tides.http.post(f"{tides.snapshots}/absent/archive")) == (404, "snapshot_not_found")
    with pytest.raises(ApiError) as refused:
        list(tides.client.studio.projects.snapshots.stream_archive(tides.project_id, "absent"))
    assert refused.value.status_code == 404
    assert refused.value.body["detail"]["code"] == "snapshot_not_found"


def test_a_snapshot_is_found_in_its_own_project_alone(client: ElevenLabs, http: httpx.Client) -> None:
    """Another project's is as good as none, and so is a chapter's."""
    (mine, mine_of), (other, _) = narrated(client), narrated(client)
    assert error_of(archive_of(http, other, mine_of)) == (404, "snapshot_not_found")
    chapter = client.studio.projects.chapters.list(mine).chapters[0].chapter_id
    of_chapter = client.studio.projects.chapters.snapshots.list(mine, chapter).snapshots[0]
    assert error_of(archive_of(http, mine, of_chapter.chapter_snapshot_id)) == (404, "snapshot_not_found")


def test_a_deleted_project_has_no_archive(client: ElevenLabs, http: httpx.Client) -> None:
    """It is the project that isn't found."""
    ids = narrated(client)
    client.studio.projects.delete(ids[0])
    assert error_of(archive_of(http, *ids)) == (404, "project_not_found")


def test_another_workspace_has_no_such_project(client: ElevenLabs, other_http: httpx.Client) -> None:
    """A foreign id is the same as an absent one."""
    assert error_of(archive_of(other_http, *narrated(client))) == (404, "project_not_found")


@pytest.mark.parametrize("headers", [{}, {"xi-api-key": ""}, {"xi-api-key": "wrong"}])
def test_no_key_no_bytes(tides: Narrated, headers: dict[str, str]) -> None:
    """Without a valid key nothing is said of the snapshot."""
    with raw_http(tides.server.url) as anonymous:
        assert anonymous.post(f"{tides.snapshot}/archive", headers=headers).status_code == 401


# --- What was damaged ---


LONG = [
    {
        "name": name,
        "blocks": [{"sub_type": "p", "nodes": [{"type": "tts_node", "voice_id": "tone_low", "text": text}]}],
    }
    for name, text in (("Rain", "The rain fell on the harbour. " * 30), ("Sea", "The sea was flat. " * 30))
]
"""Two chapters of most of a minute each: more than is read before the first byte is sent."""


def _last_location(server: LiveServer, client: ElevenLabs, project_id: str) -> tuple[Path, int]:
    """The pack of the last chapter's last segment, and where in it that begins."""
    chapter_id = client.studio.projects.chapters.list(project_id).chapters[-1].chapter_id
    snapshot = client.studio.projects.chapters.snapshots.list(project_id, chapter_id).snapshots[0]
    snapshot_id = ChapterSnapshotId(snapshot.chapter_snapshot_id)
    with server.records.read(server.workspace_id) as tx:
        location = chapter_file(tx, snapshot_id)[-1].location
    assert location is not None
    return server.studio.blobs.path(pack_key(location.pack_id)), location.offset


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: os.truncate(path, 100)], ids=["lost", "cut"])
def test_a_lost_pack_is_an_error_before_the_first_byte(
    server: LiveServer, client: ElevenLabs, http: httpx.Client, harm: Callable[[Path], None]
) -> None:
    """In words, while words can still be sent, although it is the last chapter's."""
    ids = narrated(client, LONG)
    harm(_last_location(server, client, ids[0])[0])
    response = archive_of(http, *ids)
    assert response.status_code == 500
    assert response.json()["detail"]["type"] == "internal_error"


def test_a_damaged_block_ends_it_short(server: LiveServer, client: ElevenLabs, http: httpx.Client) -> None:
    """Nobody takes what came before it for the whole: fewer bytes than promised, and all of them right."""
    ids = narrated(client, LONG)
    whole = archive_of(http, *ids).content
    path, offset = _last_location(server, client, ids[0])
    with path.open("r+b") as pack:
        pack.seek(offset)
        pack.write(bytes([path.read_bytes()[offset] ^ 1]))
    received = bytearray()
    path_of_archive = f"/v1/studio/projects/{ids[0]}/snapshots/{ids[1]}/archive"
    with http.stream("POST", path_of_archive) as response:
        assert response.status_code == 200
        assert int(response.headers["content-length"]) == len(whole)
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
            deliver(response.iter_raw(), received)
    assert 0 < len(received) < len(whole)
    assert whole.startswith(received)


def deliver(blocks: Iterator[bytes], received: bytearray) -> None:
    """Receive blocks until they end, however they end."""
    for block in blocks:
        received += block
