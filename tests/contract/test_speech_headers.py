"""What the headers of speech say."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from elevenlabs import ElevenLabs
from tests.factories import need_espeak

PATHS = ("", "/stream", "/with-timestamps", "/stream/with-timestamps")
TEXT = "The boat came in."


@pytest.mark.parametrize("path", PATHS)
def test_speech_has_every_header_of_the_original(http: httpx.Client, path: str) -> None:
    """Also where it is streamed: they come before the first byte."""
    body = {"text": TEXT}
    with http.stream("POST", f"/v1/text-to-speech/tone_low{path}", json=body) as response:
        headers = response.headers
        response.read()

    assert headers["request-id"] == headers["x-trace-id"]
    assert headers["character-cost"] == headers["x-character-count"] == str(len(TEXT))
    assert http.get(f"/v1/history/{headers['history-item-id']}").json()["request_id"] == headers["request-id"]
    assert 0 <= int(headers["tts-latency-ms"]) < 60_000
    assert headers["current-concurrent-requests"] == "1"
    assert int(headers["maximum-concurrent-requests"]) > 1
    assert headers["x-region"] == "local"
    assert headers["vary"] == "Accept-Language"


def test_a_dialogue_has_them_too(http: httpx.Client) -> None:
    """With the cost of all lines."""
    lines = [{"text": "Who?", "voice_id": "tone_low"}, {"text": "Me.", "voice_id": "tone_high"}]

    headers = http.post("/v1/text-to-dialogue", json={"inputs": lines}).headers

    assert (headers["character-cost"], headers["x-region"]) == ("7", "local")
    assert "history-item-id" in headers


def test_the_sdk_gives_the_headers_beside_the_audio(client: ElevenLabs) -> None:
    """Where programs look for the id of what they have made."""
    with client.text_to_speech.with_raw_response.stream("tone_low", text=TEXT) as response:
        assert response.headers["history-item-id"]
        assert b"".join(response.data)


def test_latency_is_how_long_it_took(http: httpx.Client) -> None:
    """Some milliseconds, for real speech takes some, and no longer than the client waited."""
    need_espeak()
    body = {"text": "Nobody had counted the boats in the harbour before. " * 3}
    asked_at_s = time.perf_counter()
    latency_ms = int(http.post("/v1/text-to-speech/espeak_alder", json=body).headers["tts-latency-ms"])
    waited_ms = (time.perf_counter() - asked_at_s) * 1000

    assert 5 < latency_ms <= waited_ms


def test_what_goes_on_at_once_is_counted_for_each_workspace(
    http: httpx.Client, other_http: httpx.Client
) -> None:
    """From the moment that a request comes until it is spoken; nobody learns how busy another workspace is."""
    together = threading.Barrier(7)

    def ask(client: httpx.Client) -> int:
        together.wait()
        response = client.post("/v1/text-to-speech/tone_low", json={"text": TEXT * 30})
        return int(response.headers["current-concurrent-requests"])

    with ThreadPoolExecutor(7) as pool:
        counts = list(pool.map(ask, [http] * 6 + [other_http]))

    assert max(counts[:6]) > 1
    assert all(1 <= count <= 6 for count in counts)
    assert counts[6] == 1
    after = http.post("/v1/text-to-speech/tone_low", json={"text": TEXT})
    assert after.headers["current-concurrent-requests"] == "1"
