"""Listen for HTTP, and stop without cutting anybody off who is nearly done."""

import asyncio
import contextlib
import errno
import math
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import RequestResponseCycle

from rhapsode.cli.connections import ConnectionLimits, Connections, LimitedListener
from rhapsode.cli.console import errors
from rhapsode.cli.guarded_http import GuardedProtocol
from rhapsode.cli.guarded_websockets import GuardedWebSocket
from rhapsode.cli.stopping import StopRequest, on_stop_signals
from rhapsode.cli.tls import Certificate
from rhapsode.studio.errors import InvalidInput
from rhapsode.studio.limits import MAX_LIVE_MESSAGE_BYTES
from rhapsode.telemetry.loop_lag import watch_loop

_DRAIN_S = 10
_LOOK_S = 0.05
_KEEP_ALIVE_S = 75
"""Longer than clients and proxies keep idle connections, so that none sends a request into one that is closing."""
_TICKS_PER_LOOK = 10
_USUAL_LIMITS = ConnectionLimits()
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- recognized here, not bound to


@dataclass(frozen=True, slots=True)
class Listener:
    """An address that is taken; nobody is answered before `run_http`. certificate: None for HTTP without TLS."""

    socket: socket.socket
    host: str
    certificate: Certificate | None = None

    @property
    def url(self) -> str:
        """Where programs on this machine reach it."""
        host = _EVERYWHERE.get(self.host, self.host)
        scheme = "http" if self.certificate is None else "https"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.socket.getsockname()[1]}"


@contextlib.contextmanager
def take_address(host: str, port: int, *, certificate: Certificate | None = None) -> Iterator[Listener]:
    """Take an address until the end of the block. port: 0 for one that is free.

    Raises: InvalidInput.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # Named TCP, because asyncio lets only such sockets send at once: every small response would wait 40 ms.
        taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as error:
        raise _refusal(host, port, error) from error
    with taken:
        try:
            if os.name == "posix":
                # A port that a server has just left is free. Elsewhere the option would share one that is in use.
                taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(address)
        except OSError as error:
            raise _refusal(host, port, error) from error
        yield Listener(taken, host, certificate)


def _refusal(host: str, port: int, error: OSError) -> InvalidInput:
    if error.errno == errno.EADDRINUSE:
        return InvalidInput(
            f"Port {port} of {host} is in use by another program. Choose another with --port."
        )
    return InvalidInput(f"It is not possible to listen on {host}, port {port}: {error.strerror}.")


def run_http(
    app: ASGIApp,
    listener: Listener,
    asked: StopRequest,
    *,
    on_listening: Callable[[], None],
    on_stopping: Callable[[], None],
    limits: ConnectionLimits = _USUAL_LIMITS,
) -> None:
    """Serve until Ctrl-C or SIGTERM; requests under way then have some seconds to end. For the main thread.

    limits: of those who connect.
    asked: whether a signal has asked it to stop; heeded before it listens, and noted from then on.
    on_listening: called when the first request would be answered.    on_stopping: called by the signal, in the middle
    of anything.    A second signal ends it at once.
    Raises: KeyboardInterrupt, when it was asked before it listens.
    """
    certificate = listener.certificate
    connections = Connections(limits)
    config = new_config(app, connections, None if certificate is None else certificate.context)
    server = _Server(config, connections, asked, on_listening, on_stopping)
    server.run([LimitedListener.of(listener.socket, connections)])


def new_config(app: ASGIApp, connections: Connections, tls: ssl.SSLContext | None) -> uvicorn.Config:
    """How uvicorn serves an application to those who are connected. tls: None for HTTP without it."""
    return uvicorn.Config(
        app,
        # uvicorn calls it as it would the class.
        http=cast("type[asyncio.Protocol]", partial(GuardedProtocol, connections=connections)),
        # The listening socket counts what is accepted, which only asyncio asks it to.
        loop="asyncio",
        # What a request says of whom it comes from is believed of proxies that are named (`api.client_address`).
        proxy_headers=False,
        lifespan="off",
        ws=cast("type[asyncio.Protocol]", partial(GuardedWebSocket, limits=connections.limits)),
        ws_max_size=MAX_LIVE_MESSAGE_BYTES,
        # What is sent is compressed audio, and the event loop would have to deflate it.
        ws_per_message_deflate=False,
        # Pings keep proxies from closing what is idle. Nobody has to answer: a client that plays what it reads, and
        # reads on when that was heard, leaves them unread for longer than any limit.
        ws_ping_timeout=None,
        # Every request and every error has its line in our own log.
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_DRAIN_S,
        ssl_context_factory=None if tls is None else lambda *_: tls,
    )


class GuardedServer(uvicorn.Server):
    """Sees that nobody is waited for in vain. config: its protocol has the same connections."""

    def __init__(self, config: uvicorn.Config, connections: Connections) -> None:
        super().__init__(config)
        self._connections = connections

    async def on_tick(self, counter: int) -> bool:
        """Look at all connections once a second: uvicorn calls this ten times, and asks if it should end."""
        if counter % _TICKS_PER_LOOK == 0:
            self._connections.look()
        return await super().on_tick(counter)


class _Server(GuardedServer):
    """Tells when it listens; a signal asks it to end, and isn't raised again afterwards."""

    def __init__(
        self,
        config: uvicorn.Config,
        connections: Connections,
        asked: StopRequest,
        on_listening: Callable[[], None],
        on_stopping: Callable[[], None],
    ) -> None:
        super().__init__(config, connections)
        self._asked = asked
        self._on_listening = on_listening
        self._on_stopping = on_stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._lag = asyncio.create_task(watch_loop())
        self._on_listening()

    async def main_loop(self) -> None:
        await super().main_loop()
        await self._drain()

    async def _drain(self) -> None:
        """Let the requests end that are under way, and go on listening meanwhile.

        So that whoever asks whether more may be sent here is told no, and not that nobody is there.
        """
        until_s = time.monotonic() + _DRAIN_S
        begun = [cycle for cycle in map(_cycle_of, self.server_state.connections) if cycle is not None]
        while not self.force_exit and not all(map(_is_over, begun)) and time.monotonic() < until_s:
            await asyncio.sleep(_LOOK_S)
            # Dates of responses are made there.
            await self.on_tick(0)
        self.config.timeout_graceful_shutdown = math.ceil(max(1.0, until_s - time.monotonic()))

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        with on_stop_signals(self._note):
            if not self.should_exit:
                self._asked.raise_if_asked()
            yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._lag.cancel()
        await super().shutdown(sockets)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.should_exit:
            self.force_exit = True
            return
        self.should_exit = True
        self._asked.note(number, frame)
        errors.print("Stopping: requests under way may end, and conversions go on at the next start.")
        self._on_stopping()


def _cycle_of(connection: object) -> RequestResponseCycle | None:
    """The request of a connection that is being answered; a WebSocket is told when the server stops listening."""
    return connection.cycle if isinstance(connection, GuardedProtocol) else None


def _is_over(cycle: RequestResponseCycle) -> bool:
    return cycle.response_complete or cycle.disconnected
