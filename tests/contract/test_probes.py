"""What those who run the server ask: health, readiness and numbers."""

from functools import partial

import httpx
import pytest
from elevenlabs import ElevenLabs
from prometheus_client.parser import text_string_to_metric_families
from tests.factories import TONE_LOW

from rhapsode.access.keys import find_owner
from rhapsode.access.rule import AccessRule
from rhapsode.telemetry.readiness import NotReady, Readiness

from .asking import get_anew, raw_http
from .journeys import error_of
from .probing import probed
from .running import LiveServer


def numbers(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Samples by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_life_and_readiness_are_open(anonymous: httpx.Client) -> None:
    """Nobody needs a key to hear that it lives and is ready."""
    alive, ready = anonymous.get("/healthz"), anonymous.get("/readyz")

    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")


def test_what_is_missing_is_503(server: LiveServer) -> None:
    """With the reason beside its name, while it lives on."""

    def gone() -> str:
        msg = "The disk is gone."
        raise NotReady(msg)

    access = AccessRule(partial(find_owner, server.records))
    with probed(server, access, readiness=Readiness({"disk": gone})) as url:
        answer = get_anew(f"{url}/readyz")
        alive = get_anew(f"{url}/healthz")

    assert (answer.status_code, alive.status_code) == (503, 200)
    assert answer.json() == {
        "status": "not_ready",
        "checks": {"disk": {"state": "failed", "reason": "The disk is gone."}},
    }


def test_numbers_need_a_key_as_prometheus_shows_it(server: LiveServer, anonymous: httpx.Client) -> None:
    """As a bearer's, which is all that it can send everywhere, or as everybody else does."""
    assert error_of(anonymous.get("/metrics")) == (401, "needs_authorization")
    for wrong in ("Bearer sk_wrong", "Bearer", "Basic abc"):
        assert anonymous.get("/metrics", headers={"authorization": wrong}).status_code == 401
    for right in ({"authorization": f"Bearer {server.key}"}, {"xi-api-key": server.key}):
        answer = anonymous.get("/metrics", headers=right)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


def test_numbers_can_be_open_to_everybody(server: LiveServer) -> None:
    """When the owner says so; nothing else is then."""
    access = AccessRule(partial(find_owner, server.records), metrics_open=True)
    with probed(server, access) as url:
        assert get_anew(f"{url}/metrics").status_code == 200
        assert get_anew(f"{url}/v1/voices").status_code == 401


def test_requests_are_counted_by_operation(
    server: LiveServer, client: ElevenLabs, http: httpx.Client
) -> None:
    """By the contract's names, with the bytes that were sent; ids and unknown paths are in no label."""
    before = numbers(http.get("/metrics").text)
    audio = b"".join(client.text_to_speech.convert(TONE_LOW, text="The tide is out at Wren Point."))
    http.get("/v1/history/nobody-knows-this-id")
    http.get("/v1/nobody-knows-this-path")
    text = http.get("/metrics").text
    after = numbers(text)

    def rise(name: str, **labels: str) -> float:
        key = name, tuple(sorted(labels.items()))
        return after.get(key, 0) - before.get(key, 0)

    spoken = {"operation": "text_to_speech_full"}
    assert rise("rhapsode_requests_total", method="POST", status="200", **spoken) == 1
    assert rise("rhapsode_request_seconds_count", **spoken) == 1
    assert rise("rhapsode_sent_bytes_total", **spoken) == len(audio)
    lost = {"operation": "get_speech_history_item_by_id", "method": "GET", "status": "404"}
    assert rise("rhapsode_requests_total", **lost) == 1
    assert rise("rhapsode_errors_total", code="history_item_not_found", error="HistoryItemNotFound") == 1
    assert rise("rhapsode_requests_total", operation="unknown", method="any", status="404") == 1
    assert rise("rhapsode_spoken_audio_seconds_total", engine="tone") > 0
    assert rise("rhapsode_segments_wanted_total") == 1
    assert "nobody-knows" not in text
    for secret in (server.key, server.workspace_id, "Wren"):
        assert secret not in text


def test_stored_bytes_are_counted_however_they_are_sent(server: LiveServer) -> None:
    """Also those that go past the usual way of sending."""
    with raw_http(server.url, server.key) as http:
        http.post(f"/v1/text-to-speech/{TONE_LOW}", json={"text": "The tide is out. " * 40})
        (item,) = http.get("/v1/history").json()["history"]
        before = numbers(http.get("/metrics").text)
        audio = http.get(f"/v1/history/{item['history_item_id']}/audio").content
        after = numbers(http.get("/metrics").text)

    key = "rhapsode_sent_bytes_total", (("operation", "get_audio_full_from_speech_history_item"),)
    assert after[key] - before.get(key, 0) == len(audio)


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [("proxy-4711.abc_X", True), ("short", False), ("x" * 65, False), ("with space and more", False)],
)
def test_a_request_may_bring_its_id(http: httpx.Client, given: str, is_taken: bool) -> None:
    """So that a proxy's log and ours speak of the same; what can't be one is ignored."""
    answer = http.get("/v1/models", headers={"x-request-id": given})

    assert (answer.headers["request-id"] == given) is is_taken
