"""HTTP for uvicorn, with a short way for what lies in files: from there to the socket by the system.

By the usual way each byte is copied three times more, into memory that the processor hasn't at hand. h11 provides for
bodies that are sent by others: what it is given needs to have a length, and nothing else.
"""

import asyncio
import errno
import os
import socket
import sys
from collections.abc import Callable, Sequence

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from rhapsode.api.direct import EXTENSION, ClientGone
from rhapsode.storage.present import FileStretch, Part, list_views
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.limits import BLOCK_BYTES


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

    async def write(self, parts: Sequence[Part]) -> bool:
        """See `DirectWriter`."""
        if self._cycle.transport.get_write_buffer_size() or not self._can_open():
            return False
        try:
            written = self._write_at_once(parts)
            for number, part in enumerate(parts, start=1):
                if written < len(part):
                    await self._write(part, written, has_more=number < len(parts))
                written = max(written - len(part), 0)
        except ConnectionError as error:
            raise ClientGone from error
        sent = _Sent(sum(map(len, parts)))
        self._cycle.conn.send_with_data_passthrough(h11.Data(data=sent))  # type: ignore[arg-type]
        return True

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

    def _write_at_once(self, parts: Sequence[Part]) -> int:
        """Write what the client takes of what was just read: one call for all, as long as the processor has it."""
        assert self._socket is not None
        try:
            return self._socket.sendmsg(list_views(parts))
        except BlockingIOError:
            return 0

    async def _write(self, part: Part, written: int, *, has_more: bool) -> None:
        """Write the rest of a part, of which so many bytes are written."""
        size_bytes = len(part)
        while written < size_bytes:
            if self._socket is None or self._cycle.disconnected or self._cycle.transport.is_closing():
                raise ClientGone
            try:
                if isinstance(part, FileStretch):
                    written += _send_file(self._socket, part, written)
                else:
                    written += self._socket.send(part[written:], socket.MSG_MORE if has_more else 0)
            except BlockingIOError:
                await _until_writable(self._socket)


def _send_file(to: socket.socket, part: FileStretch, start: int) -> int:
    """Have the system send what the client takes at once, at least a byte. Raises: OSError; DataDamaged."""
    offset, size_bytes = part.offset + start, len(part) - start
    try:
        sent = os.sendfile(to.fileno(), part.file.descriptor, offset, size_bytes)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOSYS):
            raise
        # The file system has no such thing.
        sent = to.send(os.pread(part.file.descriptor, min(size_bytes, BLOCK_BYTES), offset))
    if not sent:
        msg = "A stored file has become shorter while it was sent."
        raise DataDamaged(msg)
    return sent


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
