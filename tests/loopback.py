"""Servers on this machine that answer as a test wants it, badly for the most part, and keep what they were asked."""

import contextlib
import http.client
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BufferedIOBase
from pathlib import Path


@dataclass(frozen=True)
class Asked:
    """One request. headers: by their names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Asked], Iterable[bytes]]
"""What is sent back, chunk after chunk; the connection is closed behind it."""


@dataclass
class Loopback:
    """A server that runs. asked: in the order in which it came.    connections: accepted so far.

    names: that were asked for by TLS, before anything was encrypted.
    """

    port: int
    url: str
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    names: list[str | None] = field(default_factory=list)


def reply(body: bytes = b"", *, status: int = 200, **headers: str) -> bytes:
    """A whole response. headers: with `_` for `-`."""
    lines = [f"HTTP/1.1 {status} {http.client.responses.get(status, 'Odd')}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def always(*chunks: bytes) -> Answer:
    """The same answer to everything."""
    return lambda _: chunks


@contextlib.contextmanager
def answering(
    answer: Answer, *, host: str = "127.0.0.1", port: int = 0, certificate: Path | None = None
) -> Iterator[Loopback]:
    """Run a server until the end of the block.

    host: an address of this machine.    certificate: of a server that speaks TLS, with its key.
    """
    running = Loopback(0, "")

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            # A client that goes away in the middle is part of many tests.
            with contextlib.suppress(OSError, ValueError):
                asked = _read(self.rfile)
                running.asked.append(asked)
                for chunk in answer(asked):
                    self.wfile.write(chunk)

    class Server(socketserver.ThreadingTCPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        allow_reuse_address = True
        daemon_threads = True
        request_queue_size = 128

        def get_request(self) -> tuple[socket.socket, object]:
            connection, address = super().get_request()
            if certificate is not None:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(certificate)
                context.sni_callback = lambda _socket, name, _context: running.names.append(name)
                connection = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            return connection, address

        def verify_request(self, request: object, client_address: object) -> bool:
            running.connections += 1
            return True

    with Server((host, port), Handler) as server:
        running.port = server.server_address[1]
        running.url = f"http://{f'[{host}]' if ':' in host else host}:{running.port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="loopback")
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()


def _read(stream: BufferedIOBase) -> Asked:
    """Raises: ValueError, when somebody has connected and asked nothing."""
    line = stream.readline().decode("latin-1").split()
    if len(line) < 2:
        raise ValueError
    headers = {name.lower(): value for name, value in http.client.parse_headers(stream).items()}
    body = stream.read(int(headers.get("content-length", "0")))
    return Asked(line[0], line[1], headers, body)
