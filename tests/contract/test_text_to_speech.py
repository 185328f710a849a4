"""Text-to-speech: whole and streamed, with and without timestamps."""

import asyncio
import base64
import contextlib
import io
import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import av
import httpx
import pytest
from elevenlabs import AsyncElevenLabs, ElevenLabs, VoiceSettings
from elevenlabs.core import ApiError
from tests.factories import need_espeak
from tests.waiting import wait_until

from rhapsode.audio.output_formats import get_output_format
from rhapsode.audio.stream_encoders import open_stream_head
from rhapsode.engines import tone

from .journeys import error_of
from .published import Response, find_violation
from .running import LiveServer

TEXT = "The lamp was lit, and nobody saw it."
CHARACTER_S = tone.CHARACTER_SAMPLES / tone.SAMPLE_RATE_HZ
ROUTES = ("", "/stream", "/with-timestamps", "/stream/with-timestamps")
MEDIA_TYPES = {"mp3": "audio/mpeg", "pcm": "audio/pcm", "wav": "audio/wav", "opus": "audio/ogg"}
LOGARITHMIC = "audio/basic"
MP3 = ("mp3_22050_32", "mp3_24000_48", *(f"mp3_44100_{kbps}" for kbps in (32, 64, 96, 128, 192)))
OPUS = tuple(f"opus_48000_{kbps}" for kbps in (32, 64, 96, 128, 192))
RATES_HZ = (8000, 16000, 22050, 24000, 32000, 44100, 48000)
PCM = tuple(f"pcm_{rate}" for rate in RATES_HZ)
WAV = tuple(f"wav_{rate}" for rate in RATES_HZ)
STREAMED = (*MP3, *OPUS, *PCM, "ulaw_8000", "alaw_8000")


def post(http: httpx.Client, route: str = "", *, voice_id: str = "tone_low", **body: Any) -> httpx.Response:
    """Speak a text; `query` among the fields of the body is the query."""
    query = body.pop("query", {})
    return http.post(
        f"/v1/text-to-speech/{voice_id}{route}",
        params=query,
        content=json.dumps({"text": TEXT, **body}),
        headers={"content-type": "application/json"},
    )


def lines_of(response: httpx.Response) -> list[dict[str, Any]]:
    """The objects of a stream, each held against the contract."""
    assert response.text.endswith("\n")
    lines = response.text.splitlines()
    for line in lines:
        path = response.request.url.path
        assert find_violation(Response("POST", path, 200, "application/json", line.encode())) is None
    return [json.loads(line) for line in lines]


def audio_of(http: httpx.Client, response: httpx.Response) -> bytes:
    """What history keeps of a request."""
    return http.get(f"/v1/history/{response.headers['history-item-id']}/audio").content


def audio_in(response: httpx.Response) -> bytes:
    """The audio of any of the four answers."""
    if response.headers["content-type"].startswith("audio/"):
        return response.content
    return b"".join(
        base64.b64decode(line["audio_base64"]) for line in map(json.loads, response.text.splitlines())
    )


def sound_of(content: bytes, output_format: str) -> bytes:
    """Behind the Info frame: that of a stream is as large, but doesn't say how long all is."""
    known = get_output_format(output_format)
    return content[len(open_stream_head(known)) :] if known.codec == "mp3" else content


def decoded_s(content: bytes, output_format: str) -> float:
    """How long audio lasts when it is decoded, in seconds."""
    codec, rate, *_ = output_format.split("_")
    raw = {"pcm": "s16le", "ulaw": "mulaw", "alaw": "alaw"}.get(codec)
    options = {"sample_rate": rate} if raw else {}
    with av.open(io.BytesIO(content), "r", format=raw, options=options) as container:
        frames = list(container.decode(audio=0))
    assert {frame.sample_rate for frame in frames} == {int(rate)}
    return float(sum(frame.samples for frame in frames)) / int(rate)


@pytest.mark.parametrize("output_format", [*STREAMED, *WAV])
def test_every_format_of_the_enum(http: httpx.Client, output_format: str) -> None:
    """Each format decodes at its rate, lasts as long as the text, and is kept as it was sent."""
    response = post(http, query={"output_format": output_format})
    assert response.status_code == 200
    codec = output_format.split("_")[0]
    assert response.headers["content-type"] == MEDIA_TYPES.get(codec, LOGARITHMIC)
    assert int(response.headers["content-length"]) == len(response.content)
    assert decoded_s(response.content, output_format) == pytest.approx(len(TEXT) * CHARACTER_S, abs=0.15)
    assert response.content == audio_of(http, response)


@pytest.mark.parametrize("output_format", STREAMED)
def test_a_stream_is_the_same_bytes(http: httpx.Client, output_format: str) -> None:
    """A streamed answer has the bytes of the whole one."""
    query = {"output_format": output_format}
    streamed = post(http, "/stream", query=query)
    assert streamed.status_code == 200
    assert streamed.content == post(http, query=query).content == audio_of(http, streamed)


@pytest.mark.parametrize("route", ROUTES)
def test_mp3_at_128_kbps_by_default(http: httpx.Client, route: str) -> None:
    """Without an output format, it is mp3_44100_128."""
    expected = post(http, query={"output_format": "mp3_44100_128"}).content
    assert audio_in(post(http, route)) == expected


@pytest.mark.parametrize("route", ROUTES)
def test_the_headers_say_what_it_was(http: httpx.Client, route: str) -> None:
    """Item, request and price stand in the headers, which come before the first byte."""
    with http.stream("POST", f"/v1/text-to-speech/tone_low{route}", json={"text": TEXT}) as response:
        headers = dict(response.headers)
        response.read()
    item = http.get(f"/v1/history/{headers['history-item-id']}").json()
    assert item["text"] == TEXT
    assert item["request_id"] == headers["request-id"]
    assert headers["character-cost"] == str(len(TEXT))


@pytest.mark.parametrize("route", ROUTES)
def test_without_logging_nothing_is_kept(http: httpx.Client, route: str) -> None:
    """`enable_logging=false` gives the same audio and leaves no item."""
    kept = audio_in(post(http, route))
    before = http.get("/v1/history").json()
    response = post(http, route, query={"enable_logging": "false"})
    assert response.status_code == 200
    assert audio_in(response) == kept
    assert "history-item-id" not in response.headers
    assert response.headers["character-cost"] == str(len(TEXT))
    assert http.get("/v1/history").json() == before


@pytest.mark.parametrize("logging", ["true", "false"])
def test_timestamps_are_where_the_tone_is(http: httpx.Client, logging: str) -> None:
    """Character i begins i characters after the beginning, in seconds with at most six decimals."""
    response = post(http, "/with-timestamps", text="Ahoy, café! 🚢", query={"enable_logging": logging}).json()
    alignment = response["alignment"]
    assert alignment["characters"] == list("Ahoy, café! 🚢")
    assert response["normalized_alignment"] == alignment
    starts, ends = alignment["character_start_times_seconds"], alignment["character_end_times_seconds"]
    assert starts == [pytest.approx(i * CHARACTER_S, abs=1e-6) for i in range(13)]
    assert ends == [pytest.approx((i + 1) * CHARACTER_S, abs=1e-6) for i in range(13)]
    assert all(round(second, 6) == second for second in (*starts, *ends))


LONG = "The rain fell on the harbour, and nobody came to see it fall. " * 34


@pytest.mark.parametrize("output_format", ["mp3_44100_128", "opus_48000_32", "pcm_22050", "ulaw_8000"])
def test_a_long_text_streams_in_parts(http: httpx.Client, output_format: str) -> None:
    """One line for each part; joined, audio and characters are those of the item, and times go on."""
    response = post(http, "/stream/with-timestamps", text=LONG, query={"output_format": output_format})
    item = http.get(f"/v1/history/{response.headers['history-item-id']}").json()
    lines = lines_of(response)
    assert len(lines) > 1
    assert sound_of(audio_in(response), output_format) == sound_of(audio_of(http, response), output_format)
    assert joined_alignment(lines) == item["alignments"]["alignment"]
    assert "".join(item["alignments"]["alignment"]["characters"]) == LONG


def joined_alignment(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """The alignments of all lines as one."""
    words = ("characters", "character_start_times_seconds", "character_end_times_seconds")
    return {word: [value for line in lines for value in line["alignment"][word]] for word in words}


@pytest.mark.parametrize("output_format", ["mp3_22050_32", "wav_44100"])
def test_a_long_text_with_timestamps_in_one_piece(http: httpx.Client, output_format: str) -> None:
    """The audio and the alignment of a whole answer are those that history keeps."""
    response = post(http, "/with-timestamps", text=LONG, query={"output_format": output_format})
    item = http.get(f"/v1/history/{response.headers['history-item-id']}").json()
    assert response.json()["alignment"] == item["alignments"]["alignment"]
    audio = base64.b64decode(response.json()["audio_base64"])
    assert sound_of(audio, output_format) == sound_of(audio_of(http, response), output_format)


def test_a_long_text_that_is_not_kept(http: httpx.Client) -> None:
    """Without logging, a stream has the same lines."""
    kept = lines_of(post(http, "/stream/with-timestamps", text=LONG))
    unkept = lines_of(post(http, "/stream/with-timestamps", text=LONG, query={"enable_logging": "false"}))
    assert unkept == kept


# --- Clients that leave ---


@contextlib.contextmanager
def busy(server: LiveServer) -> Iterator[Callable[[], int]]:
    """While everything that speaks is busy: how many texts wait."""
    pool = server.services.speaking._pool
    with pool.turn(character_count=1):
        yield lambda: len(pool._turns._waiting)


@contextlib.contextmanager
def asking(http: httpx.Client, *texts: str, query: str = "") -> Iterator[None]:
    """Clients that each ask for a text, and leave at the end of the block, answered or not."""
    with contextlib.ExitStack() as clients:
        for text in texts:
            client = clients.enter_context(
                socket.create_connection((http.base_url.host, http.base_url.port or 80))
            )
            body = json.dumps({"text": text})
            client.sendall(
                f"POST /v1/text-to-speech/tone_low{query} HTTP/1.1\r\nhost: here\r\n"
                f"xi-api-key: {http.headers['xi-api-key']}\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\n\r\n{body}".encode()
            )
        yield


def kept_texts(http: httpx.Client) -> list[str]:
    return [item["text"] for item in http.get("/v1/history").json()["history"]]


@pytest.mark.parametrize("logging", ["true", "false"])
def test_a_text_whose_client_has_left_is_not_spoken(
    server: LiveServer, http: httpx.Client, monkeypatch: pytest.MonkeyPatch, logging: str
) -> None:
    """It stands in nobody's way, leaves no item, and was never begun."""
    spoken: list[str] = []
    synthesize = tone.ToneEngine.synthesize

    def note(self, text, **rest):  # type: ignore[no-untyped-def]
        spoken.append(text)
        return synthesize(self, text, **rest)

    monkeypatch.setattr(tone.ToneEngine, "synthesize", note)
    with busy(server) as count_waiting:
        texts = [f"Nobody hears {logging} {number}." for number in range(5)]
        with asking(http, *texts, query=f"?enable_logging={logging}"):
            wait_until(lambda: count_waiting() == 5)
        wait_until(lambda: count_waiting() == 0)
    assert post(http, text=f"Somebody hears {logging}.").status_code == 200
    assert spoken == kept_texts(http) == [f"Somebody hears {logging}."]


def test_a_short_text_need_not_wait_for_long_ones(server: LiveServer, http: httpx.Client) -> None:
    """Forty that came before it are spoken after it, but for the one that was begun meanwhile."""
    with contextlib.ExitStack() as long, ThreadPoolExecutor(1) as thread:
        with busy(server) as count_waiting:
            long.enter_context(asking(http, *["It rained. " * 450] * 40))
            wait_until(lambda: count_waiting() == 40)
            short = thread.submit(post, http, text="It stopped.")
            wait_until(lambda: count_waiting() == 41)
        assert short.result().status_code == 200
        newest_first = kept_texts(http)
        assert len(newest_first[newest_first.index("It stopped.") :]) <= 2
    # The long ones, whose clients have left, must not be there any more when another test looks at what is spoken.
    with busy(server) as count_waiting:
        wait_until(lambda: count_waiting() == 0)


# --- What is refused ---


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"query": {"output_format": "mp3"}}, 400, "invalid_output_format"),
        ({"query": {"output_format": ""}}, 400, "invalid_output_format"),
        ({"text": ""}, 400, "empty_text"),
        ({"text": " \n\t"}, 400, "empty_text"),
        ({"text": "a" * 50_000}, 400, "text_too_long"),
        ({"text": "half \ud800 a character"}, 400, "invalid_parameters"),
        ({"model_id": "nothing_v1"}, 400, "model_not_found"),
        ({"voice_id": "nobody"}, 404, "voice_not_found"),
        (
            {"pronunciation_dictionary_locators": [{"pronunciation_dictionary_id": "any"}] * 4},
            400,
            "invalid_parameters",
        ),
        (
            {
                "pronunciation_dictionary_locators": [
                    {"pronunciation_dictionary_id": "any", "version_id": None}
                ]
            },
            404,
            "pronunciation_dictionary_not_found",
        ),
    ],
)
def test_each_refusal_has_its_answer(
    http: httpx.Client, route: str, fields: dict[str, Any], status: int, code: str
) -> None:
    """Status and code say what was wrong, and nothing is kept."""
    assert error_of(post(http, route, **fields)) == (status, code)
    assert http.get("/v1/history").json()["history"] == []


@pytest.mark.parametrize("route", ["/stream", "/stream/with-timestamps"])
@pytest.mark.parametrize("output_format", WAV)
def test_wav_isn_t_streamed(http: httpx.Client, route: str, output_format: str) -> None:
    """A stream can't be WAV, as in the original."""
    assert error_of(post(http, route, query={"output_format": output_format})) == (
        400,
        "invalid_output_format",
    )


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": None},
        {"text": 5},
        {"text": TEXT, "voice_settings": []},
        {"text": TEXT, "voice_settings": {"speed": "fast"}},
        {"text": TEXT, "apply_text_normalization": "maybe"},
        {"text": TEXT, "pronunciation_dictionary_locators": [{}]},
        [],
    ],
)
def test_a_body_of_another_shape_is_a_validation_error(http: httpx.Client, route: str, body: object) -> None:
    """What doesn't fit the schema is a 422 that names the place."""
    response = http.post(f"/v1/text-to-speech/tone_low{route}", json=body)
    assert response.status_code == 422
    assert all({"type", "loc", "msg"} <= error.keys() for error in response.json()["detail"])


@pytest.mark.parametrize("route", ROUTES)
def test_the_key_comes_first_and_the_shape_second(
    http: httpx.Client, anonymous: httpx.Client, route: str
) -> None:
    """A request that is wrong in every way hears of its key, then of its body, then of its format."""
    wrong: dict[str, Any] = {"query": {"output_format": "mp3"}, "voice_id": "nobody"}
    assert error_of(post(anonymous, route, text=5, **wrong)) == (401, "needs_authorization")
    assert post(http, route, text=5, **wrong).status_code == 422
    assert error_of(post(http, route, **wrong)) == (400, "invalid_output_format")


# --- What is accepted ---


@pytest.mark.parametrize(
    "fields",
    [
        {"voice_settings": None},
        {"voice_settings": {}},
        {"voice_settings": {"stability": None, "speed": None, "use_speaker_boost": None}},
        {"voice_settings": {"stability": 0.5, "clone_strength": 9}},
        {"language_code": "en"},
        {"language_code": None, "seed": 7, "previous_text": "Before.", "next_text": "After."},
        {"previous_request_ids": ["a"], "next_request_ids": None, "use_pvc_as_ivc": True},
        {"apply_text_normalization": "off", "apply_language_text_normalization": True},
        {"pronunciation_dictionary_locators": []},
        {"pronunciation_dictionary_locators": None},
        {"audio_effects": {"pan": 0}, "colour": "green"},
        {"query": {"optimize_streaming_latency": "3"}},
    ],
)
def test_fields_that_change_nothing_here(http: httpx.Client, fields: dict[str, Any]) -> None:
    """Nulls, unknown fields and what this engine doesn't heed are accepted."""
    plain = post(http).content
    response = post(http, **fields)
    assert response.status_code == 200, response.text
    assert response.content == plain


def test_a_body_that_does_not_say_that_it_is_json(http: httpx.Client) -> None:
    """A client that leaves out Content-Type is understood."""
    response = http.post("/v1/text-to-speech/tone_low", content=json.dumps({"text": TEXT}).encode())
    assert "content-type" not in response.request.headers
    assert response.content == post(http).content


def test_settings_out_of_range_are_brought_into_it(http: httpx.Client) -> None:
    """As the original does, a setting beyond its range is taken as the nearest in it."""
    wild = {"stability": 2, "similarity_boost": -1, "style": 1e300, "speed": 0.1, "use_speaker_boost": False}
    item_id = post(http, voice_settings=wild).headers["history-item-id"]
    assert http.get(f"/v1/history/{item_id}").json()["settings"] == {
        "stability": 1.0,
        "similarity_boost": 0.0,
        "style": 1.0,
        "speed": 0.7,
        "use_speaker_boost": False,
    }


def test_settings_that_are_no_number(http: httpx.Client) -> None:
    """NaN, which some JSON writers emit, is brought into the range as well."""
    body = b'{"text": "Ahoy.", "voice_settings": {"speed": NaN, "stability": -Infinity}}'
    response = http.post(
        "/v1/text-to-speech/tone_low", content=body, headers={"content-type": "application/json"}
    )
    assert response.status_code == 200
    settings = http.get(f"/v1/history/{response.headers['history-item-id']}").json()["settings"]
    assert 0.7 <= settings["speed"] <= 1.2
    assert settings["stability"] == 0.0


def test_real_speech_is_faster_at_a_higher_speed(http: httpx.Client) -> None:
    """A real voice heeds speed, and its timestamps end where its sound does."""
    need_espeak()
    voice_id = http.get("/v1/voices").json()["voices"][0]["voice_id"]
    ends_s = []
    for speed in (0.8, 1.2):
        response = post(http, "/with-timestamps", voice_id=voice_id, voice_settings={"speed": speed})
        body = response.json()
        ends_s.append(body["alignment"]["character_end_times_seconds"][-1])
        duration_s = decoded_s(base64.b64decode(body["audio_base64"]), "mp3_44100_128")
        assert duration_s - 1.5 < ends_s[-1] <= duration_s
    assert ends_s[1] < 0.8 * ends_s[0]


def test_a_language_that_a_voice_does_not_speak_is_ignored(http: httpx.Client) -> None:
    """As the contract has it, a language that isn't supported is ignored; one that is, is spoken."""
    need_espeak()
    voice_id = http.get("/v1/voices").json()["voices"][0]["voice_id"]
    plain = post(http, voice_id=voice_id).content
    assert post(http, voice_id=voice_id, language_code="tlh").content == plain


@pytest.mark.parametrize("voice_id", ["21m00Tcm4TlvDq8ikWAM", "JBFqnCBsd6RMkjVDRZzb"])
def test_voices_that_clients_have_hard_coded_speak(http: httpx.Client, voice_id: str) -> None:
    """The premade voices of the original's examples are answered by a voice of ours."""
    need_espeak()
    assert post(http, voice_id=voice_id).status_code == 200


# --- The official SDK ---


def test_the_official_sdk_speaks(client: ElevenLabs, http: httpx.Client) -> None:
    """The four operations as the SDK's documentation has them."""
    given: dict[str, Any] = {"voice_id": "tone_low", "text": TEXT, "model_id": "eleven_multilingual_v2"}
    settings = VoiceSettings(stability=0.4, speed=1.0)
    audio = b"".join(
        client.text_to_speech.convert(**given, output_format="mp3_44100_128", voice_settings=settings)
    )
    assert audio == post(http).content
    assert b"".join(client.text_to_speech.stream(**given)) == audio
    timed = client.text_to_speech.convert_with_timestamps(**given)
    assert base64.b64decode(timed.audio_base_64) == audio
    assert timed.alignment is not None
    assert timed.alignment.characters == list(TEXT)
    chunks = list(client.text_to_speech.stream_with_timestamps(**given))
    assert b"".join(base64.b64decode(chunk.audio_base_64) for chunk in chunks) == audio
    assert [c for chunk in chunks if chunk.alignment for c in chunk.alignment.characters] == list(TEXT)


def test_the_official_sdk_gets_the_id_of_the_item(client: ElevenLabs) -> None:
    """Through the raw response, the id is there before the first byte is read."""
    with client.text_to_speech.with_raw_response.convert("tone_low", text=TEXT) as response:
        item = client.history.get(response.headers["history-item-id"])
        assert item.text == TEXT
        assert b"".join(response.data) == b"".join(client.history.get_audio(item.history_item_id))


def test_the_official_sdk_raises_what_the_server_says(client: ElevenLabs) -> None:
    """Errors of streaming operations reach the caller with status and body."""
    with pytest.raises(ApiError) as refused:
        list(client.text_to_speech.stream("nobody", text=TEXT))
    assert refused.value.status_code == 404
    assert refused.value.body["detail"]["code"] == "voice_not_found"


async def _speak(client: AsyncElevenLabs) -> tuple[bytes, bytes]:
    whole = b"".join([block async for block in client.text_to_speech.convert("tone_low", text=TEXT)])
    chunks = [chunk async for chunk in client.text_to_speech.stream_with_timestamps("tone_low", text=TEXT)]
    return whole, b"".join(base64.b64decode(chunk.audio_base_64) for chunk in chunks)


def test_the_official_sdk_speaks_asynchronously(async_client: AsyncElevenLabs, http: httpx.Client) -> None:
    """The asynchronous client gets the same audio."""
    whole, streamed = asyncio.run(_speak(async_client))
    assert whole == streamed == post(http).content
