"""Whose a request is, and how early that is asked."""

import socket
from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError
from tests.waiting import wait_until

from rhapsode.access.keys import create_api_key, find_owner, list_api_keys, revoke_api_key
from rhapsode.access.rule import AccessRule
from rhapsode.api.own_wire import COMMANDS_PATH, TOKEN_HEADER

from .asking import NO_AUTHORITIES, raw_http
from .journeys import error_of
from .probing import probed
from .running import LiveServer

NOBODY = "Neither authorization header nor xi-api-key received, please provide one."
MEBIBYTE = 2**20


@pytest.fixture
def open_http(server: LiveServer) -> Iterator[httpx.Client]:
    """Raw HTTP to a server that asks for no key."""
    access = AccessRule(partial(find_owner, server.records), open_workspace=server.other_workspace_id)
    with probed(server, access) as url, raw_http(url) as http:
        yield http


@pytest.mark.parametrize("headers", [{}, {"xi-api-key": ""}])
def test_a_request_without_a_key_is_told_so(anonymous: httpx.Client, headers: dict[str, str]) -> None:
    """An empty key is none: the official Python SDK sends one where its environment has an empty value."""
    response = anonymous.get("/v1/voices", headers=headers)

    assert response.status_code == 401
    detail = response.json()["detail"]
    assert detail == {
        "type": "authentication_error",
        "code": "needs_authorization",
        "message": NOBODY,
        "status": "needs_authorization",
        "request_id": response.headers["x-trace-id"],
    }


@pytest.mark.parametrize("key", [b"sk_wrong", "schlüssel".encode(), b"\xff", b"x" * 5000])
def test_a_wrong_key_is_invalid(anonymous: httpx.Client, key: bytes) -> None:
    """Whatever it is made of."""
    response = anonymous.get("/v1/voices", headers={b"xi-api-key": key})

    assert error_of(response) == (401, "invalid_api_key")
    assert response.json()["detail"]["message"] == "Invalid API key"


def test_a_key_as_bearer_is_told_where_it_belongs(anonymous: httpx.Client, server: LiveServer) -> None:
    """Even the right one."""
    response = anonymous.get("/v1/voices", headers={"authorization": f"Bearer {server.key}"})

    assert error_of(response) == (401, "invalid_authorization_header")
    assert "xi-api-key" in response.json()["detail"]["message"]


@pytest.mark.parametrize("key", ["", "sk_wrong"])
def test_the_official_sdk_understands_the_refusal(server: LiveServer, key: str) -> None:
    """It raises its error, with the body as it came."""
    with httpx.Client(verify=NO_AUTHORITIES) as connection, pytest.raises(ApiError) as refused:
        ElevenLabs(base_url=server.url, api_key=key, httpx_client=connection).models.list()

    assert refused.value.status_code == 401
    assert refused.value.body["detail"]["type"] == "authentication_error"


def test_the_key_is_checked_before_the_body_is_read(server: LiveServer) -> None:
    """The answer comes while the client has sent no byte of what it announced."""
    address = urlsplit(server.url)
    head = (
        "POST /v1/studio/projects HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000000\r\n"
        "content-type: multipart/form-data; boundary=x\r\nexpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(head.encode())
        answer = connection.recv(4096)

    assert answer.startswith(b"HTTP/1.1 401 ")


def test_even_an_unknown_route_needs_a_key(anonymous: httpx.Client, http: httpx.Client) -> None:
    """Nobody without a key learns what there is."""
    assert error_of(anonymous.get("/v1/nowhere")) == (401, "needs_authorization")
    assert http.get("/v1/nowhere").json() == {"detail": "Not Found"}


@pytest.mark.parametrize("path", ["/health", "/openapi.json"])
def test_what_says_nothing_of_anybody_is_open(anonymous: httpx.Client, path: str) -> None:
    """A probe, and the description of the API."""
    assert anonymous.get(path).status_code == 200


def test_each_key_leads_to_its_own_workspace(
    server: LiveServer, client: ElevenLabs, other_client: ElevenLabs
) -> None:
    """Two keys, two users."""
    assert client.user.get().user_id == server.workspace_id
    assert other_client.user.get().user_id == server.other_workspace_id


def test_a_new_key_works_at_once(server: LiveServer, anonymous: httpx.Client) -> None:
    """Also one that was refused a moment before: only keys that open something are remembered."""
    secret = create_api_key(server.records, server.workspace_id, name="new").secret

    assert anonymous.get("/v1/user", headers={"xi-api-key": "sk_other"}).status_code == 401
    assert anonymous.get("/v1/user", headers={"xi-api-key": secret}).status_code == 200


@pytest.mark.usefixtures("key_memory_s")
def test_a_revoked_key_stops_working_within_seconds(server: LiveServer, http: httpx.Client) -> None:
    """A key that was just used is remembered, but not for long."""
    assert http.get("/v1/user").status_code == 200
    (key,) = list_api_keys(server.records, server.workspace_id)

    revoke_api_key(server.records, server.workspace_id, key.key_id)
    wait_until(lambda: http.get("/v1/user").status_code != 200, limit_s=10)

    assert error_of(http.get("/v1/user")) == (401, "invalid_api_key")


def test_a_browser_may_ask_without_a_key(anonymous: httpx.Client) -> None:
    """A preflight is answered for any origin, method and header of the contract."""
    asked = {
        "origin": "https://example.org",
        "access-control-request-method": "POST",
        "access-control-request-headers": "xi-api-key, content-type",
    }

    response = anonymous.options("/v1/history/download", headers=asked)

    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-allow-headers"] == "*"
    assert response.headers["access-control-max-age"] == "600"
    allowed = set(response.headers["access-control-allow-methods"].split(", "))
    assert allowed == {"POST", "PATCH", "OPTIONS", "DELETE", "GET", "PUT"}


def test_a_page_of_any_origin_can_read_every_answer(http: httpx.Client, anonymous: httpx.Client) -> None:
    """Errors of every kind have the headers too, and those that name ids can be read by scripts."""
    answers = (
        http.get("/v1/models"),
        http.get("/v1/nowhere"),
        http.delete("/v1/models"),
        http.get("/v1/voices/nobody"),
        anonymous.get("/v1/models"),
    )

    assert [answer.status_code for answer in answers] == [200, 404, 405, 404, 401]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "history-item-id" in answer.headers["access-control-expose-headers"].split(", ")


@pytest.mark.parametrize("headers", [{}, {"xi-api-key": "anything"}, {"origin": "http://localhost:3000"}])
def test_a_server_without_keys_lets_its_own_machine_in(
    server: LiveServer, open_http: httpx.Client, headers: dict[str, str]
) -> None:
    """With a key or without, and a page that the same machine serves too."""
    response = open_http.get("/v1/user", headers=headers)

    assert response.status_code == 200
    assert response.json()["user_id"] == server.other_workspace_id


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://example.org"},
        {"origin": "null"},
        {"origin": "http://[bad"},
        {"origin": "http://localhost.example.org"},
        {"host": "example.org"},
        {"host": "[bad"},
    ],
)
def test_a_server_without_keys_keeps_pages_of_elsewhere_out(
    open_http: httpx.Client, headers: dict[str, str]
) -> None:
    """A page that somebody happens to visit, or one whose name leads to this machine, reads nobody's books."""
    assert error_of(open_http.get("/v1/user", headers=headers)) == (403, "origin_not_allowed")


def test_commands_show_a_token_instead_of_a_key(server: LiveServer) -> None:
    """Neither a key nor the lack of one opens what works on a whole data directory; the token opens nothing else."""
    path = f"{COMMANDS_PATH}/keys"
    rule = AccessRule(partial(find_owner, server.records), command_token="secret token")
    shown = {TOKEN_HEADER: "secret token"}
    with probed(server, rule) as url, raw_http(url) as http:
        assert http.get(path, headers=shown).status_code == 200
        for headers in ({}, {"xi-api-key": server.key}, {TOKEN_HEADER: "secret"}, {TOKEN_HEADER: ""}):
            assert error_of(http.get(path, headers=headers)) == (401, "invalid_token")
        assert error_of(http.get("/v1/user", headers=shown)) == (401, "needs_authorization")


def test_without_a_token_no_command_is_answered(server: LiveServer, open_http: httpx.Client) -> None:
    """A server that was given none has no door for an empty one, even when it asks nobody for a key."""
    for headers in ({}, {TOKEN_HEADER: ""}, {TOKEN_HEADER: "None"}):
        assert error_of(open_http.get(f"{COMMANDS_PATH}/keys", headers=headers)) == (401, "invalid_token")
