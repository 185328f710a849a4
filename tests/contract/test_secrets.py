"""A key that somebody shows is told to nobody: not in an answer, an address, a log or what is stored."""

from collections.abc import Iterator

import httpx
import pytest
import structlog
from tests.postgres import sqlite_only

from .running import LiveServer

CANARY = "sk_canary_0123456789abcdef"
_ODD_BODIES = (
    {"json": {"name": "", "settings": [1]}},
    {"content": b"{", "headers": {"content-type": "application/json"}},
)
_METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def operations(http: httpx.Client) -> list[tuple[str, str]]:
    """Method and path of every operation whose answer ends by itself, with ids that nothing has."""
    paths = http.get("/openapi.json").json()["paths"]
    del paths["/rhapsode/v1/events"]
    found = [(method, path) for path, said in paths.items() for method in said if method in _METHODS]
    return [
        (method, "/".join("none" if part.startswith("{") else part for part in path.split("/")))
        for method, path in found
    ]


def told(response: httpx.Response) -> str:
    """All that an answer says, but for what the client's own library knows."""
    return f"{response.headers.multi_items()} {response.text}"


def shown_wrongly() -> Iterator[dict[str, dict[str, str]]]:
    """A key that opens nothing, in each place where somebody might put it."""
    yield {"headers": {"xi-api-key": CANARY}}
    yield {"headers": {"authorization": f"Bearer {CANARY}"}}
    yield {"params": {"xi-api-key": CANARY, "authorization": CANARY}}
    yield {"cookies": {"xi-api-key": CANARY}}


def test_a_key_that_opens_nothing_is_not_told(
    anonymous: httpx.Client, operations: list[tuple[str, str]]
) -> None:
    """By no operation, in whatever place it was shown."""
    assert len(operations) > 100
    ways = list(shown_wrongly())
    with structlog.testing.capture_logs() as logs:
        for number, (method, path) in enumerate(operations):
            sent = ways[number % len(ways)]
            anonymous.cookies.clear()
            anonymous.cookies.update(sent.get("cookies", {}))
            answer = anonymous.request(method, path, headers=sent.get("headers"), params=sent.get("params"))
            assert CANARY not in told(answer), (method, path)
    assert CANARY not in str(logs)


@sqlite_only
def test_the_key_is_in_no_answer_and_no_address(
    server: LiveServer, http: httpx.Client, operations: list[tuple[str, str]]
) -> None:
    """Whether a request is well or odd; and what is stored is a digest of it."""
    with structlog.testing.capture_logs() as logs:
        for number, (method, path) in enumerate(operations):
            sent = {} if method == "get" else _ODD_BODIES[number % len(_ODD_BODIES)]
            answer = http.request(method, path, **sent)
            assert server.key not in told(answer), (method, path)
            assert server.key not in str(answer.url)
    assert server.key not in str(logs)
    stored = b"".join(path.read_bytes() for path in server.studio.root.glob("records.sqlite3*"))
    assert stored
    assert server.key.encode() not in stored
