"""A way to a server on this machine that can be reset, cut or slowed down, as a network can, without any privilege.

Cut, it loses every packet: a filter on each socket drops what comes in before TCP sees it. So nothing is
acknowledged, nobody is told, and the two ends find out by their own time-outs. Mended, what was sent meanwhile comes
by itself, where both ends still want it.
Source: socket(7), SO_ATTACH_FILTER; linux/filter.h.
"""

import asyncio
import contextlib
import ctypes
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

_SO_ATTACH_FILTER, _SO_DETACH_FILTER = 26, 27
_RETURN_NOTHING = struct.pack("HBBI", 0x06, 0, 0, 0)
"""BPF_RET | BPF_K with 0: of each packet nothing is kept."""
_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends a reset, and nothing that still waits."""
_PIECE_BYTES = 2**16
_DRAIN_S = 5.0
_ENDING_LOOK_S = 0.01
_BEGINNING_ROUNDS = 10
_ALIVE_PROBES = 127
"""The most there are, one a second: so an end that has gone during a cut is noticed behind it, and none before."""


@dataclass(eq=False)
class _Pair:
    """One connection, to the client and to the server. is_asked: whether a request has begun and no answer yet."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    is_asked: bool = False

    def sockets(self) -> list[socket.socket]:
        return [end.get_extra_info("socket") for end in (self.client, self.server) if not end.is_closing()]

    def reset(self) -> None:
        for end in (self.client, self.server):
            _reset(end)


class Proxy:
    """Listens on a port of its own and passes everything on. Thread-safe; runs in a thread until `stop`.

    to: the server's host and port.    delay_s: how long each request waits on its way.
    answer: called for each request; what it returns is sent back instead of passing the request on.
    """

    def __init__(self, to: tuple[str, int]) -> None:
        self.delay_s = 0.0
        self.answer: Callable[[], bytes | None] = lambda: None
        self._to = to
        self._pairs: set[_Pair] = set()
        self._is_cut = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._call(self._listen())
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=512)

    def reset(self) -> int:
        """End all connections with a reset at both ends; how many there were."""

        async def reset() -> int:
            pairs = list(self._pairs)
            for pair in pairs:
                pair.reset()
            return len(pairs)

        return self._call(reset())

    def cut(self) -> None:
        """Lose all that is sent from now on, and all who want to connect."""
        self._call(self._let_through(is_cut=True))

    def mend(self) -> None:
        """Let everything through again."""
        self._call(self._let_through(is_cut=False))

    async def _let_through(self, *, is_cut: bool) -> None:
        self._is_cut = is_cut
        for end in [*self._server.sockets, *(end for pair in self._pairs for end in pair.sockets())]:
            _lose(end) if is_cut else _hear(end)

    def stop(self) -> None:
        """End, with all connections."""

        async def close() -> None:
            # asyncio never closes a connection whose task is cancelled, or whose server is closed, before that task
            # has begun: so nobody else is taken up first, and what was taken up begins in the loop's next rounds.
            for listening in self._server.sockets:
                self._loop.remove_reader(listening)
            for _ in range(_BEGINNING_ROUNDS):
                await asyncio.sleep(0)
            self._server.close()
            serving = asyncio.all_tasks() - {asyncio.current_task()}
            for each in serving:
                each.cancel()
            await asyncio.gather(*serving, return_exceptions=True)
            # Sockets are closed by the loop's next round.
            await asyncio.sleep(_ENDING_LOOK_S)

        self._call(close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _serve(self, from_client: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            from_server, server = await asyncio.open_connection(*self._to)
        except (OSError, asyncio.CancelledError):
            _reset(client)
            return
        pair = _Pair(client, server)
        self._pairs.add(pair)
        for end in pair.sockets():
            _watch(end)
            if self._is_cut:
                _lose(end)
        try:
            await asyncio.gather(self._ask(pair, from_client), self._answer(pair, from_server))
        except (OSError, asyncio.CancelledError):
            pair.reset()
        finally:
            self._pairs.discard(pair)
            client.close()
            server.close()

    async def _ask(self, pair: _Pair, reader: asyncio.StreamReader) -> None:
        while piece := await reader.read(_PIECE_BYTES):
            if not pair.is_asked:
                pair.is_asked = True
                await asyncio.sleep(self.delay_s)
                if (answer := self.answer()) is not None:
                    await _answer_alone(pair, reader, answer)
                    return
            await _pass(piece, pair.server)
        _end(pair.server)

    async def _answer(self, pair: _Pair, reader: asyncio.StreamReader) -> None:
        while piece := await reader.read(_PIECE_BYTES):
            pair.is_asked = False
            await _pass(piece, pair.client)
        _end(pair.client)


async def _pass(piece: bytes, to: asyncio.StreamWriter) -> None:
    to.write(piece)
    await to.drain()


async def _answer_alone(pair: _Pair, reader: asyncio.StreamReader, answer: bytes) -> None:
    """Answer for the server, and take in the rest of the request, which a client may send before it looks."""
    _end(pair.server)
    pair.client.write(answer)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_S):
            while await reader.read(_PIECE_BYTES):
                pass


def _end(to: asyncio.StreamWriter) -> None:
    if not to.is_closing() and to.can_write_eof():
        with contextlib.suppress(OSError):
            to.write_eof()


def _reset(end: asyncio.StreamWriter) -> None:
    if not end.is_closing():
        end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    end.transport.abort()


def _watch(end: socket.socket) -> None:
    end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("IDLE", 1), ("INTVL", 1), ("CNT", _ALIVE_PROBES)):
        end.setsockopt(socket.IPPROTO_TCP, getattr(socket, f"TCP_KEEP{option}"), value)


def _lose(end: socket.socket) -> None:
    program = ctypes.create_string_buffer(_RETURN_NOTHING)
    end.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(program)))


def _hear(end: socket.socket) -> None:
    with contextlib.suppress(FileNotFoundError):
        end.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)


def refusal(status: str, code: str) -> bytes:
    """What an object store answers that can't now."""
    body = f"<Error><Code>{code}</Code></Error>"
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/xml", "Connection: close"]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]).encode()


@contextlib.contextmanager
def proxy_to(host: str, port: int) -> Iterator[Proxy]:
    """A way to a server, until the end of the block."""
    made = Proxy((host, port))
    try:
        yield made
    finally:
        made.stop()
