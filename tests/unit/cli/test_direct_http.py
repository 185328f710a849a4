"""What is sent by the short way arrives as it would by the usual one, and is counted as sent."""

import asyncio
import random
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import h11
import pytest

from rhapsode.api.direct import ClientGone
from rhapsode.cli.direct_http import SocketWriter

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it is there on Linux alone")

CONTENT = random.Random(1).randbytes(8 * 2**20)
SMALL = b"a pause"


def answering(size_bytes: int) -> h11.Connection:
    """A connection that has begun an answer of so many bytes."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert isinstance(connection.next_event(), h11.Request)
    assert isinstance(connection.next_event(), h11.EndOfMessage)
    connection.send(h11.Response(status_code=200, headers=[("content-length", str(size_bytes))]))
    return connection


def write(
    parts: Sequence[bytes | memoryview],
    client: Callable[[socket.socket], None],
    connection: h11.Connection,
    *,
    meanwhile: Callable[[], None] = lambda: None,
    disconnected: bool = False,
) -> bool:
    """Write parts to a client that does something with its end. meanwhile: is done when that has to be waited for."""

    async def run() -> bool:
        here, there = socket.socketpair()
        with there:
            thread = threading.Thread(target=client, args=(there,))
            thread.start()
            here.setblocking(False)
            transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=here)
            cycle = SimpleNamespace(transport=transport, disconnected=disconnected, conn=connection)
            writer = SocketWriter(cycle)  # type: ignore[arg-type]
            asyncio.get_running_loop().call_later(0.05, meanwhile)
            try:
                return await asyncio.wait_for(writer.write(parts), 30)
            finally:
                writer.close()
                transport.close()
                await asyncio.to_thread(thread.join)

    return asyncio.run(run())


def read_into(got: bytearray, *, pause_s: float = 0) -> Callable[[socket.socket], None]:
    """A client that reads everything."""

    def read(end: socket.socket) -> None:
        while block := end.recv(300_000):
            got.extend(block)
            time.sleep(pause_s)

    return read


def test_a_slow_client_gets_every_byte() -> None:
    """Large and small parts in their order, and nothing is left to be sent by the usual way."""
    parts: list[bytes | memoryview] = [
        SMALL,
        memoryview(CONTENT)[5:3_000_000],
        SMALL,
        memoryview(CONTENT)[3_000_000:],
    ]
    got, connection = bytearray(), answering(sum(map(len, parts)))

    assert write(parts, read_into(got, pause_s=0.001), connection)
    assert bytes(got) == b"".join(parts)
    connection.send(h11.EndOfMessage())


def test_more_parts_than_the_system_takes_at_once_are_sent() -> None:
    """As many short files of a zip are: each has its head between them."""
    parts = [CONTENT[i : i + i % 50] for i in range(5_000)]
    got = bytearray()

    assert write(parts, read_into(got), answering(sum(map(len, parts))))
    assert bytes(got) == b"".join(parts)


def test_what_waits_is_what_was_there_when_it_was_asked_for() -> None:
    """Though it lies where others read to meanwhile."""
    place, got, overwritten = bytearray(CONTENT), bytearray(), threading.Event()

    def overwrite() -> None:
        place[:] = bytes(len(place))
        overwritten.set()

    def read(end: socket.socket) -> None:
        assert overwritten.wait(10)
        read_into(got)(end)

    assert write([memoryview(place)], read, answering(len(CONTENT)), meanwhile=overwrite)
    assert bytes(got) == CONTENT


def test_a_client_that_leaves_is_told() -> None:
    """So nothing more is read for it."""
    with pytest.raises(ClientGone):
        write([CONTENT], lambda end: end.close(), answering(len(CONTENT)))


def test_nothing_is_sent_to_a_client_that_has_left() -> None:
    """Its descriptor would still take it, and nobody may be told any more that it was sent."""
    got = bytearray()
    with pytest.raises(ClientGone):
        write([CONTENT], read_into(got), answering(len(CONTENT)), disconnected=True)
    assert not got
