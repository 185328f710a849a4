"""WebSockets for uvicorn, with bounds on what a client leaves unread: answers to its pings, and the end.

uvicorn keeps every answer until it is read. A connection that it has closed it keeps until all of them are, which is
for ever, and for ever one whose handshake has too long a header. What may be left unread while a conversation is held
is said by whoever holds it.
"""

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from rhapsode.cli.connections import ConnectionLimits
from rhapsode.cli.pace import Pace

_PONG = b"\x8a"
"""How a frame begins that answers a ping."""


class GuardedWebSocket(WebSocketsSansIOProtocol):
    """A WebSocket whose client is let go when it takes nothing more of one that has ended."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: ConnectionLimits,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._reader = Pace(limits.read_wait_s)
        self._last_answer = b""

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol. The handshake comes first and whole, and may be refused before uvicorn sees it."""
        super().data_received(data)
        if not self.handshake_initiated:
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def handle_ping(self) -> None:
        """Answer a ping; of those that come while the client reads nothing, the last one, once it does.

        Source: RFC 6455, section 5.5.3.
        """
        if self.writable.is_set():
            super().handle_ping()
            return
        # One for each ping of what has come at once; the first of these takes them all, and what ends the WebSocket.
        frames = self.conn.data_to_send()
        answers = [frame for frame in frames if frame.startswith(_PONG)]
        self._last_answer = answers[-1] if answers else self._last_answer
        self.transport.write(b"".join(frame for frame in frames if not frame.startswith(_PONG)))

    def resume_writing(self) -> None:
        """Go on, as the client reads."""
        super().resume_writing()
        if self._last_answer and not self.transport.is_closing():
            answer, self._last_answer = self._last_answer, b""
            self.transport.write(answer)

    def find_fault(self, now_s: float) -> str | None:
        """See Speaker."""
        if not self.transport.is_closing():
            return None
        is_lost = self._reader.is_lost(now_s, self.transport.get_write_buffer_size())
        return "no_reader" if is_lost else None

    def abort(self) -> None:
        """See Speaker."""
        self.transport.abort()
