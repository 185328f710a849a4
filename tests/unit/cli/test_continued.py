"""Downloads that go on over several connections, from a server that breaks them off."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from rhapsode.cli.continued import iterate_continued
from rhapsode.studio.errors import ServerGone

CONTENT = bytes(range(256)) * 2_000
ETAG = '"tides"'


@dataclass
class Behaviour:
    """sent_bytes: how much of each answer is sent, one after the other; all of it afterwards.

    knows_parts: whether it answers ranges; a server with another file by now doesn't.    asked: which.
    """

    sent_bytes: list[int]
    knows_parts: bool = True
    asked: list[str | None] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    """Answers with the content, or with the beginning of it."""

    def __init__(self, behaviour: Behaviour, *arguments: object) -> None:
        self.behaviour = behaviour
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        wanted = self.headers["range"]
        self.behaviour.asked.append(wanted)
        start = 0
        if wanted is not None and self.behaviour.knows_parts and self.headers["if-range"] == ETAG:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("content-length", str(len(CONTENT) - start))
        self.send_header("etag", ETAG)
        self.end_headers()
        count = self.behaviour.sent_bytes.pop(0) if self.behaviour.sent_bytes else len(CONTENT)
        self.wfile.write(CONTENT[start : start + count])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def behaviour() -> Behaviour:
    return Behaviour([])


@pytest.fixture
def client(behaviour: Behaviour) -> Iterator[httpx.Client]:
    """A client of a server that behaves so."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, behaviour))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{server.server_port}", trust_env=False, verify=False
        ) as http:
            yield http
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fetch(client: httpx.Client) -> Iterator[bytes]:
    def ask(headers: object) -> httpx.Response:
        return client.send(client.build_request("GET", "/", headers=headers), stream=True)  # type: ignore[arg-type]

    return iterate_continued(ask({}), ask)


def test_one_connection_is_enough(client: httpx.Client, behaviour: Behaviour) -> None:
    """Where it lasts, nothing else is asked for."""
    assert b"".join(fetch(client)) == CONTENT
    assert behaviour.asked == [None]


def test_what_broke_off_goes_on(client: httpx.Client, behaviour: Behaviour) -> None:
    """Each time from the byte behind the last that came."""
    behaviour.sent_bytes = [100_000, 0, 1, 0, 0, 200_000]
    assert b"".join(fetch(client)) == CONTENT
    assert behaviour.asked == [
        None,
        *["bytes=100000-"] * 2,
        *["bytes=100001-"] * 3,
        "bytes=300001-",
    ]


def test_a_server_that_sends_nothing_more_is_given_up(client: httpx.Client, behaviour: Behaviour) -> None:
    """After some attempts, with what came before handed on."""
    behaviour.sent_bytes = [100_000, *[0] * 99]
    received: list[bytes] = []
    with pytest.raises(ServerGone):
        received.extend(fetch(client))
    assert b"".join(received) == CONTENT[:100_000]
    assert len(behaviour.asked) == 6


def test_other_bytes_are_not_joined(client: httpx.Client, behaviour: Behaviour) -> None:
    """A server that answers with the whole has another file by now, or can't tell."""
    behaviour.sent_bytes = [100_000]
    behaviour.knows_parts = False
    with pytest.raises(ServerGone):
        b"".join(fetch(client))


def test_who_stops_reading_closes_the_connection(client: httpx.Client) -> None:
    """And nothing goes on."""
    blocks = fetch(client)
    assert CONTENT.startswith(next(blocks))
    blocks.close()  # type: ignore[attr-defined]
    assert client.get("/").content == CONTENT
