"""What is sent by the short way arrives as it would by the usual one, and is counted as sent."""

import asyncio
import random
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import h11
import pytest

from rhapsode.api.direct import ClientGone
from rhapsode.cli.direct_http import SocketWriter
from rhapsode.storage.files import OpenFile
from rhapsode.storage.present import FileStretch, Part
from rhapsode.studio.errors import DataDamaged

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it is there on Linux alone")

CONTENT = random.Random(1).randbytes(8 * 2**20)
SMALL = b"a pause"


def stretch(path: Path, start: int, end: int) -> FileStretch:
    """Bytes of a file, as somebody has read them."""
    return FileStretch(OpenFile(str(path)), start, memoryview(CONTENT)[start:end])


def answering(size_bytes: int) -> h11.Connection:
    """A connection that has begun an answer of so many bytes."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert isinstance(connection.next_event(), h11.Request)
    assert isinstance(connection.next_event(), h11.EndOfMessage)
    connection.send(h11.Response(status_code=200, headers=[("content-length", str(size_bytes))]))
    return connection


def write(parts: list[Part], client: Callable[[socket.socket], None], connection: h11.Connection) -> bool:
    """Write parts to a client that does something with its end."""

    async def run() -> bool:
        here, there = socket.socketpair()
        with there:
            thread = threading.Thread(target=client, args=(there,))
            thread.start()
            here.setblocking(False)
            transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=here)
            cycle = SimpleNamespace(transport=transport, disconnected=False, conn=connection)
            writer = SocketWriter(cycle)  # type: ignore[arg-type]
            try:
                return await asyncio.wait_for(writer.write(parts), 30)
            finally:
                writer.close()
                transport.close()
                await asyncio.to_thread(thread.join)

    return asyncio.run(run())


def test_a_slow_client_gets_every_byte(tmp_path: Path) -> None:
    """Large and small parts in their order, whole and cut, and nothing is left to be sent by the usual way."""
    (path := tmp_path / "pack").write_bytes(CONTENT)
    parts: list[Part] = [SMALL, stretch(path, 5, 3_000_000), SMALL, stretch(path, 3_000_000, len(CONTENT))]
    expected = SMALL + CONTENT[5:3_000_000] + SMALL + CONTENT[3_000_000:]
    got = bytearray()

    def read(end: socket.socket) -> None:
        while block := end.recv(300_000):
            got.extend(block)
            time.sleep(0.001)

    connection = answering(len(expected))
    assert write(parts, read, connection)
    assert bytes(got) == expected
    connection.send(h11.EndOfMessage())


def test_a_client_that_leaves_is_told(tmp_path: Path) -> None:
    """So nothing more is read for it."""
    (path := tmp_path / "pack").write_bytes(CONTENT)
    with pytest.raises(ClientGone):
        write([stretch(path, 0, len(CONTENT))], lambda end: end.close(), answering(len(CONTENT)))


def test_a_file_that_became_shorter_is_damage(tmp_path: Path) -> None:
    """It never ends as a whole answer."""
    (path := tmp_path / "pack").write_bytes(CONTENT[:1_000_000])
    parts: list[Part] = [stretch(path, 0, len(CONTENT))]

    def read(end: socket.socket) -> None:
        while end.recv(300_000):
            pass

    with pytest.raises(DataDamaged):
        write(parts, read, answering(len(CONTENT)))
