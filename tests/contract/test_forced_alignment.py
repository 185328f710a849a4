"""Forced alignment."""

import asyncio
import contextlib
import io
import json
from http.client import HTTPConnection
from itertools import pairwise

import httpx
import pytest
from elevenlabs import AsyncElevenLabs, ElevenLabs
from elevenlabs.core import ApiError
from tests.factories import need_espeak

from rhapsode.studio.limits import MAX_ALIGNED_CHARACTERS

from .journeys import error_of
from .running import LiveServer

TEXT = "The lamp was lit,\nand nobody saw it. “Ça va?”"


@pytest.fixture(autouse=True)
def _espeak() -> None:
    """The text is read along by a real voice."""
    need_espeak()


@pytest.fixture
def spoken(http: httpx.Client) -> tuple[bytes, list[float]]:
    """The text as an MP3 by another voice than the aligner's, and when each character begins in it."""
    response = http.post("/v1/text-to-speech/espeak_birch/with-timestamps", json={"text": TEXT})
    body = response.json()
    audio = http.get(f"/v1/history/{response.headers['history-item-id']}/audio").content
    return audio, body["alignment"]["character_start_times_seconds"]


def post(http: httpx.Client, content: bytes, text: str = TEXT, **fields: str) -> httpx.Response:
    return http.post(
        "/v1/forced-alignment", files={"file": ("a.mp3", content)}, data={"text": text, **fields}
    )


def test_characters_and_words_have_their_times(client: ElevenLabs, spoken: tuple[bytes, list[float]]) -> None:
    """Together both lists are the text, each without a gap, and words begin where they were spoken."""
    audio, true_starts = spoken

    aligned = client.forced_alignment.create(file=io.BytesIO(audio), text=TEXT)

    assert "".join(character.text for character in aligned.characters) == TEXT
    assert [word.text for word in aligned.words][:6] == ["The", " ", "lamp", " ", "was", " "]
    assert "".join(word.text for word in aligned.words) == TEXT
    for entries in (aligned.characters, aligned.words):
        assert all(before.end == after.start for before, after in pairwise(entries))
        assert all(entry.start <= entry.end for entry in entries)
    starts = [TEXT.index(word) for word in ("The", "lamp", "was", "lit", "nobody", "saw")]
    errors = [abs(aligned.characters[start].start - true_starts[start]) for start in starts]
    assert max(errors) < 0.05
    assert 0 < aligned.loss < 0.6
    assert all(word.loss >= 0 for word in aligned.words)


def test_the_asynchronous_client_aligns_too(
    async_client: AsyncElevenLabs, spoken: tuple[bytes, list[float]]
) -> None:
    """With the same result."""
    aligned = asyncio.run(async_client.forced_alignment.create(file=spoken[0], text=TEXT))

    assert len(aligned.characters) == len(TEXT)


def test_nothing_is_kept(http: httpx.Client, server: LiveServer, spoken: tuple[bytes, list[float]]) -> None:
    """Neither an item nor a file, when it worked and when it didn't."""
    before = http.get("/v1/history").json()["history"]

    assert post(http, spoken[0]).status_code == 200
    assert post(http, b"no audio").status_code == 400

    assert http.get("/v1/history").json()["history"] == before
    assert not list(server.services.blobs.temporary_directory().glob("*.audio"))


def test_a_language_may_be_named(http: httpx.Client, spoken: tuple[bytes, list[float]]) -> None:
    """A wrong one fits worse; one that isn't spoken here is passed over, like a field that old clients send."""
    guessed, french, unknown = (
        post(http, spoken[0], **fields).json()
        for fields in ({}, {"language_code": "fr"}, {"language_code": "tlh", "enabled_spooled_file": "true"})
    )

    assert french["loss"] > guessed["loss"]
    assert unknown == guessed


@pytest.mark.parametrize("content", [b"", b"RIFF", b"The harbour was quiet. " * 200, bytes(10_000)])
def test_what_is_no_audio_is_refused(http: httpx.Client, content: bytes) -> None:
    """As 400, which no SDK sends again."""
    assert error_of(post(http, content)) == (400, "invalid_audio")


def test_what_isnt_said_has_the_greater_loss(client: ElevenLabs, spoken: tuple[bytes, list[float]]) -> None:
    """The word that was changed, twice what it was; the text as a whole, more than the right one."""
    right, wrong = (
        client.forced_alignment.create(file=spoken[0], text=text)
        for text in (TEXT, TEXT.replace("nobody", "carpets"))
    )
    index = [word.text for word in right.words].index("nobody")

    assert wrong.words[index].text == "carpets"
    assert wrong.words[index].loss > 2 * right.words[index].loss
    assert wrong.loss > right.loss


def test_a_text_that_cannot_be_read_along_has_its_share(
    http: httpx.Client, spoken: tuple[bytes, list[float]]
) -> None:
    """Its loss says that nothing was compared: what another text has."""
    aligned = post(http, spoken[0], "ランプがついた").json()

    assert {word["loss"] for word in aligned["words"]} == {0.7}
    durations = [entry["end"] - entry["start"] for entry in aligned["characters"]]
    assert min(durations) > 0


def test_what_is_missing_is_told(http: httpx.Client, spoken: tuple[bytes, list[float]]) -> None:
    """A form without the file or the text doesn't fit the schema."""
    no_file = http.post("/v1/forced-alignment", files={"other": b"x"}, data={"text": TEXT})
    no_text = http.post("/v1/forced-alignment", files={"file": spoken[0]})

    assert (no_file.status_code, no_file.json()["detail"][0]["loc"]) == (422, ["body", "file"])
    assert (no_text.status_code, no_text.json()["detail"][0]["loc"]) == (422, ["body", "text"])


def test_a_file_that_is_a_field_is_refused(http: httpx.Client) -> None:
    """A part without a filename is text."""
    response = http.post("/v1/forced-alignment", files={"x": b""}, data={"file": "RIFF", "text": "a"})

    assert error_of(response) == (400, "invalid_audio")


@pytest.mark.parametrize(
    ("text", "code"), [(" \n ", "empty_text"), ("a" * (MAX_ALIGNED_CHARACTERS + 1), "text_too_long")]
)
def test_a_text_that_cannot_be_aligned_is_refused(client: ElevenLabs, text: str, code: str) -> None:
    """Before the audio is looked at."""
    with pytest.raises(ApiError) as raised:
        client.forced_alignment.create(file=b"audio", text=text)

    assert raised.value.status_code == 400
    assert raised.value.body["detail"]["code"] == code


def test_a_form_that_was_cut_off_is_refused(http: httpx.Client) -> None:
    """A recording whose end is missing isn't half a recording."""
    whole = http.build_request(
        "POST", "/v1/forced-alignment", files={"file": b"x" * 500}, data={"text": TEXT}
    )
    content = whole.read()[:-200]

    response = http.post(
        "/v1/forced-alignment", content=content, headers={"content-type": whole.headers["content-type"]}
    )

    assert response.status_code == 400


def test_a_key_is_needed(anonymous: httpx.Client) -> None:
    """Before the form is read."""
    assert post(anonymous, b"").status_code == 401


def test_a_recording_may_be_longer_than_any_other_form(server: LiveServer) -> None:
    """A gigabyte; a longer one is refused by its length, before a byte of it is read."""
    connection = HTTPConnection(server.url.removeprefix("http://"), timeout=20)
    with contextlib.closing(connection):
        connection.putrequest("POST", "/v1/forced-alignment")
        connection.putheader("xi-api-key", server.key)
        connection.putheader("Content-Type", "multipart/form-data; boundary=x")
        connection.putheader("Content-Length", str(2 * 2**30))
        connection.endheaders()
        refused = connection.getresponse()
        told = json.loads(refused.read())

    assert (refused.status, told["detail"]["code"]) == (413, "content_too_large")
    assert "1032 MiB" in told["detail"]["message"]
