"""HTTP for uvicorn, with a short way for what was just read: from there to the socket in one call.

By the usual way each byte is copied three times more, into memory that the processor hasn't at hand. h11 provides for
bodies that are sent by others: what it is given needs to have a length, and nothing else.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Sequence

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from rhapsode.api.direct import EXTENSION, ClientGone

_MOST_PARTS = os.sysconf("SC_IOV_MAX") if sys.platform == "linux" else 1
"""The system takes no more in one call."""


class DirectProtocol(H11Protocol):
    """A connection whose requests may be answered by a `DirectWriter`: on Linux, unless it is encrypted."""

    def handle_events(self) -> None:
        """Handle what has come; a request finds its writer in its scope before anything is done for it."""
        super().handle_events()
        if sys.platform == "linux" and self.scheme == "http" and self.cycle is not None:
            self.cycle.scope.setdefault("extensions", {EXTENSION: SocketWriter(self.cycle)})  # type: ignore[dict-item]


class SocketWriter:
    """See `DirectWriter`. It begins only while nothing waits to be sent as usual: so all stays in its order."""

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._socket: socket.socket | None = None

    async def write(self, parts: Sequence[bytes | memoryview]) -> bool:
        """See `DirectWriter`."""
        self._need_client()
        if self._cycle.transport.get_write_buffer_size() or not self._can_open():
            return False
        try:
            rest = self._write_at_once(parts)
            while rest:
                rest = rest[await self._write(rest) :]
        except OSError as error:
            # Of a connection that is lost in whatever way.
            raise ClientGone from error
        sent = _Sent(sum(map(len, parts)))
        self._cycle.conn.send_with_data_passthrough(h11.Data(data=sent))  # type: ignore[arg-type]
        return True

    def _need_client(self) -> None:
        """Raises: ClientGone."""
        if self._cycle.disconnected or self._cycle.transport.is_closing():
            raise ClientGone

    def close(self) -> None:
        """See `DirectWriter`."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _can_open(self) -> bool:
        """Whether the connection can be had by another number: asyncio lets nobody else wait for its own."""
        if self._socket is None:
            try:
                number = os.dup(self._cycle.transport.get_extra_info("socket").fileno())
            except OSError:
                # It is closed already, or there are too many.
                return False
            self._socket = socket.socket(fileno=number)
            self._socket.setblocking(False)
        return True

    def _write_at_once(self, parts: Sequence[bytes | memoryview]) -> memoryview:
        """Write while the processor has it at hand what was just read: what the client doesn't take of it."""
        assert self._socket is not None
        try:
            written = self._socket.sendmsg(parts[:_MOST_PARTS])
        except BlockingIOError:
            written = 0
        for number, part in enumerate(parts):
            if written < len(part):
                return memoryview(b"".join([part[written:], *parts[number + 1 :]]))
            written -= len(part)
        return memoryview(b"")

    async def _write(self, rest: memoryview) -> int:
        """Write what the client takes, once it takes anything."""
        while True:
            self._need_client()
            assert self._socket is not None
            try:
                return self._socket.send(rest)
            except BlockingIOError:
                await _until_writable(self._socket)


async def _until_writable(to: socket.socket) -> None:
    loop, number = asyncio.get_running_loop(), to.fileno()
    writable: asyncio.Future[None] = loop.create_future()
    loop.add_writer(number, _settle(writable))
    try:
        await writable
    finally:
        loop.remove_writer(number)


def _settle(future: asyncio.Future[None]) -> Callable[[], None]:
    def settle() -> None:
        if not future.done():
            future.set_result(None)

    return settle


class _Sent:
    """Stands for so many bytes that were sent."""

    def __init__(self, size_bytes: int) -> None:
        self._size_bytes = size_bytes

    def __len__(self) -> int:
        return self._size_bytes
