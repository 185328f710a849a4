"""A way to a server on which requests and answers get lost."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

import httpx

from .asking import NO_AUTHORITIES

Loss = Literal["request", "answer"] | int
"""Answered with 503 in place of the server; passed on, and the answer lost; or so many bytes of the body sent."""


@dataclass
class Way:
    """losses: what becomes of the first requests to a method and the end of a path.    asked: all that came."""

    url: str = ""
    losses: dict[tuple[str, str], list[Loss]] = field(default_factory=dict)
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)

    def find_loss(self, method: str, path: str) -> Loss | None:
        """What happens to this request; None where it is passed on as it is."""
        for (lossy, end), left in self.losses.items():
            if lossy == method and path.partition("?")[0].endswith(end) and left:
                return left.pop(0)
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def __init__(self, way: Way, server: httpx.Client, *arguments: object) -> None:
        self.way, self.behind = way, server
        super().__init__(*arguments)  # type: ignore[arg-type]

    def _pass_on(self) -> None:
        self.way.asked.append((self.command, self.path, self.headers["range"]))
        loss = self.way.find_loss(self.command, self.path)
        body = self.rfile.read(int(self.headers["content-length"] or 0))
        if loss == "request":
            self.send_response(503)
            self.send_header("retry-after", "0")
            self.end_headers()
            return
        said = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        answer = self.behind.request(self.command, self.path, content=body, headers=said)
        if loss == "answer":
            return
        self.send_response(answer.status_code)
        for name, value in answer.headers.items():
            if name not in ("transfer-encoding", "connection"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.content[:loss])

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def losing(url: str) -> Iterator[Way]:
    """A way to a server, until the end of the block."""
    way = Way()
    with httpx.Client(base_url=url, timeout=60, verify=NO_AUTHORITIES, trust_env=False) as behind:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, way, behind))
        way.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield way
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
