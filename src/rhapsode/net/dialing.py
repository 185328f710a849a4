"""Connections: a name is looked up once, and what was found is checked and connected to.

Between the check and the connection nothing is looked up again, so a name that changes its address gains nothing
(docs/decisions/0011). This is the only place of the room that connects.
"""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from ipaddress import ip_address
from typing import Any

import httpcore

from rhapsode.net.addresses import Address, AddressRule

LookUp = Callable[[str, float], Sequence[Address]]
"""(host, seconds that it may take) -> every address of the host."""


def look_up(host: str, limit_s: float) -> list[Address]:
    """Every address of a host, as the system knows them, in the order in which it would try them.

    Raises: OSError, when there is none or it takes too long; UnicodeError.
    """
    answer: Future[list[Address]] = Future()
    # In a thread that is left to itself: a look-up can't be cut off.
    threading.Thread(target=_answer, args=(host, answer), name="look-up", daemon=True).start()
    return answer.result(limit_s)


def _answer(host: str, answer: "Future[list[Address]]") -> None:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        answer.set_result([ip_address(address[0]) for _, _, _, _, address in found])
    except BaseException as error:
        answer.set_exception(error)


class Deadline:
    """The moment by which something has to have ended."""

    def __init__(self, limit_s: float) -> None:
        self._end_s = time.monotonic() + limit_s

    def left_s(self) -> float:
        """Seconds until then. Raises: TimeoutError."""
        left_s = self._end_s - time.monotonic()
        if left_s <= 0:
            msg = "it took too long"
            raise TimeoutError(msg)
        return left_s

    @contextlib.contextmanager
    def step(self) -> Iterator[float]:
        """Seconds that what is done in the block may take. Raises: TimeoutError, which says what was too long."""
        limit_s = self.left_s()
        try:
            yield limit_s
        except httpcore.TimeoutException as error:
            # A step that used up all that was left is no different from one that found nothing left.
            self.left_s()
            msg = f"nothing came for {limit_s:g} seconds"
            raise TimeoutError(msg) from error


class Patience(Deadline):
    """A deadline for what may take long as long as something comes. silence_s: how long nothing may."""

    def __init__(self, limit_s: float, silence_s: float) -> None:
        super().__init__(limit_s)
        self._silence_s = silence_s

    def left_s(self) -> float:
        """Seconds that the next step may take. Raises: TimeoutError."""
        return min(self._silence_s, super().left_s())


class Dialer(httpcore.NetworkBackend):
    """Makes the connections of one request, all of which have to be done with at its deadline."""

    def __init__(self, rule: AddressRule, look_up: LookUp, deadline: Deadline) -> None:
        self._rule = rule
        self._look_up = look_up
        self._deadline = deadline
        self._backend = httpcore.SyncBackend()

    def find_addresses(self, host: str, port: int) -> Sequence[Address]:
        """Where a host is: one address or more, all of which may be connected to.

        One that may not refuses them all, for a name that stands for both is a trap.
        Raises: OSError; UnicodeError.
        """
        addresses = self._look_up(host, self._deadline.left_s())
        if not addresses or not all(self._rule.permits(address, port) for address in addresses):
            msg = f"port {port} of this host is none that may be reached"
            raise PermissionError(msg)
        return addresses

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 -- the deadline decides
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """See NetworkBackend. Of several addresses the first that answers is taken."""
        trouble: Exception | None = None
        for address in self.find_addresses(host, port):
            try:
                stream = self._backend.connect_tcp(
                    str(address), port, self._deadline.left_s(), local_address, socket_options
                )
            except (httpcore.NetworkError, httpcore.TimeoutException) as error:
                trouble = error
            else:
                return _TimedStream(stream, self._deadline)
        raise httpcore.ConnectError from trouble


class _TimedStream(httpcore.NetworkStream):
    """A stream with one deadline for all that is done with it, however few bytes each step moves.

    What each step alone may take is said by its caller, and means nothing here.
    """

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        with self._deadline.step() as limit_s:
            return self._stream.read(max_bytes, limit_s)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        with self._deadline.step() as limit_s:
            self._stream.write(buffer, limit_s)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        with self._deadline.step() as limit_s:
            stream = self._stream.start_tls(ssl_context, server_hostname, limit_s)
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
