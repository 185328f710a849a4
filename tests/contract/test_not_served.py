"""Routes and WebSockets of the original that aren't served: known, and answered at once."""

import contextlib
import json
import re
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from rhapsode.access.rule import AccessRule
from rhapsode.api.not_served import find_instead

from .asking import get_anew
from .journeys import error_of
from .probing import probed
from .published import contract
from .running import LiveServer

MULTI_STREAM_INPUT = "/v1/text-to-speech/tone_low/multi-stream-input"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/speech-to-text"),
        ("GET", "/v1/speech-to-text/transcripts/1"),
        ("POST", "/v1/sound-generation"),
        ("POST", "/v1/voices/add/user/voice"),
        ("POST", "/v1/voices/pvc"),
        ("GET", "/v1/voices/pvc/voice/captcha"),
        ("DELETE", "/v1/voices/tone_low/samples/one"),
        ("GET", "/v1/shared-voices"),
        ("POST", "/v1/similar-voices"),
        ("POST", "/v1/text-to-voice/design"),
        ("POST", "/v1/speech-to-speech/tone_low"),
        ("POST", "/v1/voice-changer/tone_low/stream"),
        ("POST", "/v1/audio-isolation"),
        ("GET", "/v1/dubbing/film/audio/de"),
        ("POST", "/v1/music/stream"),
        ("GET", "/v1/convai/agents"),
        ("PATCH", "/v1/convai/agents/agent"),
        ("PUT", "/v1/convai/agent-testing/test"),
        ("GET", "/v1/usage/character-stats"),
        ("GET", "/v1/workspace/resources/one"),
        ("GET", "/v1/workspace/webhooks-of-others"),
        ("GET", "/v1/service-accounts"),
        ("POST", "/v1/single-use-token/tts_websocket"),
        ("GET", "/v1/projects"),
        ("POST", "/v1/projects/one/convert"),
        ("GET", MULTI_STREAM_INPUT),
        ("OPTIONS", "/v1/music"),
    ],
)
def test_what_is_known_and_not_served_says_so(http: httpx.Client, method: str, path: str) -> None:
    """404, whatever the method: one sentence what to do instead, and where that is explained."""
    response = http.request(method, path)

    assert error_of(response) == (404, "not_implemented")
    message = response.json()["detail"]["message"]
    assert re.fullmatch(r"[A-Z].+\. See /docs/compatibility\.", message), message
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "path", ["/v1/musical", "/v1/speech-to-texts", "/v1/workspace", "/v1/voices/tone_low/nothing"]
)
def test_what_only_looks_like_it_is_plainly_not_found(http: httpx.Client, path: str) -> None:
    """The original doesn't know it either."""
    assert http.get(path).json() == {"detail": "Not Found"}


def test_nothing_that_is_served_is_said_not_to_be(server: LiveServer) -> None:
    """Neither a route of this server, nor an operation of the contract, whatever its ids are."""
    paths = list(get_anew(f"{server.url}/openapi.json").json()["paths"])
    published = contract()
    if published is not None:
        paths += published["paths"]
    assert len(paths) > 40

    for path in paths:
        for identifier in ("00VbZyuGk6Zmbi0vr9OQ", "tone_low"):
            assert find_instead(re.sub(r"\{\w+\}", identifier, path)) is None, path


def test_the_key_comes_first(anonymous: httpx.Client) -> None:
    """Nobody without one learns what there is."""
    assert error_of(anonymous.post("/v1/speech-to-text"))[0] == 401


def test_it_is_said_before_a_body_is_read(http: httpx.Client, server: LiveServer) -> None:
    """Also one that is longer than any that is taken."""
    assert error_of(http.post("/v1/dubbing", files={"file": b"x" * 2**20})) == (404, "not_implemented")

    address = urlsplit(server.url)
    head = (
        f"POST /v1/speech-to-text HTTP/1.1\r\nhost: localhost\r\nxi-api-key: {server.key}\r\n"
        f"content-length: {2**40}\r\ncontent-type: multipart/form-data; boundary=x\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(head.encode())
        answer = connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 404 ")


def test_the_official_sdk_raises_at_once(client: ElevenLabs) -> None:
    """It makes no second attempt, which it would after a 501."""
    with pytest.raises(ApiError) as refused:
        client.speech_to_text.convert(model_id="scribe_v2", file=b"RIFF")

    assert refused.value.status_code == 404
    assert refused.value.body["detail"]["status"] == "not_implemented"


# WebSockets


def opened(server: LiveServer, path: str, **headers: str) -> ClientConnection:
    return connect(server.url.replace("http", "ws", 1) + path, additional_headers=headers, open_timeout=10)


def told(connection: ClientConnection) -> tuple[dict[str, Any], int, str]:
    """(message, code and reason of the close behind it)."""
    with connection:
        message = json.loads(connection.recv(timeout=10))
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(timeout=10)
    assert closed.value.rcvd is not None
    return message, closed.value.rcvd.code, closed.value.rcvd.reason


@pytest.mark.parametrize(
    "path",
    [
        MULTI_STREAM_INPUT,
        f"{MULTI_STREAM_INPUT}?model_id=eleven_flash_v2_5&output_format=mp3_44100_128",
        "/v1/text-to-dialogue/stream-input",
        "/v1/speech-to-text/realtime",
        "/v1/convai/conversation?agent_id=1",
        "/v1/nowhere",
        "/v1/models",
    ],
)
def test_a_websocket_is_told_why_it_is_closed(server: LiveServer, path: str) -> None:
    """In a message as the original's, and in the reason of a close that says it is no use to try again."""
    message, code, reason = told(opened(server, path, **{"xi-api-key": server.key}))

    assert (code, message["code"], message["error"]) == (1008, 1008, "not_implemented")
    assert message["message"].endswith(" See /docs/compatibility.")
    assert message["message"].startswith(reason)
    assert len(reason) > 30
    assert message["detail"]["code"] == message["detail"]["status"] == "not_implemented"
    assert len(message["detail"]["request_id"]) == 20


@pytest.mark.parametrize("name", ["xi_api_key", "xi-api-key", "authorization"])
def test_a_websocket_may_have_its_key_in_its_address(server: LiveServer, name: str) -> None:
    """Browsers send no headers with it."""
    message, _, _ = told(opened(server, f"{MULTI_STREAM_INPUT}?{name}={server.key}"))

    assert message["error"] == "not_implemented"


@pytest.mark.parametrize(
    ("query", "error"), [("", "needs_authorization"), ("?xi_api_key=sk_wrong", "invalid_api_key")]
)
def test_a_websocket_without_a_key_is_told_that(server: LiveServer, query: str, error: str) -> None:
    """And nothing else."""
    message, code, _ = told(opened(server, MULTI_STREAM_INPUT + query))

    assert (message["error"], code) == (error, 1008)
    assert message["detail"]["type"] == "authentication_error"


def test_no_other_request_has_its_key_in_its_address(anonymous: httpx.Client, server: LiveServer) -> None:
    """Addresses end up in logs and histories."""
    assert anonymous.get("/v1/models", params={"xi_api_key": server.key}).status_code == 401


@pytest.fixture
def open_url(server: LiveServer) -> Iterator[str]:
    """A server that asks for no key."""
    with probed(server, AccessRule(lambda _: None, open_workspace=server.workspace_id)) as url:
        yield url.replace("http", "ws", 1)


def test_a_page_of_elsewhere_gets_no_websocket_of_a_server_without_keys(open_url: str) -> None:
    """Browsers open one to any address, whatever page asks them to."""
    own, _, _ = told(connect(open_url + MULTI_STREAM_INPUT, origin=Origin("http://localhost:3000")))
    foreign, _, _ = told(connect(open_url + MULTI_STREAM_INPUT, origin=Origin("https://example.org")))

    assert (own["error"], foreign["error"]) == ("not_implemented", "origin_not_allowed")


def test_who_speaks_first_and_much_harms_nobody(server: LiveServer, http: httpx.Client) -> None:
    """The connection ends, and the server goes on."""
    for content in ("x" * 10_000, b"\xff" * 1_000_000):
        with opened(server, MULTI_STREAM_INPUT, **{"xi-api-key": server.key}) as connection:
            _send_until_closed(connection, content)

    assert http.get("/v1/models").status_code == 200


def _send_until_closed(connection: ClientConnection, content: str | bytes) -> None:
    until_s = time.monotonic() + 10
    with contextlib.suppress(ConnectionClosed):
        while time.monotonic() < until_s:
            connection.send(content)
        pytest.fail("the connection is still open")


def test_a_handshake_that_is_none_is_refused(server: LiveServer) -> None:
    """By its protocol, before any route."""
    version = {"xi-api-key": server.key, "sec-websocket-version": "7"}
    with pytest.raises(InvalidStatus):
        opened(server, MULTI_STREAM_INPUT, **version)
