"""Clients that keep a server waiting are let go; those that are merely slow aren't."""

import asyncio
import contextlib
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send
from tests.certificates import make_certificate
from tests.waiting import wait_until

from rhapsode.cli.connections import ConnectionLimits, Connections, LimitedListener
from rhapsode.cli.guarded_websockets import GuardedWebSocket
from rhapsode.cli.http_server import GuardedServer, new_config

LIMITS = ConnectionLimits(
    head_wait_s=0.5,
    body_silence_s=1,
    body_pace_s=2,
    min_body_bytes=100,
    body_left_s=1,
    read_wait_s=1.5,
)
SOON_S = 10
BOOK = bytes(32 * 2**20)
HEAD = b"Host: here\r\n"
POST = b"POST / HTTP/1.1\r\n" + HEAD
PING = b"\x89\xfd\0\0\0\0" + b"x" * 125


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the length of what was sent; with a book, where that is asked for; with nothing read, elsewhere."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        return
    size_bytes, more = 0, scope["path"] != "/unread"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size_bytes += len(message["body"])
        more = message["more_body"]
    body = BOOK if scope["path"] == "/book" else str(size_bytes).encode()
    length = str(len(body)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": body})


class Guarded:
    """A server that runs, and clients of it."""

    def __init__(
        self, connections: Connections, address: tuple[str, int], stack: contextlib.ExitStack
    ) -> None:
        self.connections = connections
        self.address = address
        self._stack = stack

    def connect(self, *, source: str = "127.0.0.1") -> socket.socket:
        """A client that waits no longer than it should have to."""
        client = socket.create_connection(self.address, timeout=SOON_S, source_address=(source, 0))
        return self._stack.enter_context(client)

    def ask(self, sent: bytes) -> bytes:
        """Everything that is answered until the connection is closed."""
        client = self.connect()
        client.sendall(sent)
        return read_all(client)


@contextlib.contextmanager
def guarded(limits: ConnectionLimits, tls: ssl.SSLContext | None = None) -> Iterator[Guarded]:
    """Serve with limits."""
    connections = Connections(limits)
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        address = listening.getsockname()
        server = GuardedServer(new_config(app, connections, tls), connections)
        limited = LimitedListener.of(listening, connections)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([limited])))
        thread.start()
        try:
            with contextlib.ExitStack() as clients:
                yield Guarded(connections, address, clients)
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def server() -> Iterator[Guarded]:
    with guarded(LIMITS) as running:
        yield running


def read_all(client: socket.socket) -> bytes:
    """What comes until the other side has closed, in whatever way."""
    got = bytearray()
    with contextlib.suppress(ConnectionError):
        while part := client.recv(2**20):
            got += part
    return bytes(got)


def send_on(client: socket.socket, part: bytes, *, pause_s: float) -> None:
    """Send the same again and again, for as long as a server should take at most to have enough of it."""
    until_s = time.monotonic() + SOON_S
    while time.monotonic() < until_s:
        client.sendall(part)
        time.sleep(pause_s)


def status_of(answer: bytes) -> int:
    """Of a response in the wire's shape of errors."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert json.loads(body)["detail"]["request_id"].encode() in head
    return int(head.split()[1])


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\n" + HEAD])
def test_half_a_head_is_closed(server: Guarded, sent: bytes) -> None:
    """However much of it has come, without an answer that a client might take for one to another request."""
    assert server.ask(sent) == b""


def test_half_a_head_behind_a_request_is_closed(server: Guarded) -> None:
    """Also where it came together with the request before it."""
    answer = server.ask(b"GET / HTTP/1.1\r\n" + HEAD + b"\r\nGET /again HTT")

    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.count(b"HTTP/1.1") == 1


def test_a_connection_is_kept_between_requests(server: Guarded) -> None:
    """For longer than a head may take."""
    client = server.connect()
    for _ in range(2):
        client.sendall(b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n")
        assert is_answered(client)
        time.sleep(LIMITS.head_wait_s + 0.7)


@pytest.mark.parametrize("framing", [b"Content-Length: 1000\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_a_body_that_stalls_is_closed(server: Guarded, framing: bytes) -> None:
    """With no status: a form that is sent again after one would come without its fields."""
    assert server.ask(POST + framing + b"\r\n") == b""


def test_a_body_that_trickles_is_closed(server: Guarded) -> None:
    """Though it never stands still."""
    client = server.connect()
    client.sendall(POST + b"Content-Length: 1000\r\n\r\n")
    with pytest.raises(ConnectionError):
        send_on(client, b"x", pause_s=0.2)


def test_a_slow_body_arrives(server: Guarded) -> None:
    """What is fast enough may take as long as it needs."""
    client = server.connect()
    client.sendall(POST + b"Connection: close\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(10):
        client.sendall(bytes(100))
        time.sleep(0.25)
    assert read_all(client).endswith(b"\r\n\r\n1000")


def test_who_was_answered_may_not_go_on_sending_for_ever(server: Guarded) -> None:
    """A body that nobody wants any more doesn't keep its connection, however fast it comes."""
    client = server.connect()
    client.sendall(b"POST /unread HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    with pytest.raises(ConnectionError):
        send_on(client, b"400\r\n" + bytes(1024) + b"\r\n", pause_s=0.05)


def test_who_reads_nothing_is_let_go(server: Guarded) -> None:
    """The answer breaks off; one who reads slowly gets every byte."""
    stalled, slow = server.connect(), server.connect()
    for client in (stalled, slow):
        client.sendall(b"GET /book HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n")
    got = 0
    for _ in range(15):
        got += len(slow.recv(2**18))
        time.sleep(0.2)
    got += len(read_all(slow))
    assert got > len(BOOK)
    assert len(read_all(stalled)) < len(BOOK)


@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        (b"GET / HTTP/1.1", b"X: " + b"x" * 20_000 + b"\r\n", 431),
        (b"GET / HTTP/1.1", b"X: x\r\n" * 101, 431),
        (b"GET /" + b"x" * 9_000 + b" HTTP/1.1", b"", 414),
        (b"GET / HTTP/1.1", b"X: " + b"x" * 300_000, 431),
        (b"GET / HTTP/9", b"", 400),
        (b"NONSENSE", b"", 400),
        (b"POST / HTTP/1.1", b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", 400),
        (b"POST / HTTP/1.0", b"Transfer-Encoding: chunked\r\n", 400),
    ],
)
def test_what_is_too_long_for_a_head_is_said(
    server: Guarded, request_line: bytes, headers: bytes, status: int
) -> None:
    """Whether it has come as a whole or not."""
    assert status_of(server.ask(request_line + b"\r\n" + HEAD + headers + b"\r\n")) == status


def test_a_hundred_headers_are_read(server: Guarded) -> None:
    """And as many bytes as browsers with many cookies send."""
    headers = HEAD + b"Connection: close\r\n" + b"X: x\r\n" * 97 + b"Cookie: " + b"c" * 12_000 + b"\r\n"
    assert server.ask(b"GET / HTTP/1.1\r\n" + headers + b"\r\n").startswith(b"HTTP/1.1 200")


def test_nonsense_in_a_body_ends_the_request(server: Guarded) -> None:
    """What waits for the rest of it is told that nobody is there any more."""
    assert b"200 OK" not in server.ask(POST + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n")


def test_a_web_socket_may_stay_silent(server: Guarded) -> None:
    """Its own limits are those of the conversation."""
    client = open_websocket(server)
    client.settimeout(LIMITS.head_wait_s + 1.5)
    with pytest.raises(TimeoutError):
        client.recv(1)


def test_a_web_socket_with_too_long_a_header_is_closed(server: Guarded) -> None:
    """It is refused before anybody speaks with it."""
    handshake = b"Connection: Upgrade\r\nUpgrade: websocket\r\nX: " + b"x" * 9_000 + b"\r\n\r\n"
    assert server.ask(b"GET / HTTP/1.1\r\n" + HEAD + handshake).startswith(b"HTTP/1.1 431")


def test_pings_whose_answers_nobody_reads_fill_no_memory(server: Guarded) -> None:
    """A client is answered the last one as soon as it reads."""
    client = open_websocket(server)
    client.sendall(PING * 2**16 + b"\x89\x84\0\0\0\0last")
    unread, deadline_s = bytearray(), time.monotonic() + SOON_S
    while not unread.endswith(b"\x8a\x04last"):
        assert time.monotonic() < deadline_s
        unread += client.recv(2**20)
    assert len(unread) < len(PING) * 2**16 * 3 / 4  # the system keeps 4 MiB of it


def test_a_client_that_says_goodbye_and_reads_nothing_is_answered(server: Guarded) -> None:
    """By the same, once it reads, and by nothing behind that."""
    client = open_websocket(server)
    connection = list(server.connections._all.values())[-1]
    assert isinstance(connection.speaker, GuardedWebSocket)
    speaker = connection.speaker
    client.sendall(PING * 2**16)
    wait_until(lambda: not speaker.writable.is_set())
    client.sendall(PING + b"\x88\x82\0\0\0\0\x03\xe8")
    wait_until(speaker.transport.is_closing)
    assert read_all(client).endswith(b"\x88\x02\x03\xe8")


def test_a_web_socket_that_has_ended_waits_for_no_reader() -> None:
    """What its client leaves unread is thrown away after as long as of any other answer."""
    with guarded(LIMITS) as server:
        client = open_websocket(server)
        client.sendall(PING * 2**16 + b"\x81\x80\0\0\0\0")  # and a message, behind which the application ends
        wait_until(lambda: server.connections.count == 0)


def open_websocket(server: Guarded) -> socket.socket:
    """A client whose WebSocket was accepted."""
    client = server.connect()
    client.sendall(
        b"GET / HTTP/1.1\r\n" + HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
    )
    assert client.recv(2**16).startswith(b"HTTP/1.1 101")
    return client


def test_a_handshake_of_tls_has_as_long_as_a_head(tmp_path: Path) -> None:
    """Half of one is closed; behind a whole one everything is as without TLS."""
    files = make_certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(files.certificate, files.key)
    with guarded(LIMITS, tls) as server:
        assert server.ask(b"\x16\x03\x01") == b""
        trusting = ssl.create_default_context(cafile=str(files.certificate))
        client = trusting.wrap_socket(server.connect(), server_hostname="127.0.0.1")
        with client:
            client.sendall(b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n")
            assert is_answered(client)
            client.sendall(b"GET /book HTTP/1.1\r\n" + HEAD + b"\r\n")
            time.sleep(LIMITS.read_wait_s + 2.5)
            with contextlib.suppress(ssl.SSLError):
                assert len(read_all(client)) < len(BOOK)


def answers(client: socket.socket) -> bool:
    """Whether a connection is still served."""
    try:
        client.sendall(b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n")
        return is_answered(client)
    except ConnectionError:
        return False


def is_answered(client: socket.socket) -> bool:
    """Whether an answer comes; all of it is read."""
    got = b""
    while part := client.recv(2**16):
        got += part
        if b"\r\n\r\n" in got and not got.endswith(b"\r\n\r\n"):
            return got.startswith(b"HTTP/1.1 200")
    return False


def test_whoever_waits_for_longest_makes_room() -> None:
    """When all places are taken, the connection that has had no request for longest goes, and no other."""
    with guarded(ConnectionLimits(max_connections=3)) as server:
        first, second, third = (server.connect() for _ in range(3))
        assert answers(third)
        assert answers(first)
        fourth = server.connect()
        assert answers(fourth)
        assert [answers(client) for client in (first, second, third)] == [True, False, True]


def test_a_request_under_way_makes_no_room() -> None:
    """Who comes when all are busy is turned away."""
    with guarded(ConnectionLimits(max_connections=2)) as server:
        busy = [server.connect() for _ in range(2)]
        for client in busy:
            client.sendall(POST + b"Content-Length: 1\r\n\r\n")
        time.sleep(0.3)
        assert not answers(server.connect())
        for client in busy:
            client.sendall(b"x")
            assert is_answered(client)


def test_an_address_takes_no_more_than_its_share() -> None:
    """Others have theirs, and proxies, who speak for many, as many as there are."""
    limits = ConnectionLimits(max_connections=10, max_per_address=2)
    with guarded(limits) as server:
        mine = [server.connect(source="127.0.0.2") for _ in range(2)]
        for client in mine:
            client.sendall(POST + b"Content-Length: 1\r\n\r\n")
        time.sleep(0.3)
        assert not answers(server.connect(source="127.0.0.2"))
        assert answers(server.connect(source="127.0.0.3"))
    with guarded(replace(limits, trusted=[ipaddress.ip_network("127.0.0.2/32")])) as server:
        assert all(answers(server.connect(source="127.0.0.2")) for _ in range(5))


def test_nothing_is_left_of_those_who_have_gone() -> None:
    """Counts go back when descriptors do, however a connection ended."""
    with guarded(LIMITS) as server:
        for sent in (b"", b"GET /book HTTP/1.1\r\n" + HEAD + b"\r\n", POST + b"Content-Length: 9\r\n\r\n"):
            client = server.connect()
            client.sendall(sent)
            client.close()
        waited_until_s = time.monotonic() + SOON_S
        while server.connections.count and time.monotonic() < waited_until_s:
            time.sleep(0.05)
        assert server.connections.count == 0
