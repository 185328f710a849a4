"""A site for the server to fetch from: pages at paths, some of which come only when a test says so."""

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_LIMIT_S = 30


@dataclass
class Site:
    """pages: (media type, content) by path, which may change.    slow: paths that wait for `open_gate`."""

    url: str
    pages: dict[str, tuple[str, bytes]]
    slow: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def serving_pages(pages: Mapping[str, tuple[str, bytes]]) -> Iterator[Site]:
    """Serve pages on a free port of this machine."""
    site = Site("", dict(pages))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            if self.path in site.slow:
                site.gate.wait(_LIMIT_S)
            kind, content = site.pages.get(self.path, ("text/plain", b""))
            self.send_response(200 if self.path in site.pages else 404)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, name="site")
    thread.start()
    try:
        yield site
    finally:
        site.gate.set()
        server.shutdown()
        thread.join()
        server.server_close()
