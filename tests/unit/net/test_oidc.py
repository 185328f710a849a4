"""An identity provider that doesn't answer as it should keeps nobody waiting for long."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from structlog.testing import capture_logs

from rhapsode.net.oidc import OidcProvider, new_attempt
from rhapsode.studio.errors import SignInRefused


@dataclass
class Away:
    """A provider that says the same to everything. drips: how often it says it, with a pause behind each.

    asked, told: how often it was asked, and has said it.
    """

    said: bytes
    drips: int = 1
    asked: int = 0
    told: int = 0


@contextlib.contextmanager
def serving(away: Away) -> Iterator[OidcProvider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            away.asked += 1
            # Not `send_response`, which writes a line to the console of the tests.
            self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
            with contextlib.suppress(OSError):
                for _ in range(away.drips):
                    self.wfile.write(away.said)
                    away.told += 1
                    time.sleep(0.02 if away.drips > 1 else 0)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield OidcProvider(f"http://127.0.0.1:{server.server_address[1]}", client_id="rhapsode")
        server.shutdown()
        thread.join()


def ask(provider: OidcProvider) -> None:
    with pytest.raises(SignInRefused, match="the server's log says why"):
        provider.authorization_url(new_attempt(), redirect_url="http://127.0.0.1/back")


def test_a_failure_is_remembered_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logged and told at once to whoever comes next; then it is asked again."""
    monkeypatch.setattr("rhapsode.net.oidc.OIDC_AWAY_S", 1_000)
    away = Away(b'{"error": "temporarily_unavailable"}')
    with serving(away) as provider:
        with capture_logs() as logs:
            ask(provider)
            ask(provider)
        assert (away.asked, [entry["problem"] for entry in logs]) == (1, ["temporarily_unavailable"])

    monkeypatch.setattr("rhapsode.net.oidc.OIDC_AWAY_S", 0)
    with serving(away) as provider, capture_logs():
        ask(provider)
        ask(provider)
    assert away.asked == 3


def test_an_answer_that_takes_too_long_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little of it comes again and again."""
    monkeypatch.setattr("rhapsode.net.oidc.OIDC_WALL_S", 0.2)
    away = Away(b" ", drips=1_000)
    with serving(away) as provider, capture_logs() as logs:
        ask(provider)

    assert [entry["problem"] for entry in logs] == ["the answer takes too long"]
    assert away.told < away.drips
