"""HTTP for uvicorn, with bounds: heads that are too long or never end, bodies that stall, clients that don't read.

uvicorn has none of these (docs/decisions/0057). A connection is looked at once a second, which costs less than timers
that every packet moves.
"""

import asyncio
import struct
import sys
import time
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import RequestResponseCycle
from uvicorn.server import ServerState

from rhapsode.cli.connections import Connection, Connections
from rhapsode.cli.direct_http import DirectProtocol
from rhapsode.cli.guarded_websockets import GuardedWebSocket
from rhapsode.cli.pace import Pace
from rhapsode.studio.limits import MAX_HEAD_BYTES, MAX_HEADERS, MAX_TARGET_BYTES

_HEADER_EXTRA_BYTES = len(": \r\n")


class BoundedConnection(h11.Connection):
    """Refuses heads that are too long, of a request that comes at once too: h11 bounds only what is incomplete.

    refused_status: what the client is answered, once something that came was refused.
    """

    def __init__(self) -> None:
        super().__init__(h11.SERVER, MAX_HEAD_BYTES)
        self.refused_status = 400

    def next_event(self) -> Any:
        """See h11. Raises: h11.RemoteProtocolError."""
        try:
            event = super().next_event()
            if isinstance(event, h11.Request):
                _check_head(event)
        except h11.RemoteProtocolError as error:
            self.refused_status = error.error_status_hint
            raise
        return event


def _check_head(request: h11.Request) -> None:
    """Raises: h11.RemoteProtocolError."""
    if len(request.target) > MAX_TARGET_BYTES:
        msg = "The address is too long."
        raise h11.RemoteProtocolError(msg, error_status_hint=414)
    size_bytes = len(request.target) + sum(
        len(name) + len(value) + _HEADER_EXTRA_BYTES for name, value in request.headers
    )
    if len(request.headers) > MAX_HEADERS or size_bytes > MAX_HEAD_BYTES:
        msg = "The headers are too many or too long."
        raise h11.RemoteProtocolError(msg, error_status_hint=431)
    if _has_doubtful_length(request):
        msg = "Where the body ends could be read in two ways."
        raise h11.RemoteProtocolError(msg, error_status_hint=400)


def _has_doubtful_length(request: h11.Request) -> bool:
    """Whether a proxy in front may see another end of the body than we do, and so another request behind it.

    Source: RFC 9112, sections 6.1 and 6.3.
    """
    names = {name for name, _ in request.headers}
    is_old = request.http_version < b"1.1"
    return b"transfer-encoding" in names and (is_old or b"content-length" in names)


class GuardedProtocol(DirectProtocol):
    """A connection that is let go when its client keeps it waiting for too long."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        connections: Connections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        limits = connections.limits
        self.conn: BoundedConnection = BoundedConnection()
        self._connections = connections
        self._connection: Connection | None = None
        self._received_bytes = 0
        self._head_since_s: float | None = None
        self._answered_at_s = 0.0
        self._body = Pace(limits.body_silence_s, window_s=limits.body_pace_s, least=limits.min_body_bytes)
        self._reader = Pace(limits.read_wait_s)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio.Protocol."""
        super().connection_made(transport)
        self._connection = self._connections.open(transport.get_extra_info("socket").fileno(), self)
        self._head_since_s = time.monotonic() if self._connection is None else self._connection.accepted_at_s

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._received_bytes += len(data)
        if self._head_since_s is None and self.conn.their_state is h11.IDLE:
            self._head_since_s = time.monotonic()
        super().data_received(data)

    def handle_events(self) -> None:
        """Handle what has come."""
        super().handle_events()
        if self.conn.their_state is not h11.IDLE:
            self._head_since_s = None
            if self._connection is not None:
                self._connections.work(self._connection)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over; it is still counted."""
        super().handle_websocket_upgrade(event)
        if self._connection is not None:
            self._connections.work(self._connection)
            speaker = self.transport.get_protocol()
            self._connection.speaker = speaker if isinstance(speaker, GuardedWebSocket) else None

    def on_response_complete(self) -> None:
        """Go on with the next request, or wait for it."""
        self._answered_at_s = time.monotonic()
        super().on_response_complete()
        if self.conn.their_state is not h11.IDLE:
            return
        if self.conn.trailing_data[0]:
            self._head_since_s = time.monotonic()
        if self._connection is not None:
            self._connections.wait(self._connection)

    def send_400_response(self, _msg: str) -> None:
        """Say what is wrong with a request that can't be read, unless something else is being said."""
        cycle = self._find_cycle()
        if cycle is not None and not cycle.response_complete:
            # It waits for a body whose end nobody will find.
            cycle.disconnected = True
            cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            # The wire is loaded by now; commands, which import this module too, do without it.
            from rhapsode.api.bad_requests import answer_bad_request

            answer = answer_bad_request(self.conn.refused_status)
            reason = b""
            head = h11.Response(status_code=answer.http_status, headers=answer.headers, reason=reason)
            for event in (head, h11.Data(data=answer.body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def find_fault(self, now_s: float) -> str | None:
        """See Speaker."""
        limits = self._connections.limits
        if self._head_since_s is not None and now_s - self._head_since_s >= limits.head_wait_s:
            return "no_head"
        if self._is_body_lost(now_s):
            return "no_body"
        if self._is_reader_lost(now_s):
            return "no_reader"
        return None

    def abort(self) -> None:
        """See Speaker."""
        self.transport.abort()

    def _find_cycle(self) -> RequestResponseCycle | None:
        """The last request and its answer; None before the first."""
        return self.cycle

    def _is_body_lost(self, now_s: float) -> bool:
        if self.conn.their_state is not h11.SEND_BODY:
            self._body.rest()
            return False
        if self.cycle.response_complete:
            return now_s - self._answered_at_s >= self._connections.limits.body_left_s
        if self.flow.read_paused or self.cycle.waiting_for_100_continue:
            self._body.rest()  # it is we who keep the client waiting
            return False
        return self._body.is_lost(now_s, self._received_bytes)

    def _is_reader_lost(self, now_s: float) -> bool:
        cycle = self._find_cycle()
        is_answering = cycle is not None and cycle.response_started
        unsent_bytes = _unsent_bytes(self.transport) if is_answering else 0
        if not unsent_bytes:
            self._reader.rest()
            return False
        return self._reader.is_lost(now_s, unsent_bytes)


def _unsent_bytes(transport: asyncio.Transport) -> int:
    """What was given to a client that it hasn't acknowledged: here, and on Linux what the system has too.

    The system has room again only after a client has taken a third of what it holds, which are megabytes.
    """
    size_bytes = transport.get_write_buffer_size()
    if sys.platform == "linux":
        size_bytes += _queued_bytes(transport.get_extra_info("socket").fileno())
    return size_bytes


def _queued_bytes(number: int) -> int:
    """Source: SIOCOUTQ of tcp(7)."""
    import fcntl
    import termios

    try:
        queued = fcntl.ioctl(number, termios.TIOCOUTQ, bytes(4))
    except (OSError, ValueError):
        return 0  # it is closed already
    return int(struct.unpack("i", queued)[0])
