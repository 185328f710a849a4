"""The connections of a server: how many there may be, and which of them are let go.

They are counted from the moment the system hands them over until their descriptor is closed, so that handshakes of
TLS and what is still being sent count too (docs/decisions/0057).
"""

import contextlib
import ipaddress
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Protocol

import structlog

from rhapsode.access.rule import party_of, unmapped
from rhapsode.studio.limits import (
    BODY_LEFT_S,
    BODY_PACE_S,
    BODY_SILENCE_S,
    HEAD_WAIT_S,
    MAX_CONNECTIONS,
    MAX_CONNECTIONS_PER_ADDRESS,
    MIN_BODY_BYTES,
    READ_WAIT_S,
)

_log = structlog.get_logger()
_MOST_REFUSED_AT_ONCE = 100
_UNSENT_BYTES = 256 * 2**10
_MOST_LEAVING = 32
"""Whose descriptors aren't closed yet. After as many of either the event loop has its turn, whoever else knocks."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What a server allows those who connect; see `studio.limits`. trusted: proxies, who may have all connections."""

    max_connections: int = MAX_CONNECTIONS
    max_per_address: int = MAX_CONNECTIONS_PER_ADDRESS
    trusted: Sequence[IPv4Network | IPv6Network] = ()
    head_wait_s: float = HEAD_WAIT_S
    body_silence_s: float = BODY_SILENCE_S
    body_pace_s: float = BODY_PACE_S
    min_body_bytes: int = MIN_BODY_BYTES
    body_left_s: float = BODY_LEFT_S
    read_wait_s: float = READ_WAIT_S


class Speaker(Protocol):
    """What speaks with a client on a connection."""

    def find_fault(self, now_s: float) -> str | None:
        """Why the client is let go now; None where nothing is wrong."""

    def abort(self) -> None:
        """Close the connection at once, whatever is still to be sent."""


@dataclass(eq=False, slots=True)
class Connection:
    """One that was accepted. speaker: None until TLS is agreed on."""

    socket: socket.socket
    party: str | None
    accepted_at_s: float
    is_opened: bool = False
    speaker: Speaker | None = None

    def find_fault(self, now_s: float, limits: ConnectionLimits) -> str | None:
        """Why it is let go; None where nothing is wrong."""
        if self.speaker is not None:
            return self.speaker.find_fault(now_s)
        is_late = not self.is_opened and now_s - self.accepted_at_s >= limits.head_wait_s
        return "no_handshake" if is_late else None

    def end(self) -> None:
        """Close it. What the client hasn't taken is thrown away, so that the system keeps nothing of it either."""
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # Whoever waits at another descriptor of it wakes up.
            self.socket.shutdown(socket.SHUT_RDWR)
        if self.speaker is not None:
            self.speaker.abort()


class Connections:
    """All connections of one server. For one event loop."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._all: dict[int, Connection] = {}
        self._counts: Counter[str] = Counter()
        self._leaving: set[Connection] = set()
        # Those without a request, whoever has been so for longest first.
        self._waiting: dict[Connection, None] = {}

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._all)

    @property
    def is_crowded(self) -> bool:
        """Whether so many have made room that their descriptors have to be closed first."""
        return len(self._leaving) >= _MOST_LEAVING

    def admit(self, accepted: socket.socket, host: str) -> socket.socket | None:
        """Take a connection, if need be in place of one that waits for a request; None where there is no room."""
        party = self._party_of(host)
        if not self._make_room(party):
            _log.warning("connection.refused", address=host, open=len(self._all))
            accepted.close()
            return None
        counted = _CountedSocket(accepted.family, accepted.type, accepted.proto, fileno=accepted.detach())
        connection = Connection(counted, party, time.monotonic())
        self._all[counted.fileno()] = connection
        self._waiting[connection] = None
        if party is not None:
            self._counts[party] += 1
        number = counted.fileno()
        counted.when_closed(lambda: self._forget(number, connection))
        return counted

    def open(self, number: int, speaker: Speaker) -> Connection | None:
        """Say who speaks on the connection of a descriptor; None for one that wasn't accepted here."""
        connection = self._all.get(number)
        if connection is not None:
            connection.is_opened, connection.speaker = True, speaker
        return connection

    def wait(self, connection: Connection) -> None:
        """It has no request any more, and goes first when there is no room."""
        if self._all.get(connection.socket.fileno()) is connection:
            self._waiting[connection] = None

    def work(self, connection: Connection) -> None:
        """It has a request."""
        self._waiting.pop(connection, None)

    def look(self) -> None:
        """Let those go that have done nothing for too long. To be called every second or so."""
        now_s = time.monotonic()
        for connection in list(self._all.values()):
            fault = connection.find_fault(now_s, self.limits)
            if fault is not None:
                _log.info("connection.let_go", reason=fault)
                connection.end()

    def _party_of(self, host: str) -> str | None:
        """Whose connections are counted together with those of an address; None for a proxy."""
        address = unmapped(ipaddress.ip_address(host.partition("%")[0]))
        if any(address in network for network in self.limits.trusted):
            return None
        return party_of(address)

    def _make_room(self, party: str | None) -> bool:
        is_crowded = party is not None and self._counts[party] >= self.limits.max_per_address
        if not is_crowded and len(self._all) < self.limits.max_connections:
            return True
        oldest = next((c for c in self._waiting if not is_crowded or c.party == party), None)
        if oldest is None:
            return False
        # Its descriptor is closed in the next turn of the event loop; its place is free.
        self._forget(oldest.socket.fileno(), oldest)
        self._leaving.add(oldest)
        oldest.end()
        return True

    def _forget(self, number: int, connection: Connection) -> None:
        self._waiting.pop(connection, None)
        self._leaving.discard(connection)
        if self._all.get(number) is not connection:
            return
        del self._all[number]
        if connection.party is not None:
            self._counts[connection.party] -= 1
            if not self._counts[connection.party]:
                del self._counts[connection.party]


class LimitedListener(socket.socket):
    """A socket that listens, and accepts no more than there is room for."""

    connections: Connections

    @classmethod
    def of(cls, listening: socket.socket, connections: Connections) -> "LimitedListener":
        """Take a socket over: while it was open too, clients could connect to a server that has stopped listening."""
        family, kind, proto = listening.family, listening.type, listening.proto
        limited = cls(family, kind, proto, fileno=listening.detach())
        limited.connections = connections
        # For those who read nothing the system would keep 2.5 MB each, and take 15 ms to fill them: 500 of them kept
        # everybody else waiting. What is on its way isn't bounded by it. Accepted sockets have the same option.
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            limited.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
        return limited

    def accept(self) -> tuple[socket.socket, Any]:
        """See socket. Raises: BlockingIOError, where nobody knocks whom there is room for now."""
        for _ in range(0 if self.connections.is_crowded else _MOST_REFUSED_AT_ONCE):
            accepted, address = super().accept()
            admitted = self.connections.admit(accepted, address[0])
            if admitted is not None:
                return admitted, address
        raise BlockingIOError


class _CountedSocket(socket.socket):
    """Tells when it is closed."""

    _told: Callable[[], None] | None = None

    def when_closed(self, told: Callable[[], None]) -> None:
        self._told = told

    def close(self) -> None:
        """See socket."""
        told, self._told = self._told, None
        if told is not None:
            told()
        super().close()
