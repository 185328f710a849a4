"""How often and how much a key may ask, what it may do, and until when."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError
from tests.waiting import wait_until
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from rhapsode.access.keys import create_api_key, find_owner
from rhapsode.access.rule import AccessRule, RequestLimits
from rhapsode.storage import schema
from rhapsode.storage.api_keys import KeyTerms
from rhapsode.studio.errors import KeyRefused

from .asking import raw_http
from .journeys import error_of
from .probing import probed
from .running import LiveServer

SPEECH = "/v1/text-to-speech/tone_low"
WHERE = ["header", "message"]
FORM = {"name": (None, "A form")}


def http_with(server: LiveServer, **terms: object) -> httpx.Client:
    """Raw HTTP with a key that has terms of its own."""
    new = create_api_key(
        server.records,
        server.workspace_id,
        name="limited",
        terms=KeyTerms(**terms),  # type: ignore[arg-type]
    )
    return raw_http(server.url, new.secret)


def limited(server: LiveServer, **limits: object) -> AccessRule:
    """The usual rule with limits for everybody."""
    rule = RequestLimits(**limits)  # type: ignore[arg-type]
    return AccessRule(partial(find_owner, server.records), limits=rule)


@contextlib.contextmanager
def opened(http: httpx.Client, where: str) -> Iterator[ClientConnection]:
    """A WebSocket whose first message was sent; its key is in a header or in that message."""
    key = http.headers["xi-api-key"]
    url = f"{str(http.base_url).replace('http', 'ws', 1).rstrip('/')}{SPEECH}/stream-input"
    with connect(url, additional_headers={"xi-api-key": key} if where == "header" else {}) as socket:
        # One that is refused may have ended already.
        with contextlib.suppress(ConnectionClosed):
            socket.send(json.dumps({"text": " "} | ({"xi_api_key": key} if where == "message" else {})))
        yield socket


def heard(socket: ClientConnection) -> list[dict[str, Any]]:
    """All that a WebSocket says until it is closed, as one is that has ended well."""
    return [json.loads(message) for message in socket]


def refused(socket: ClientConnection) -> str:
    """The code of what a WebSocket ends with at once."""
    message = json.loads(socket.recv(timeout=20))
    with pytest.raises(ConnectionClosed):
        socket.recv(timeout=20)
    assert (socket.close_code, message["code"]) == (1008, 1008)
    assert message["message"] == socket.close_reason
    return str(message["error"])


@pytest.mark.usefixtures("key_memory_s")
def test_a_key_that_has_expired_is_invalid(server: LiveServer) -> None:
    """As one that was never made, and as soon as the memory of it is gone."""
    now_ms = int(time.time() * 1000)
    with http_with(server, expires_at_ms=now_ms + 3_600_000) as http:
        assert http.get("/v1/models").status_code == 200
        with server.records.write(server.workspace_id) as tx:
            expiring = schema.api_keys.c.expires_at_ms.is_not(None)
            tx.connection.execute(
                sa.update(schema.api_keys)
                .where(schema.api_keys.c.workspace_id == server.workspace_id, expiring)
                .values(expires_at_ms=now_ms)
            )
        wait_until(lambda: http.get("/v1/models").status_code != 200)
        assert error_of(http.get("/v1/models")) == (401, "invalid_api_key")


def test_a_key_does_what_it_may(server: LiveServer) -> None:
    """And is told what it lacks, in the words of the original, before a byte of a body is read."""
    with http_with(server, permissions=("voices_read", "projects_write")) as http:
        assert http.get("/v1/voices").status_code == 200
        assert http.post("/v1/studio/projects", files=FORM).status_code == 200
        refused = http.get("/v1/studio/projects")
        assert error_of(refused) == (401, "missing_permissions")
        assert refused.json()["detail"]["message"] == (
            "The API key you used is missing the permission projects_read to execute this operation."
        )
        assert error_of(http.post(SPEECH, content=b"{")) == (401, "missing_permissions")
        assert error_of(http.get("/v1/nowhere")) == (401, "missing_permissions")


@pytest.mark.parametrize("where", WHERE)
def test_a_web_socket_needs_a_permission_too(server: LiveServer, where: str) -> None:
    """Wherever its key comes."""
    with http_with(server, permissions=("voices_read",)) as http, opened(http, where) as socket:
        assert refused(socket) == "missing_permissions"


@pytest.mark.parametrize("where", WHERE)
def test_a_web_socket_counts_for_the_rate(server: LiveServer, where: str) -> None:
    """As a request does, and is told the same."""
    with http_with(server, requests_per_minute=1) as http:
        with opened(http, where) as socket:
            socket.send('{"text": ""}')
            assert heard(socket)[-1]["isFinal"]
        assert error_of(http.get("/v1/models")) == (429, "rate_limit_exceeded")
        with opened(http, where) as socket:
            assert refused(socket) == "rate_limit_exceeded"


@pytest.mark.parametrize("where", WHERE)
def test_a_web_socket_has_a_place_until_it_ends(server: LiveServer, where: str) -> None:
    """Beside it a key that may ask one thing at once asks nothing, and afterwards it does."""
    with http_with(server, concurrent_requests=1) as http:
        with opened(http, where) as socket:
            # A piece that was spoken says that the first message was read.
            socket.send('{"text": "One. ", "flush": true}')
            socket.recv(timeout=20)
            assert error_of(http.post(SPEECH, json={"text": "Two"})) == (429, "concurrent_limit_exceeded")
            with opened(http, where) as other:
                assert refused(other) == "concurrent_limit_exceeded"
            socket.send('{"text": ""}')
            heard(socket)
        assert http.post(SPEECH, json={"text": "Two"}).status_code == 200


def test_a_permission_that_nobody_knows_is_refused(server: LiveServer) -> None:
    """Rather than kept, as if it allowed something."""
    with pytest.raises(KeyRefused, match="There is no permission read_projects"):
        http_with(server, permissions=("read_projects",))


def test_a_key_has_so_many_requests_a_minute(server: LiveServer) -> None:
    """Then it is told when there is another; other keys have theirs."""
    with http_with(server, requests_per_minute=2) as http, http_with(server, requests_per_minute=2) as other:
        assert [http.get("/v1/models").status_code for _ in range(2)] == [200, 200]
        refused = http.get("/v1/models")
        assert error_of(refused) == (429, "rate_limit_exceeded")
        assert refused.json()["detail"]["type"] == "rate_limit_error"
        assert 1 <= int(refused.headers["retry-after"]) <= 30
        assert other.get("/v1/models").status_code == 200


def test_a_form_beyond_the_rate_is_taken(server: LiveServer) -> None:
    """The official SDK would send it again without its fields; what it costs is asked of the next request."""
    with http_with(server, requests_per_minute=1) as http:
        for _ in range(2):
            assert http.post("/v1/studio/projects", files=FORM).status_code == 200
        assert error_of(http.get("/v1/models")) == (429, "rate_limit_exceeded")


def test_what_only_says_that_it_is_a_form_is_refused(server: LiveServer) -> None:
    """A header is no way around a limit, where nothing reads a form."""
    headers = {"content-type": "multipart/form-data; boundary=x"}
    with http_with(server, requests_per_minute=1) as http:
        assert http.get("/v1/models").status_code == 200
        for method, path in (
            ("GET", "/v1/models"),
            ("GET", "/v1/studio/projects"),
            ("POST", SPEECH),
            ("DELETE", "/v1/voices/add"),
        ):
            refused = http.request(method, path, headers=headers, content=b"--x--")
            assert error_of(refused) == (429, "rate_limit_exceeded"), path


def test_the_official_sdk_waits_and_asks_again(server: LiveServer) -> None:
    """For as long as it was told, so its caller hears nothing of it."""
    new = create_api_key(
        server.records, server.workspace_id, name="fast", terms=KeyTerms(requests_per_minute=60)
    )
    with raw_http(server.url) as connections:
        client = ElevenLabs(base_url=server.url, api_key=new.secret, httpx_client=connections)
        with raw_http(server.url, new.secret) as http:
            while http.get("/v1/models").status_code == 200:
                pass
        assert client.models.list()


@pytest.fixture
def held(server: LiveServer) -> Iterator[httpx.Client]:
    """A key that may have one request at once, and has one: a text of which the last byte hasn't come."""
    with http_with(server, concurrent_requests=1) as http:
        finish, begun = threading.Event(), threading.Event()

        def body() -> Iterator[bytes]:
            yield b'{"text": "On'
            begun.set()
            finish.wait(20)
            yield b'e"}'

        thread = threading.Thread(target=lambda: http.post(SPEECH, content=body()))
        thread.start()
        assert begun.wait(20)
        time.sleep(0.3)
        yield http
        finish.set()
        thread.join()


def test_a_key_has_so_many_requests_at_once(held: httpx.Client) -> None:
    """Reading needs no place, and a form is taken."""
    refused = held.post(SPEECH, json={"text": "Two"})

    assert error_of(refused) == (429, "concurrent_limit_exceeded")
    assert refused.headers["current-concurrent-requests"] == "1"
    assert refused.headers["maximum-concurrent-requests"] == "1"
    assert refused.headers["retry-after"] == "1"
    assert held.get("/v1/models").status_code == 200
    assert held.post("/v1/studio/projects", files=FORM).status_code == 200


def test_a_place_is_given_back(server: LiveServer) -> None:
    """After a success and after a failure; what is left is told with each answer."""
    with http_with(server, concurrent_requests=1) as http:
        for body, status in (({"text": "One"}, 200), ({}, 422), ({"text": "Two"}, 200)):
            answer = http.post(SPEECH, json=body)
            assert answer.status_code == status
            assert answer.headers["maximum-concurrent-requests"] == "1"


def test_a_full_server_says_when_to_ask_again(server: LiveServer) -> None:
    """Forms are taken, and what is read is read; everybody else is told."""
    with (
        probed(server, limited(server, max_running_requests=0)) as url,
        raw_http(url, server.key) as http,
    ):
        refused = http.post(SPEECH, json={"text": "One"})
        assert error_of(refused) == (429, "system_busy")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert http.post("/v1/studio/projects", files=FORM).status_code == 200
        assert http.get("/v1/models").status_code == 200


def test_guesses_are_counted_by_their_address(server: LiveServer, key_memory_s: float) -> None:
    """Then none is looked up any more; a key that has opened something before still does."""
    with (
        probed(server, limited(server, failed_keys_per_minute=2)) as url,
        raw_http(url, server.key) as http,
        raw_http(url, "sk_wrong") as guesser,
        raw_http(url, server.other_key) as late,
    ):
        assert http.get("/v1/models").status_code == 200
        assert [error_of(guesser.get("/v1/models")) for _ in range(2)] == [(401, "invalid_api_key")] * 2
        refused = guesser.get("/v1/models")
        assert error_of(refused) == (429, "rate_limit_exceeded")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert error_of(late.get("/v1/models")) == (429, "rate_limit_exceeded")
        # No status that a client would send a form again for.
        assert error_of(guesser.post("/v1/studio/projects", files=FORM)) == (400, "rate_limit_exceeded")
        # The key is looked up anew, and not taken for a guess.
        time.sleep(key_memory_s + 0.1)
        assert http.get("/v1/models").status_code == 200


@pytest.mark.parametrize("is_trusted", [True, False])
def test_addresses_behind_a_trusted_proxy_are_apart(server: LiveServer, is_trusted: bool) -> None:
    """What anybody else says of whom a request comes from is nothing."""
    from ipaddress import ip_network

    proxies = [ip_network("127.0.0.1/32")] if is_trusted else []
    rule = replace(limited(server, failed_keys_per_minute=1), trusted_proxies=proxies)
    with probed(server, rule) as url, raw_http(url, "sk_wrong") as http:
        statuses = [
            http.get("/v1/models", headers={"x-forwarded-for": f"198.51.100.{number}"}).status_code
            for number in range(3)
        ]
    assert statuses == ([401] * 3 if is_trusted else [401, 429, 429])


def test_the_sdk_tells_what_a_key_lacks(server: LiveServer) -> None:
    """As an error with the body of the original."""
    new = create_api_key(server.records, server.workspace_id, name="none", terms=KeyTerms(permissions=()))
    with raw_http(server.url) as connections, pytest.raises(ApiError) as refused:
        ElevenLabs(base_url=server.url, api_key=new.secret, httpx_client=connections).models.list()
    assert refused.value.status_code == 401
    assert refused.value.body["detail"]["status"] == "missing_permissions"
