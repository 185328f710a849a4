"""Download history items: every detail of the operation, and the request as clients in many languages send it."""

import asyncio
import datetime
import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

import av
import httpx
import pytest
from elevenlabs import AsyncElevenLabs, ElevenLabs
from elevenlabs.core import ApiError
from elevenlabs.errors import UnprocessableEntityError

from rhapsode.delivery.history import item_file
from rhapsode.storage.packs import pack_key
from rhapsode.studio.ids import HistoryItemId

from .journeys import error_of
from .running import LiveServer
from .samples import OWN_HEADERS, send
from .speaking import speak

PATH = "/v1/history/download"
OCTETS = "application/octet-stream"
FORMATS = {
    "mp3_44100_128": ".mp3",
    "mp3_22050_32": ".mp3",
    "pcm_16000": ".pcm",
    "wav_24000": ".wav",
    "ulaw_8000": ".ul",
    "alaw_8000": ".al",
    "opus_48000_64": ".opus",
}
"""One of each codec, and a second MP3 of another rate; with the extension of its files."""


def download(http: httpx.Client, ids: Sequence[str], **body: Any) -> httpx.Response:
    """Ask for items as most clients do."""
    return http.post(PATH, json={"history_item_ids": list(ids), **body})


def unzip(content: bytes) -> dict[str, bytes]:
    """Name and content of each entry, in order; each checked against its checksum."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def audio_of(http: httpx.Client, history_item_id: str) -> bytes:
    """What the audio of an item is, as stored."""
    response = http.get(f"/v1/history/{history_item_id}/audio")
    assert response.status_code == 200
    return response.content


def decoded_s(content: bytes) -> float:
    """How long a WAV file lasts when it is decoded, in seconds."""
    with av.open(io.BytesIO(content), "r", format="wav") as container:
        frames = list(container.decode(audio=0))
    return float(sum(frame.samples for frame in frames)) / frames[0].sample_rate


def test_one_id_gives_the_bytes_of_its_audio(http: httpx.Client) -> None:
    """One id is no archive: it is the file itself, byte for byte."""
    item = speak(http, "The lamp was lit.")
    response = download(http, [item])
    assert response.status_code == 200
    assert response.content == audio_of(http, item)


def test_two_ids_give_an_archive_of_both(http: httpx.Client) -> None:
    """Two ids give a zip whose entries are the bytes of both files, in the order asked for."""
    first, second = speak(http, "The lamp was lit."), speak(http, "Nobody saw it.", voice_id="tone_high")
    entries = unzip(download(http, [second, first]).content)
    assert list(entries.values()) == [audio_of(http, second), audio_of(http, first)]


def test_an_id_given_twice_is_one_entry(http: httpx.Client) -> None:
    """More ids than one give an archive, with one entry for each distinct item."""
    first, second = speak(http, "The lamp was lit."), speak(http, "Nobody saw it.")
    assert len(unzip(download(http, [first, second, first]).content)) == 2
    assert list(unzip(download(http, [first, first]).content).values()) == [audio_of(http, first)]


def test_an_entry_is_named_with_voice_time_and_id(http: httpx.Client) -> None:
    """Clients look for the voice, or for the id before the extension; all names of an archive differ."""
    ids = [speak(http, "The lamp was lit."), speak(http, "The lamp was lit.")]
    for name, history_item_id in zip(unzip(download(http, ids).content), ids, strict=True):
        created = http.get(f"/v1/history/{history_item_id}").json()
        assert name.endswith(f"_{history_item_id}.mp3")
        assert created["voice_name"] in name
        assert _date_in(name, created["date_unix"])


def _date_in(name: str, date_unix: int) -> bool:
    moment = datetime.datetime.fromtimestamp(date_unix, datetime.UTC)
    return f"{moment:%Y-%m-%dT%H_%M_%S}" in name


@pytest.mark.parametrize("output_format", FORMATS)
def test_a_name_has_the_true_extension(http: httpx.Client, output_format: str) -> None:
    """The extension is that of the bytes, alone and in an archive, whatever the original once called them."""
    item, other = speak(http, "One.", output_format=output_format), speak(http, "Two.")
    alone = download(http, [item])
    assert alone.headers["content-disposition"].rstrip('"').endswith(FORMATS[output_format])
    first = next(iter(unzip(download(http, [item, other]).content)))
    assert first.endswith(FORMATS[output_format])


def test_no_ids_are_refused(http: httpx.Client) -> None:
    """An empty list asks for nothing."""
    assert error_of(download(http, [])) == (400, "invalid_parameters")


def test_ten_thousand_ids_are_too_many_by_one_more(http: httpx.Client) -> None:
    """10,001 ids are refused for their number; 10,000 are looked for."""
    refused = download(http, ["x"] * 10_001)
    assert error_of(refused) == (400, "invalid_parameters")
    assert refused.json()["error"] == "invalid_parameters"
    assert refused.json()["message"] == refused.json()["detail"]["message"]
    item = speak(http, "The lamp was lit.")
    assert len(unzip(download(http, [item] * 10_000).content)) == 1


def test_an_unknown_id_gives_an_error_and_no_bytes(http: httpx.Client) -> None:
    """One id that names nothing spoils the whole request, wherever in the list it stands."""
    item = speak(http, "The lamp was lit.")
    for ids in (["absent"], ["absent", item], [item, "absent"]):
        response = download(http, ids)
        assert error_of(response) == (404, "history_item_not_found")
        assert response.json()["detail"]["status"] == "invalid_id"
        assert "absent" in response.json()["detail"]["message"]


def test_lost_audio_gives_an_error_and_no_bytes(http: httpx.Client, server: LiveServer) -> None:
    """Where stored audio is missing, that is said before the first byte, alone and in an archive."""
    kept, lost = speak(http, "The lamp was lit."), speak(http, "Nobody saw it.")
    pieces = item_file(server.records, server.workspace_id, HistoryItemId(lost), "mp3_44100_128")
    for location in {piece.location for piece in pieces if piece.location is not None}:
        server.studio.blobs.delete(pack_key(location.pack_id))
    assert error_of(download(http, [lost])) == (500, "blob_missing")
    assert error_of(download(http, [kept, lost])) == (500, "blob_missing")
    assert download(http, [kept]).status_code == 200


def test_a_deleted_id_gives_an_error_and_no_bytes(http: httpx.Client) -> None:
    """What was deleted is gone from downloads."""
    kept, deleted = speak(http, "The lamp was lit."), speak(http, "Nobody saw it.")
    assert http.delete(f"/v1/history/{deleted}").json() == {"status": "ok"}
    assert error_of(download(http, [deleted])) == (404, "history_item_not_found")
    assert error_of(download(http, [kept, deleted])) == (404, "history_item_not_found")


def test_another_workspace_s_id_gives_an_error_and_no_bytes(
    http: httpx.Client, other_http: httpx.Client
) -> None:
    """An id of another workspace is answered as one that names nothing."""
    own, foreign = speak(http, "The lamp was lit."), speak(other_http, "Nobody saw it.")
    for ids in ([foreign], [own, foreign]):
        foreign_answer, absent_answer = download(http, ids), download(http, [*ids[:-1], "absent"])
        assert error_of(foreign_answer) == error_of(absent_answer) == (404, "history_item_not_found")


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("stored", [{}, {"output_format": None}, {"output_format": "default"}])
def test_as_stored_unless_told_otherwise(
    http: httpx.Client, output_format: str, stored: dict[str, str | None]
) -> None:
    """No format, null and "default" all give each item as it is stored."""
    item, other = speak(http, "One.", output_format=output_format), speak(http, "Two.")
    audio = audio_of(http, item)
    assert download(http, [item], **stored).content == audio
    assert next(iter(unzip(download(http, [item, other], **stored).content).values())) == audio


@pytest.mark.parametrize("output_format", FORMATS)
def test_wav_from_every_stored_format(http: httpx.Client, output_format: str) -> None:
    """ "wav" gives a WAV file that lasts as long as the sound, alone and in an archive."""
    item, other = speak(http, "The lamp was lit.", output_format=output_format), speak(http, "Two.")
    alone = download(http, [item], output_format="wav")
    assert alone.content[:4] == b"RIFF"
    assert alone.headers["content-disposition"].rstrip('"').endswith(".wav")
    assert decoded_s(alone.content) == pytest.approx(_spoken_s(http, item), abs=0.2)
    entries = unzip(download(http, [item, other], output_format="wav").content)
    assert all(name.endswith(".wav") for name in entries)
    assert next(iter(entries.values())) == alone.content


def _spoken_s(http: httpx.Client, history_item_id: str) -> float:
    alignment = http.get(f"/v1/history/{history_item_id}").json()["alignments"]["alignment"]
    return float(alignment["character_end_times_seconds"][-1])


def test_wav_twice_is_the_same_bytes(http: httpx.Client) -> None:
    """A WAV file that was made for one download serves the next."""
    item = speak(http, "The lamp was lit.")
    first, second = (download(http, [item], output_format="wav").content for _ in range(2))
    assert first == second


@pytest.mark.parametrize("output_format", ["mp3", "mp3_44100_128", "WAV", "", "none"])
def test_any_other_format_is_refused(http: httpx.Client, output_format: str) -> None:
    """The refusal serves readers of both error shapes: `error` and `message` stand beside `detail`."""
    item = speak(http, "The lamp was lit.")
    response = download(http, [item], output_format=output_format)
    assert error_of(response) == (400, "invalid_output_format")
    assert response.json()["error"] == "invalid_output_format"
    assert response.json()["message"] == response.json()["detail"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"history_item_id": "one"},
        {"history_item_ids": "one"},
        {"history_item_ids": None},
        {"history_item_ids": [1]},
        {"history_item_ids": ["one"], "output_format": 5},
        {},
    ],
)
def test_a_body_of_another_shape_is_a_validation_error(http: httpx.Client, body: dict[str, Any]) -> None:
    """Anything but a list of ids is a 422, above all the singular that clients mistake it for."""
    response = http.post(PATH, json=body)
    assert response.status_code == 422
    assert all({"type", "loc", "msg"} <= error.keys() for error in response.json()["detail"])


def test_unknown_fields_are_ignored(http: httpx.Client) -> None:
    """A client that is ahead of the contract is served."""
    item = speak(http, "The lamp was lit.")
    assert download(http, [item], colour="green").content == audio_of(http, item)


def test_a_body_that_does_not_say_that_it_is_json(http: httpx.Client) -> None:
    """A client that leaves out Content-Type is understood."""
    item = speak(http, "The lamp was lit.")
    response = http.post(PATH, content=json.dumps({"history_item_ids": [item]}).encode())
    assert "content-type" not in response.request.headers
    assert response.content == audio_of(http, item)


def test_broken_json_is_a_validation_error(http: httpx.Client) -> None:
    """A body that isn't JSON is a 422."""
    response = http.post(PATH, content=b'{"history_item_ids":', headers={"content-type": "application/json"})
    assert response.status_code == 422


@pytest.mark.parametrize("headers", [{}, {"xi-api-key": ""}, {"xi-api-key": "wrong"}])
def test_no_key_no_bytes(http: httpx.Client, anonymous: httpx.Client, headers: dict[str, str]) -> None:
    """Without a valid key nothing is said of the items, and the body isn't even looked at."""
    item = speak(http, "The lamp was lit.")
    for body in ({"history_item_ids": [item]}, {"history_item_id": item}):
        assert anonymous.post(PATH, json=body, headers=headers).status_code == 401


def test_the_head_says_what_is_coming(http: httpx.Client) -> None:
    """As the original's reference says, the type is that of any bytes; size and name are exact."""
    ids = [speak(http, "The lamp was lit."), speak(http, "Nobody saw it.")]
    for wanted, extension in ((ids[:1], ".mp3"), (ids, ".zip")):
        response = download(http, wanted)
        assert response.headers["content-type"] == OCTETS
        assert int(response.headers["content-length"]) == len(response.content)
        assert response.headers["content-disposition"].startswith("attachment;")
        assert response.headers["content-disposition"].rstrip('"').endswith(extension)


@pytest.mark.parametrize(
    ("accept", "one", "many"),
    [
        ("*/*", OCTETS, OCTETS),
        ("application/json", OCTETS, OCTETS),
        ("application/zip", OCTETS, "application/zip"),
        ("audio/mpeg", "audio/mpeg", OCTETS),
        ("audio/*, application/zip;q=0.9", "audio/mpeg", "application/zip"),
    ],
)
def test_a_client_that_names_the_type_gets_it(http: httpx.Client, accept: str, one: str, many: str) -> None:
    """An Accept header that names zip or audio gets the precise type."""
    ids = [speak(http, "The lamp was lit."), speak(http, "Nobody saw it.")]
    body = {"history_item_ids": ids}
    assert http.post(PATH, json=body, headers={"accept": accept}).headers["content-type"] == many
    body = {"history_item_ids": ids[:1]}
    assert http.post(PATH, json=body, headers={"accept": accept}).headers["content-type"] == one


def test_the_same_items_give_the_same_archive(http: httpx.Client) -> None:
    """No clock enters an archive."""
    ids = [speak(http, "The lamp was lit."), speak(http, "Nobody saw it.")]
    assert download(http, ids).content == download(http, ids).content


# --- The official SDK ---


def test_the_official_sdk_downloads_one_and_many(client: ElevenLabs, http: httpx.Client) -> None:
    """`client.history.download` as its documentation has it; an explicit None travels as null."""
    ids = [speak(http, "The lamp was lit."), speak(http, "Nobody saw it.")]
    assert b"".join(client.history.download(history_item_ids=ids[:1])) == audio_of(http, ids[0])
    archive = b"".join(client.history.download(history_item_ids=ids, output_format=None))
    assert len(unzip(archive)) == 2
    assert b"".join(client.history.download(history_item_ids=ids[:1], output_format="wav"))[:4] == b"RIFF"


async def _download(client: AsyncElevenLabs, ids: list[str]) -> bytes:
    return b"".join([block async for block in client.history.download(history_item_ids=ids)])


def test_the_official_sdk_downloads_asynchronously(async_client: AsyncElevenLabs, http: httpx.Client) -> None:
    """The asynchronous client gets the same bytes."""
    item = speak(http, "The lamp was lit.")
    assert asyncio.run(_download(async_client, [item])) == audio_of(http, item)


def test_the_official_sdk_raises_what_the_server_says(client: ElevenLabs) -> None:
    """Errors reach the caller of the SDK with status and body."""
    with pytest.raises(ApiError) as refused:
        list(client.history.download(history_item_ids=["absent"]))
    assert refused.value.status_code == 404
    assert refused.value.body["detail"]["code"] == "history_item_not_found"
    with pytest.raises(UnprocessableEntityError):
        list(client.history.download(history_item_ids="absent"))


# --- The request as the samples of the reference send it ---

_BODIES = {"compact": '{"history_item_ids":%s}', "as it is printed": '{\n  "history_item_ids": %s\n}'}
"""How clients write the body: as their JSON writer does, or as the sample has it in a text."""


@pytest.mark.parametrize("language", OWN_HEADERS)
@pytest.mark.parametrize("written", _BODIES)
def test_the_request_as_the_reference_s_samples_send_it(
    http: httpx.Client, server: LiveServer, language: str, written: str
) -> None:
    """Whoever asks gets the same bytes, never compressed, with the size and the name of the file."""
    ids = [speak(http, "The lamp was lit."), speak(http, "Nobody saw it.")]
    for wanted in (ids[:1], ids):
        body = (_BODIES[written] % json.dumps(wanted)).encode()
        headers = [
            ("xi-api-key", server.key),
            ("Content-Type", "application/json"),
            *OWN_HEADERS[language],
            ("Content-Length", str(len(body))),
        ]
        answer = send(server.url, "POST", PATH, headers, body)
        assert answer.status == 200
        assert answer.content == download(http, wanted).content
        assert answer.headers["content-type"] == OCTETS
        assert answer.headers["content-length"] == str(len(answer.content))
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert "content-encoding" not in answer.headers
