"""The WebSocket that takes a text while it is spoken."""

import base64
import contextlib
import io
import json
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from elevenlabs import ElevenLabs, VoiceSettings
from elevenlabs.core.api_error import ApiError
from numpy.typing import NDArray
from tests.certificates import make_certificate
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from rhapsode.access.keys import create_api_key, find_owner, list_used_keys
from rhapsode.access.rule import AccessRule
from rhapsode.api.server import create_app
from rhapsode.storage.api_keys import KeyTerms
from rhapsode.storage.conversions import get_usage
from rhapsode.studio.ids import ConversionId
from rhapsode.studio.limits import (
    MAX_LIVE_MESSAGE_BYTES,
    MAX_LIVE_SESSIONS_OF_WORKSPACE,
    MAX_SPEAK_CHARACTERS,
)

from .running import LiveServer, serving

TALE = "The lamps are lit at dusk. Somebody walks along the quay. At dawn she puts them out again. "
Message = dict[str, Any]


def opened(
    server: LiveServer, voice_id: str = "tone_low", *, key: str | None = "", **query: Any
) -> ClientConnection:
    """A WebSocket. key: "" for the server's; None for none."""
    path = f"/v1/text-to-speech/{voice_id}/stream-input?{httpx.QueryParams(query)}"
    return connect(
        server.url.replace("http", "ws", 1) + path,
        additional_headers={} if key is None else {"xi-api-key": key or server.key},
        open_timeout=10,
        max_size=None,
    )


def say(connection: ClientConnection, text: str, **more: Any) -> None:
    connection.send(json.dumps({"text": text, **more}))


def listen(connection: ClientConnection) -> Message:
    answer: Message = json.loads(connection.recv(timeout=20))
    return answer


def heard(connection: ClientConnection) -> tuple[list[Message], int]:
    """All messages until the end, and the code of the close."""
    messages = []
    while True:
        try:
            messages.append(listen(connection))
        except ConnectionClosed:
            return messages, connection.close_code or 0


def said(server: LiveServer, *texts: str, first: Message | None = None, **query: Any) -> list[Message]:
    """The pieces that are answered to these texts."""
    with opened(server, **query) as connection:
        say(connection, " ", **(first or {}))
        for text in texts:
            say(connection, text)
        say(connection, "")
        (*pieces, final), code = heard(connection)
    assert code == 1000, final
    assert final == {"audio": None, "isFinal": True, "alignment": None, "normalizedAlignment": None}
    return pieces


def refused(server: LiveServer, *messages: str, key: str | None = "", **query: Any) -> str:
    """Send messages as they are; the error that they end with."""
    with opened(server, key=key, **query) as connection:
        with contextlib.suppress(ConnectionClosed):
            for message in messages:
                connection.send(message)
        (*_, last), code = heard(connection)
    assert (code, last["code"]) == (1008, 1008)
    assert last["message"] == last["detail"]["message"]
    return str(last["error"])


def sound_of(pieces: Sequence[Message]) -> bytes:
    return b"".join(base64.b64decode(piece["audio"]) for piece in pieces)


def text_of(pieces: Sequence[Message]) -> str:
    return "".join("".join(piece["alignment"]["chars"]) for piece in pieces)


def length_ms(piece: Message) -> int:
    alignment = piece["alignment"]
    return int(alignment["charStartTimesMs"][-1] + alignment["charDurationsMs"][-1])


def items(server: LiveServer, key: str | None = None) -> list[Message]:
    found = httpx.get(f"{server.url}/v1/history", headers={"xi-api-key": key or server.key}).json()["history"]
    return list(found)


def decoded(content: bytes, container: str) -> tuple[NDArray[np.float64], int]:
    """Samples from -1 to 1 and their rate, by a decoder that isn't ours."""
    with av.open(io.BytesIO(content), mode="r", format=container) as opened_file:
        frames = list(opened_file.decode(audio=0))
    samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    scale = 32_768 if samples.dtype == np.int16 else 1
    return samples / scale, frames[0].sample_rate


# What is heard


@pytest.mark.parametrize(
    ("output_format", "container"),
    [
        ("mp3_44100_128", "mp3"),
        ("mp3_22050_32", "mp3"),
        ("mp3_24000_48", "mp3"),
        ("opus_48000_64", "ogg"),
        ("pcm_44100", "s16le"),
    ],
)
def test_all_pieces_are_one_stream(server: LiveServer, output_format: str, container: str) -> None:
    """Each begins where the alignments of those before it end, and in front of it is silence."""
    pieces = said(server, *[TALE] * 3, output_format=output_format, auto_mode=True)
    samples, rate_hz = decoded(sound_of(pieces), container)

    *begins, end = np.cumsum([0, *(length_ms(piece) for piece in pieces)]) * rate_hz // 1_000
    # Of MP3, decoders leave out a delay at the beginning, and nobody told them to leave out the end.
    assert abs(samples.size - end) <= 1_105 + rate_hz // 100
    for begin in begins:
        assert np.abs(samples[begin : begin + rate_hz // 25]).max() > 0.05
        if begin:
            assert np.abs(samples[begin - rate_hz // 50 : begin - rate_hz // 100]).max() < 0.005


@pytest.mark.parametrize(
    ("output_format", "bytes_per_s"), [("pcm_8000", 16_000), ("ulaw_8000", 8_000), ("pcm_48000", 96_000)]
)
def test_samples_are_as_many_as_the_alignment_says(
    server: LiveServer, output_format: str, bytes_per_s: int
) -> None:
    """Piece by piece, to the rounding of a millisecond."""
    for piece in said(server, TALE, TALE, output_format=output_format):
        assert len(base64.b64decode(piece["audio"])) / bytes_per_s == pytest.approx(
            length_ms(piece) / 1_000, abs=0.001
        )


def test_the_alignment_is_of_each_piece(server: LiveServer) -> None:
    """Its times begin with the piece, have no gaps, and its characters are all that was sent."""
    pieces = said(server, TALE, TALE, "There are 42 of them. ", language_code="en")

    assert text_of(pieces) == TALE + TALE + "There are 42 of them. "
    assert "".join(pieces[-1]["normalizedAlignment"]["chars"]).endswith("There are forty-two of them. ")
    for piece in pieces:
        for alignment in (piece["alignment"], piece["normalizedAlignment"]):
            starts, durations = alignment["charStartTimesMs"], alignment["charDurationsMs"]
            assert len(starts) == len(durations) == len(alignment["chars"])
            assert starts[0] == 0
            ends = [start + duration for start, duration in zip(starts, durations, strict=True)]
            assert ends[:-1] == starts[1:]
            assert ends[-1] == length_ms(piece)


def test_a_pause_is_heard(server: LiveServer) -> None:
    """Also one in the middle of a stretch."""
    with_pause, without = (said(server, f"Wait {tag}here. ") for tag in ('<break time="1.5s"/>', ""))

    assert length_ms(with_pause[0]) - length_ms(without[0]) == pytest.approx(1_500, abs=80)


# When it is heard


def test_flush_speaks_what_is_there(server: LiveServer) -> None:
    """However little, and the connection stays open."""
    with opened(server) as connection:
        say(connection, " ")
        say(connection, "One ", flush=True)
        assert text_of([listen(connection)]) == "One "
        say(connection, "and two. ")
        say(connection, " ", flush=True)
        assert text_of([listen(connection)]) == "and two.  "


def test_auto_mode_speaks_every_message(server: LiveServer) -> None:
    """As soon as it comes."""
    with opened(server, auto_mode=True) as connection:
        say(connection, " ")
        for text in ("One. ", "Two. "):
            say(connection, text)
            assert text_of([listen(connection)]) == text


def test_the_schedule_says_when(server: LiveServer) -> None:
    """A stretch ends with the last sentence of what has come, once that is enough."""
    with opened(server) as connection:
        say(connection, " ", generation_config={"chunk_length_schedule": [60, 500]})
        say(connection, TALE[:70])
        first = text_of([listen(connection)])
        say(connection, TALE[70:])
        say(connection, TALE)
        say(connection, "")
        (rest, _), _ = heard(connection)

    assert first == "The lamps are lit at dusk. Somebody walks along the quay. "
    assert text_of([rest]) == (TALE + TALE)[len(first) :]


# What is kept


def test_all_of_it_is_one_item(server: LiveServer, http: httpx.Client) -> None:
    """It is there before the last message, with the whole text and audio that lasts as long."""
    pieces = said(server, TALE, TALE, output_format="pcm_44100")

    (item,) = items(server)
    assert item["text"] == TALE + TALE
    assert item["voice_id"] == "tone_low"
    audio = http.get(f"/v1/history/{item['history_item_id']}/audio").content
    # A file ends where its last frame would be, and nothing else differs.
    assert sound_of(pieces).startswith(audio)
    assert 0 < len(sound_of(pieces)) - len(audio) <= 2 * 1_152
    alignment = http.get(f"/v1/history/{item['history_item_id']}").json()["alignments"]["alignment"]
    assert "".join(alignment["characters"]) == TALE + TALE


def test_nothing_is_spoken_twice(server: LiveServer) -> None:
    """What is spoken while the text comes is what the item is made of, and what the next text finds."""
    for expected in (len(TALE) * 2, 0):
        said(server, TALE, TALE, output_format="mp3_44100_64")
        item_id = ConversionId(items(server)[0]["history_item_id"])
        with server.records.read(server.workspace_id) as tx:
            assert get_usage(tx, item_id, "speech").character_count == expected
            assert get_usage(tx, item_id, "audio").segment_count > 0


def test_without_logging_nothing_is_kept(server: LiveServer) -> None:
    """And the sound is the same."""
    unkept = said(server, TALE, enable_logging=False)
    assert items(server) == []

    assert sound_of(said(server, TALE)) == sound_of(unkept)


def test_who_vanishes_leaves_what_was_spoken(server: LiveServer) -> None:
    """As an item, with nothing of what came after it."""
    with opened(server) as connection:
        say(connection, " ")
        say(connection, "One. ", flush=True)
        listen(connection)
        say(connection, "Two")
        connection.socket.close()

    until_s = time.monotonic() + 10
    while not items(server):
        assert time.monotonic() < until_s
        time.sleep(0.01)
    assert [item["text"] for item in items(server)] == ["One. "]


def test_nothing_but_space_leaves_nothing(server: LiveServer) -> None:
    """No piece, and no item."""
    assert said(server, " ", "\n", "\u200b") == []
    assert items(server) == []


def test_the_item_is_of_one_workspace(server: LiveServer) -> None:
    """The one whose key was shown."""
    said(server, "One. ")

    assert len(items(server)) == 1
    assert items(server, server.other_key) == []


def test_the_first_message_says_how(server: LiveServer, http: httpx.Client) -> None:
    """Its settings and its dictionaries are heeded, later ones aren't."""
    rules = [{"type": "alias", "string_to_replace": "lamps", "alias": "lanterns"}]
    made = http.post(
        "/v1/pronunciation-dictionaries/add-from-rules", json={"name": "Light", "rules": rules}
    ).json()
    locator = {"pronunciation_dictionary_id": made["id"], "version_id": made["version_id"]}
    with opened(server) as connection:
        say(connection, " ", voice_settings={"speed": 0.8}, pronunciation_dictionary_locators=[locator])
        say(connection, TALE, voice_settings={"speed": 1.2}, pronunciation_dictionary_locators=[])
        say(connection, "")
        (piece, _), _ = heard(connection)

    assert "".join(piece["normalizedAlignment"]["chars"]).startswith("The lanterns are lit")
    assert items(server)[0]["settings"]["speed"] == 0.8


# Who may


def test_the_first_message_may_have_the_key(server: LiveServer) -> None:
    """Browsers send no headers with a WebSocket."""
    for shown in (
        {"xi_api_key": server.key},
        {"xi-api-key": server.key},
        {"authorization": f"Bearer {server.key}"},
    ):
        with opened(server, key=None) as connection:
            say(connection, " ", **shown)
            say(connection, "One. ")
            say(connection, "")
            assert heard(connection)[1] == 1000
    assert len(items(server)) == 3


@pytest.mark.parametrize(
    ("shown", "error"), [({}, "needs_authorization"), ({"xi_api_key": "sk_wrong"}, "invalid_api_key")]
)
def test_without_a_key_nothing_is_spoken(server: LiveServer, shown: Message, error: str) -> None:
    """And nothing else is told."""
    assert refused(server, json.dumps({"text": "One. ", **shown}), key=None, model_id="none") == error


def test_characters_are_paid_stretch_by_stretch(server: LiveServer) -> None:
    """The one that is too many isn't spoken; those before it are, and are kept."""
    limited = create_api_key(
        server.records, server.workspace_id, name="limited", terms=KeyTerms(character_limit=8)
    )
    with opened(server, key=limited.secret, auto_mode=True) as connection:
        say(connection, "One. ")
        assert text_of([listen(connection)]) == "One. "
        say(connection, "Two. ")
        (last,), code = heard(connection)

    assert (last["error"], code) == ("quota_exceeded", 1008)
    assert [item["text"] for item in items(server)] == ["One. "]
    used = {
        key.api_key.name: key.character_count for key in list_used_keys(server.records, server.workspace_id)
    }
    assert used["limited"] == 5


def test_a_workspace_has_so_many_open(server: LiveServer) -> None:
    """One more is told to come back, and has a place when another has left."""
    with contextlib.ExitStack() as stack:
        connections = [
            stack.enter_context(opened(server, auto_mode=True)) for _ in range(MAX_LIVE_SESSIONS_OF_WORKSPACE)
        ]
        for connection in connections:
            say(connection, "One. ")
        for connection in connections:
            listen(connection)
        assert refused(server, json.dumps({"text": " "})) == "system_busy"
        say(connections[0], "")
        heard(connections[0])
        said(server, "Two. ")


# What isn't taken


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("no JSON", "invalid_parameters"),
        ("[" * 100_000, "invalid_parameters"),
        ("[" * 900, "invalid_parameters"),
        ('["text"]', "invalid_parameters"),
        ('{"flush": true}', "invalid_parameters"),
        ('{"text": 1}', "invalid_parameters"),
        ('{"text": "Two. ", "generation_config": 5}', "invalid_parameters"),
        ('{"text": "\\ud83d"}', "invalid_parameters"),
        (json.dumps({"text": "x" * (MAX_SPEAK_CHARACTERS + 1)}), "text_too_long"),
    ],
)
def test_a_message_that_is_none_ends_it(server: LiveServer, message: str, error: str) -> None:
    """With a sentence; what was spoken before is kept."""
    with opened(server, auto_mode=True) as connection:
        say(connection, "One. ")
        listen(connection)
        connection.send(message)
        (last,), code = heard(connection)

    assert (last["error"], code) == (error, 1008)
    assert last["message"].endswith(".")
    assert "instance of" not in last["message"]
    assert [item["text"] for item in items(server)] == ["One. "]


def test_a_message_may_be_so_long(server: LiveServer) -> None:
    """As long as all characters of a text are, as JSON spells them at the longest; a longer one isn't read."""
    with opened(server) as connection:
        say(connection, " ")
        say(connection, "\N{WAVING HAND SIGN}" * MAX_SPEAK_CHARACTERS + "!")
        (last,), _ = heard(connection)
    assert last["error"] == "text_too_long"

    with opened(server) as connection:
        say(connection, "x" * MAX_LIVE_MESSAGE_BYTES)
        assert heard(connection) == ([], 1009)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"model_id": "none"}, "model_not_found"),
        ({"output_format": "wav_44100"}, "invalid_output_format"),
        ({"output_format": "none"}, "invalid_output_format"),
        ({"inactivity_timeout": 181}, "invalid_parameters"),
        ({"voice_id": "nobody"}, "voice_not_found"),
    ],
)
def test_what_cannot_be_spoken_is_told_at_once(server: LiveServer, query: Message, error: str) -> None:
    """At the first message, as text-to-speech does."""
    assert refused(server, json.dumps({"text": " "}), **query) == error


def test_a_dictionary_of_elsewhere_is_not_there(server: LiveServer, other_http: httpx.Client) -> None:
    """No more than one that never was."""
    rules = [{"type": "alias", "string_to_replace": "lamps", "alias": "lanterns"}]
    made = other_http.post(
        "/v1/pronunciation-dictionaries/add-from-rules", json={"name": "Light", "rules": rules}
    ).json()
    for identifier in (made["id"], "never"):
        locators = [{"pronunciation_dictionary_id": identifier, "version_id": None}]
        first = json.dumps({"text": " ", "pronunciation_dictionary_locators": locators})
        assert refused(server, first) == "pronunciation_dictionary_not_found"


def test_silence_ends_it(server: LiveServer) -> None:
    """After the time that its address names; a space is no silence, and what was said is kept."""
    with opened(server, inactivity_timeout=1) as connection:
        say(connection, "One. ", flush=True)
        listen(connection)
        time.sleep(0.3)
        say(connection, " ")
        said_at_s = time.monotonic()
        (last,), code = heard(connection)

    assert time.monotonic() - said_at_s > 0.9

    assert (last["error"], code) == ("input_timeout_exceeded", 1008)
    assert [item["text"] for item in items(server)] == ["One. "]


def test_nothing_is_spoken_ahead_of_a_slow_reader(server: LiveServer) -> None:
    """While nobody reads, only what fits into the connection is made; then all of it comes."""
    key = create_api_key(server.records, server.workspace_id, name="slow")
    stretch = ("word " * 100)[:499] + " "
    with opened(server, key=key.secret, output_format="pcm_48000", auto_mode=True) as connection:
        # The client reads two messages ahead and no more, and so does its system, which would grow to 32 MB.
        connection.recv_messages.high = 1
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**16)
        for _ in range(8):
            say(connection, stretch)
        say(connection, "")
        spoken = _steady(lambda: _used(server, "slow"))
        pieces, code = heard(connection)

    assert spoken < 8 * len(stretch)
    assert code == 1000
    assert len(pieces) > 8
    assert _used(server, "slow") == 8 * len(stretch)


def _used(server: LiveServer, name: str) -> int:
    keys = list_used_keys(server.records, server.workspace_id)
    return next(key.character_count for key in keys if key.api_key.name == name)


def _steady(look: Any) -> Any:
    """What is seen, once it hasn't changed for a while."""
    seen, since_s = look(), time.monotonic()
    while time.monotonic() - since_s < 0.4:
        time.sleep(0.05)
        if look() != seen:
            seen, since_s = look(), time.monotonic()
    return seen


# The official SDK


@pytest.fixture
def realtime(server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ElevenLabs]:
    """The official SDK at the same server over TLS, without which it opens no WebSocket."""
    files = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(files.certificate))
    access = AccessRule(find_owner=lambda secret: find_owner(server.records, secret))
    with serving(create_app(server.services, access=access), tls=files) as url, httpx.Client() as connections:
        yield ElevenLabs(base_url=url, api_key=server.key, httpx_client=connections)


# The SDK asks for the reason by a name that its library has given up.
@pytest.mark.filterwarnings("ignore:ConnectionClosed:DeprecationWarning")
def test_the_official_sdk_speaks_while_it_writes(server: LiveServer, realtime: ElevenLabs) -> None:
    """Sound comes before the text has ended, and all of it is one MP3."""
    written = []

    def words() -> Iterator[str]:
        for word in (TALE * 3).split():
            written.append(word)
            time.sleep(0.002)
            yield f"{word} "

    sound = realtime.text_to_speech.convert_realtime(
        "tone_low", text=words(), model_id="eleven_flash_v2_5", voice_settings=VoiceSettings(speed=1.1)
    )
    first = next(sound)
    assert len(written) < len((TALE * 3).split())
    samples, rate_hz = decoded(first + b"".join(sound), "mp3")

    (item,) = items(server)
    # The SDK puts another space behind the end.
    assert item["text"].rstrip() == " ".join((TALE * 3).split())
    assert samples.size / rate_hz > 0.06 * len(item["text"])


@pytest.mark.filterwarnings("ignore:ConnectionClosed:DeprecationWarning")
def test_the_official_sdk_shows_an_error(realtime: ElevenLabs) -> None:
    """As what it is, not as the number of a close."""
    with pytest.raises(ApiError) as caught:
        list(realtime.text_to_speech.convert_realtime("nobody", text=iter(["One. ", "Two. "])))

    assert caught.value.status_code == 1008
    shown = caught.value.body
    assert "There is no voice 'nobody'" in (shown if isinstance(shown, str) else shown["message"])
