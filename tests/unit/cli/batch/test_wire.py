"""Requests to a server on another machine, and what may be in between."""

import threading
import time
from pathlib import Path

import pytest
from tests.loopback import Loopback, always, answering, reply

from rhapsode.cli.batch.fetching import fetch
from rhapsode.cli.batch.wire import Setback, Wire
from rhapsode.studio.errors import RhapsodeError, ServerGone

PORTAL = reply(b"<html>Welcome! Please sign in.</html>", Content_Type="text/html")


class Waiting(threading.Event):
    """A stop that nobody asks for, at which no time passes. waits_s: how long each wait was to be."""

    def __init__(self) -> None:
        super().__init__()
        self.waits_s: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits_s.append(timeout or 0.0)
        return False


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


def wire_to(server: Loopback, waiting: Waiting, patience_s: float = 60.0) -> Wire:
    return Wire(server.url, "key", waiting, patience_s=patience_s)


def test_an_answer_that_is_none_is_an_outage(waiting: Waiting) -> None:
    """The page of a network that wants somebody to sign in is waited out, and told of in the end."""
    with answering(always(PORTAL)) as portal:
        wire = wire_to(portal, waiting, patience_s=0.0)
        with pytest.raises(Setback, match="something else than JSON"):
            wire.ask_once("GET", "/v1/user")
        with pytest.raises(ServerGone, match="something else than JSON"):
            wire.ask("GET", "/v1/user")
        wire.close()


def test_pauses_grow_whatever_the_server_asks_for(waiting: Waiting) -> None:
    """It may ask for longer ones, up to a minute."""
    wire = Wire("http://127.0.0.1:1", "key", waiting)
    for attempt, asked_s in enumerate((None, 0.0, 7.0, 0.0, 3600.0)):
        wire.wait_after(Setback("away", asked_s), attempt, time.monotonic())
    wire.close()

    assert waiting.waits_s == [0.5, 1.0, 7.0, 4.0, 60.0]


@pytest.mark.parametrize("answer", [PORTAL, reply(b"audio"), b'HTTP/1.1 200 OK\r\nETag: "1"\r\n\r\naudio'])
def test_a_download_that_nobody_can_check_is_refused(waiting: Waiting, tmp_path: Path, answer: bytes) -> None:
    """Where its length or its version was taken away, that is said, and no file appears."""
    with answering(always(answer)) as proxy:
        wire = wire_to(proxy, waiting)
        with pytest.raises(RhapsodeError, match="without its length or its version"):
            fetch(wire, "/archive", {}, tmp_path / "a.zip", lambda *_: None)
        wire.close()

    assert list(tmp_path.iterdir()) == []
