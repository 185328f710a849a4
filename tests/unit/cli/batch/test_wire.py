"""Requests to a server on another machine, and what may be in between."""

import io
import json
import threading
import time
import zipfile
from pathlib import Path

import pytest
from tests.loopback import Loopback, always, answering, reply

from rhapsode.cli.batch.fetching import fetch
from rhapsode.cli.batch.journal import Done, Journal
from rhapsode.cli.batch.orders import Ledger, list_orders
from rhapsode.cli.batch.report import Report
from rhapsode.cli.batch.shelf import ShelvedBook
from rhapsode.cli.batch.wire import Setback, Wire
from rhapsode.cli.batch.wishes import Wishes
from rhapsode.cli.output import writing
from rhapsode.studio.errors import (
    ObjectStoreFailed,
    RecordsUnavailable,
    RhapsodeError,
    ServerGone,
    StorageFull,
)

PORTAL = reply(b"<html>Welcome! Please sign in.</html>", Content_Type="text/html", Connection="close")


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


def zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.mp3", content)
    return buffer.getvalue()


WHOLE = zipped(bytes(range(256)) * 100)


def test_a_proxy_without_ranges_costs_the_beginning_alone(waiting: Waiting, tmp_path: Path) -> None:
    """What had come is dropped, and the file written from its beginning."""
    answers = iter([reply(WHOLE, ETag='"1"')[:-500]])
    with answering(lambda _: [next(answers, reply(WHOLE, ETag='"1"'))]) as proxy:
        wire = wire_to(proxy, waiting)
        fetch(wire, "/archive", {}, tmp_path / "a.zip", lambda *_: None)
        wire.close()

    assert (tmp_path / "a.zip").read_bytes() == WHOLE
    assert [asked.headers.get("range") for asked in proxy.asked] == [None, f"bytes={len(WHOLE) - 500}-", None]
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_a_download_that_can_never_be_gone_on_with_is_this_book_s_trouble(
    waiting: Waiting, tmp_path: Path
) -> None:
    """It is no reason to end the batch, as an outage is."""
    with answering(always(reply(WHOLE, ETag='"1"')[:-500])) as proxy:
        wire = wire_to(proxy, waiting)
        with pytest.raises(RhapsodeError, match="only from their beginning") as caught:
            fetch(wire, "/archive", {}, tmp_path / "a.zip", lambda *_: None)
        wire.close()

    assert not isinstance(caught.value, ServerGone)
    assert not (tmp_path / "a.zip").exists()


def test_a_download_that_stands_still_is_waited_for(waiting: Waiting, tmp_path: Path) -> None:
    """With pauses that grow, for longer than a few attempts, and it goes on where it was."""
    head = b'HTTP/1.1 206 Partial Content\r\nContent-Length: 500\r\nETag: "1"\r\n\r\n'
    answers = iter([reply(WHOLE, ETag='"1"')[:-500], *[head] * 8, head + WHOLE[-500:]])
    with answering(lambda _: [next(answers)]) as server:
        wire = wire_to(server, waiting)
        fetch(wire, "/archive", {}, tmp_path / "a.zip", lambda *_: None)
        wire.close()

    assert (tmp_path / "a.zip").read_bytes() == WHOLE
    assert [wait_s for wait_s in waiting.waits_s if wait_s] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]


def refusal(status: int, code: str) -> bytes:
    """An error as the API says it."""
    said = {"detail": {"type": "validation_error", "code": code, "message": "There is no room."}}
    return reply(json.dumps(said).encode(), status=status)


@pytest.mark.parametrize("status", [507, 400])
def test_a_full_disk_there_is_one_here(waiting: Waiting, status: int) -> None:
    """Also where it is said of a form, with the status that no client takes for a reason to send it again."""
    with answering(always(refusal(status, "storage_full"))) as server:
        wire = wire_to(server, waiting)
        with pytest.raises(StorageFull, match="There is no room"):
            wire.ask("POST", "/v1/studio/projects", files={"from_document": b"a"})
        wire.close()


def test_a_form_is_sent_again_after_an_outage_of_a_moment(waiting: Waiting) -> None:
    """Whatever its status is: the code says so."""
    answers = iter([refusal(400, "records_unavailable"), refusal(400, "system_busy")])
    with answering(lambda _: [next(answers, reply(b"{}"))]) as server:
        wire = wire_to(server, waiting)
        assert wire.ask("POST", "/v1/studio/projects", files={"from_document": b"a"}) == {}
        wire.close()


@pytest.mark.parametrize("kind", [StorageFull, ServerGone, RecordsUnavailable, ObjectStoreFailed])
def test_what_every_book_would_meet_ends_the_batch(tmp_path: Path, kind: type[RhapsodeError]) -> None:
    """The book is waiting, and not failed."""
    book = ShelvedBook(tmp_path / "a.md", "a.md", "a.zip")
    (order,) = list_orders([book], {}, Wishes(), tmp_path, "zip")
    report = Report(tmp_path, [book])

    def fail() -> Done:
        with writing(order.target):
            raise kind("Nobody answers.")

    with pytest.raises(kind, match="Nobody answers"):
        Ledger(Journal(tmp_path), report).carry_out(order, fail)
    assert (report.count("waiting"), report.count("failed")) == (1, 0)
    assert "Nobody answers." in (tmp_path / "books.csv").read_text("utf-8")
