"""Speech that is sent while it is made: what comes when, what is kept, and how it ends when something fails."""

import base64
import contextlib
import io
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import av
import httpx
import numpy as np
import pytest
from elevenlabs import ElevenLabs

from rhapsode.audio.encoding import FRAME_SAMPLES
from rhapsode.audio.info_frame import LAME_DELAY_SAMPLES
from rhapsode.audio.output_formats import get_output_format
from rhapsode.audio.stream_encoders import open_stream_head
from rhapsode.engines.tone import ToneEngine
from rhapsode.studio.errors import EngineFailed, RhapsodeError, TextRefused
from rhapsode.studio.limits import MAX_SPEAK_CHARACTERS

from .asking import NO_AUTHORITIES
from .journeys import error_of
from .running import LiveServer

WAIT_S = 20
TEXT = " ".join(f"Wave {number} broke on the harbour wall." for number in range(8))
LINES = [{"text": "Who is there?", "voice_id": "tone_low"}, {"text": "Nobody.", "voice_id": "tone_high"}]
SPEECH = "/v1/text-to-speech/tone_low"
DIALOGUE = "/v1/text-to-dialogue"
FORMS = ("", "/stream", "/with-timestamps", "/stream/with-timestamps")
ASKED: list[tuple[str, dict[str, Any]]] = [
    *((SPEECH + form, {"text": TEXT}) for form in FORMS),
    *((DIALOGUE + form, {"inputs": LINES}) for form in FORMS),
]


class Engine:
    """The tone, which says its first text at once, and the second when it may."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: RhapsodeError | None = None) -> None:
        self.may_go_on = threading.Event()
        self._error = error
        self._count = 0
        synthesize = ToneEngine.synthesize

        def wait(tone, text, **rest):  # type: ignore[no-untyped-def]
            self._count += 1
            if self._count > 1:
                assert self.may_go_on.wait(WAIT_S)
                if self._error is not None:
                    raise self._error
            return synthesize(tone, text, **rest)

        monkeypatch.setattr(ToneEngine, "synthesize", wait)


@contextlib.contextmanager
def asking(http: httpx.Client, path: str, body: dict[str, Any], **query: Any) -> Iterator[httpx.Response]:
    with http.stream("POST", path, json=body, params=query) as response:
        assert response.status_code == 200
        yield response


def items_of(http: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = http.get("/v1/history").json()["history"]
    return found


def wait_for_items(http: httpx.Client, count: int) -> None:
    deadline = time.monotonic() + WAIT_S
    while len(items_of(http)) != count:
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.01)


def without_head(audio: bytes, output_format: str = "mp3_44100_128") -> bytes:
    """Behind the Info frame, which is as large in a stream as in a file, and says less."""
    return audio[len(open_stream_head(get_output_format(output_format))) :]


@pytest.mark.parametrize(
    ("path", "body", "logging"),
    [*((*asked, True) for asked in ASKED), (*ASKED[0], False), (*ASKED[-1], False)],
)
def test_the_first_sound_comes_before_the_rest_is_spoken(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch, path: str, body: dict[str, Any], logging: bool
) -> None:
    """In every form; the item is named from the beginning, and is there when the last byte is."""
    engine = Engine(monkeypatch)
    with asking(http, path, body, enable_logging=logging) as response:
        blocks = response.iter_raw()
        assert next(blocks)
        assert items_of(http) == []
        assert ("history-item-id" in response.headers) is logging
        engine.may_go_on.set()
        assert b"".join(blocks)
        expected = [response.headers["history-item-id"]] if logging else []
        assert [item["history_item_id"] for item in items_of(http)] == expected


def test_the_first_line_comes_whole(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the sound of its sentences and their times, up to where the next one begins."""
    engine = Engine(monkeypatch)
    with asking(http, f"{SPEECH}/stream/with-timestamps", {"text": TEXT}) as response:
        lines = response.iter_lines()
        first = json.loads(next(lines))
        engine.may_go_on.set()
        rest = [json.loads(line) for line in lines]
    assert "".join(first["alignment"]["characters"]) == TEXT[:68]
    assert (
        first["alignment"]["character_end_times_seconds"][-1]
        == (rest[0]["alignment"]["character_start_times_seconds"][0])
    )
    audio = b"".join(base64.b64decode(line["audio_base64"]) for line in [first, *rest])
    kept = http.get(f"/v1/history/{response.headers['history-item-id']}/audio").content
    assert without_head(audio) == without_head(kept)


def test_the_official_sdk_hears_it_at_once(client: ElevenLabs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its iterators give what is there."""
    engine = Engine(monkeypatch)
    audio = iter(client.text_to_speech.stream("tone_low", text=TEXT))
    first = next(audio)
    assert list(client.history.list().history) == []
    engine.may_go_on.set()
    assert len(first + b"".join(audio)) > 2 * len(first)


def decoded(content: bytes) -> "np.ndarray[Any, np.dtype[np.float32]]":
    with av.open(io.BytesIO(content), "r") as container:
        return np.concatenate([frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)])


@pytest.mark.parametrize("output_format", ["mp3_44100_128", "mp3_22050_32"])
def test_a_streamed_mp3_begins_where_its_alignment_says(http: httpx.Client, output_format: str) -> None:
    """FFmpeg decodes the same samples from a stream as from the file, whose end alone it knows how to trim."""
    response = http.post(SPEECH, params={"output_format": output_format}, json={"text": TEXT})
    kept = http.get(f"/v1/history/{response.headers['history-item-id']}/audio").content
    streamed, whole = decoded(response.content), decoded(kept)
    assert response.content != kept
    assert without_head(response.content, output_format) == without_head(kept, output_format)
    assert np.array_equal(streamed[: whole.size], whole)
    assert 0 < streamed.size - whole.size < FRAME_SAMPLES + LAME_DELAY_SAMPLES


def test_wav_is_sent_when_it_is_made(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its head says how long it is, and so does Content-Length."""
    engine = Engine(monkeypatch)
    engine.may_go_on.set()
    response = http.post(SPEECH, params={"output_format": "wav_16000"}, json={"text": TEXT})
    kept = http.get(f"/v1/history/{response.headers['history-item-id']}/audio").content
    assert response.content == kept
    assert int(response.headers["content-length"]) == len(kept)


# What goes wrong


@pytest.mark.parametrize(("path", "body"), [*ASKED[:1], *ASKED[2:5]])
def test_an_error_after_the_first_sound_breaks_off(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch, path: str, body: dict[str, Any]
) -> None:
    """No client takes the beginning for the whole, and nothing is kept."""
    engine = Engine(monkeypatch, TextRefused("no"))
    with asking(http, path, body) as response:
        blocks = response.iter_raw()
        assert next(blocks)
        engine.may_go_on.set()
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            b"".join(blocks)
    assert items_of(http) == []


@pytest.mark.parametrize(
    ("error", "answer"),
    [(TextRefused("no"), (400, "text_refused")), (EngineFailed("died"), (503, "engine_failed"))],
)
def test_an_error_before_the_first_sound_is_an_answer(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch, error: RhapsodeError, answer: tuple[int, str]
) -> None:
    """With its status and code; a WAV file is answered so whenever it fails."""
    engine = Engine(monkeypatch, error)
    engine.may_go_on.set()
    refused = http.post(SPEECH, params={"output_format": "wav_16000"}, json={"text": TEXT})
    assert error_of(refused) == answer
    assert error_of(http.post(SPEECH, json={"text": TEXT})) == answer
    assert items_of(http) == []


def test_a_text_whose_client_leaves_in_the_middle_is_kept(
    http: httpx.Client, server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was paid for; and it holds nobody up meanwhile."""
    engine = Engine(monkeypatch)
    with (
        httpx.Client(base_url=server.url, headers=http.headers, verify=NO_AUTHORITIES) as leaving,
        asking(leaving, SPEECH, {"text": TEXT}) as response,
    ):
        assert next(response.iter_raw())
    assert items_of(http) == []
    engine.may_go_on.set()
    wait_for_items(http, 1)
    assert items_of(http)[0]["history_item_id"] == response.headers["history-item-id"]


# Limits


@pytest.mark.parametrize(
    ("path", "body", "limit"),
    [
        (SPEECH, {"text": "a" * 10_001}, 10_000),
        (SPEECH, {"text": "a" * 5_001, "model_id": "eleven_v3"}, 5_000),
        (DIALOGUE, {"inputs": [{"text": "a" * 2_501, "voice_id": "tone_low"}] * 2}, 5_000),
    ],
)
@pytest.mark.parametrize("form", ["/with-timestamps", "/stream/with-timestamps"])
def test_with_timestamps_a_text_may_be_as_long_as_its_model_takes(
    http: httpx.Client, path: str, body: dict[str, Any], limit: int, form: str
) -> None:
    """One character more is refused before anything is spoken."""
    refused = http.post(path + form, json=body)
    assert error_of(refused) == (400, "text_too_long")
    assert str(limit) in refused.json()["detail"]["message"]


def test_without_timestamps_the_model_sets_no_limit(http: httpx.Client) -> None:
    """Here the voice speaks, whatever model is named."""
    body = {"text": "a" * 5_001, "model_id": "eleven_v3"}
    response = http.post(SPEECH, params={"output_format": "ulaw_8000", "enable_logging": False}, json=body)
    assert response.status_code == 200


@pytest.mark.parametrize("text", ["1/" * (MAX_SPEAK_CHARACTERS // 2), "7777777 " * 3_000])
def test_what_is_spoken_for_a_text_has_a_limit_too(http: httpx.Client, text: str) -> None:
    """Numbers and signs can make hours of a page."""
    refused = http.post(SPEECH, json={"text": text, "language_code": "en"})
    assert error_of(refused) == (400, "text_too_long")
    assert "Numbers and signs" in refused.json()["detail"]["message"]
