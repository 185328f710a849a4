"""Bytes of any number, read in threads, ahead of the client, and no longer than it stays."""

import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from tests.contract.running import serving

from rhapsode.api.byte_routes import (
    bytes_response,
    content_disposition,
    download_response,
    negotiated_type,
    own_address,
)
from rhapsode.api.errors import add_error_handlers
from rhapsode.delivery.download import Download
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.limits import BLOCK_BYTES

BLOCK = bytes(range(256)) * (BLOCK_BYTES // 256)


class Source:
    """Gives `count` blocks and then, if told so, is damaged; remembers how far it was read and its end."""

    def __init__(self, count: int, *, damaged: bool = False) -> None:
        self.count = count
        self.damaged = damaged
        self.given = 0
        self.closed = threading.Event()
        self.threads: set[str] = set()

    def blocks(self) -> Iterator[bytes]:
        try:
            while self.given < self.count:
                self.threads.add(threading.current_thread().name)
                self.given += 1
                yield BLOCK
            if self.damaged:
                msg = "A block differs from its checksum."
                raise DataDamaged(msg)
        finally:
            self.closed.set()


Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve a source: its address."""
    app = FastAPI()
    add_error_handlers(app)
    routes = 0

    def add(source: Source, *, size_bytes: int | None = None) -> str:
        nonlocal routes
        routes += 1

        @app.get(f"/{routes}")
        def download(request: Request) -> Response:
            if size_bytes is None:
                return bytes_response(request, media_type="audio/mpeg", content=source.blocks())
            file = Download(
                "Tides.mp3", "audio/mpeg", size_bytes, bytes(32), 0, lambda _start, _end: source.blocks()
            )
            return download_response(request, file)

        return f"{url}/{routes}"

    with serving(app) as url:
        yield add


def test_all_bytes_arrive_in_order(serve: Serve) -> None:
    """With the size that was promised, and not read on the event loop."""
    source = Source(20)
    response = httpx.get(serve(source, size_bytes=20 * len(BLOCK)))
    assert response.content == BLOCK * 20
    assert int(response.headers["content-length"]) == 20 * len(BLOCK)
    assert "transfer-encoding" not in response.headers
    assert source.closed.is_set()
    assert "server" not in source.threads


def test_an_unknown_size_is_sent_in_chunks(serve: Serve) -> None:
    """All the same bytes."""
    response = httpx.get(serve(Source(3)))
    assert response.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in response.headers
    assert response.content == BLOCK * 3


def test_no_bytes_are_an_empty_body(serve: Serve) -> None:
    """Of a file that has none."""
    response = httpx.get(serve(Source(0), size_bytes=0))
    assert response.status_code == 200
    assert response.content == b""


def test_a_slow_client_holds_the_source_back(serve: Serve) -> None:
    """What isn't fetched isn't read, but for a few blocks: memory doesn't grow with the file."""
    source = Source(2000)
    with httpx.stream("GET", serve(source, size_bytes=2000 * len(BLOCK))) as response:
        assert response.status_code == 200
        time.sleep(0.5)
        # Both ends of a connection on one machine hold some megabytes.
        assert source.given < 200


def test_a_client_that_leaves_closes_the_source(serve: Serve) -> None:
    """Soon, and nothing is read any more."""
    source = Source(2000)
    with httpx.stream("GET", serve(source, size_bytes=2000 * len(BLOCK))) as response:
        assert response.status_code == 200
    assert source.closed.wait(5)
    assert source.given < 200


def test_damage_before_the_first_byte_is_an_error_in_words(serve: Serve) -> None:
    """While it can still be said."""
    source = Source(0, damaged=True)
    response = httpx.get(serve(source, size_bytes=10))
    assert response.status_code == 500
    assert response.json()["detail"]["code"] == "data_damaged"
    assert source.closed.is_set()


@pytest.mark.parametrize("size_bytes", [None, 20 * len(BLOCK)])
def test_damage_further_on_ends_the_connection(serve: Serve, size_bytes: int | None) -> None:
    """Short of its length or of its last chunk: no client takes it for the whole."""
    source = Source(10, damaged=True)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(serve(source, size_bytes=size_bytes))
    assert source.closed.is_set()


def test_many_downloads_are_served_at_once(serve: Serve) -> None:
    """Each gets its own bytes."""
    addresses = [serve(Source(count), size_bytes=count * len(BLOCK)) for count in range(1, 13)]
    sizes = [0] * len(addresses)

    def fetch(ordinal: int) -> None:
        sizes[ordinal] = len(httpx.get(addresses[ordinal]).content)

    threads = [threading.Thread(target=fetch, args=(ordinal,)) for ordinal in range(len(addresses))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes == [count * len(BLOCK) for count in range(1, 13)]


@pytest.mark.parametrize(
    ("filename", "header"),
    [
        ("Tides.zip", "attachment; filename=\"Tides.zip\"; filename*=UTF-8''Tides.zip"),
        (
            "Ebbe und Flut.mp3",
            "attachment; filename=\"Ebbe und Flut.mp3\"; filename*=UTF-8''Ebbe%20und%20Flut.mp3",
        ),
        ("Ä.mp3", "attachment; filename=\"_.mp3\"; filename*=UTF-8''%C3%84.mp3"),
        ('a"b\r\n/c.zip', "attachment; filename=\"a b c.zip\"; filename*=UTF-8''a%20b%20c.zip"),
        (".zip", "attachment; filename=\"download.zip\"; filename*=UTF-8''download.zip"),
        ("", "attachment; filename=\"download\"; filename*=UTF-8''download"),
        ("Tides", "attachment; filename=\"Tides\"; filename*=UTF-8''Tides"),
        ("Tides.", "attachment; filename=\"Tides\"; filename*=UTF-8''Tides"),
        ("a;b=c.mp3", "attachment; filename=\"a;b=c.mp3\"; filename*=UTF-8''a%3Bb%3Dc.mp3"),
        ("5%20.mp3", "attachment; filename=\"5_20.mp3\"; filename*=UTF-8''5%2520.mp3"),
        ("It's.mp3", "attachment; filename=\"It's.mp3\"; filename*=UTF-8''It%27s.mp3"),
        ("a\\b.mp3", "attachment; filename=\"a b.mp3\"; filename*=UTF-8''a%20b.mp3"),
        ("🌊.mp3", "attachment; filename=\"_.mp3\"; filename*=UTF-8''%F0%9F%8C%8A.mp3"),
        ("\u202eflut\u2066.mp3", "attachment; filename=\"flut.mp3\"; filename*=UTF-8''flut.mp3"),
        ("\ud83d.mp3", "attachment; filename=\"download.mp3\"; filename*=UTF-8''download.mp3"),
        ("con.mp3", "attachment; filename=\"_con.mp3\"; filename*=UTF-8''_con.mp3"),
        (
            "é" * 300 + ".mp3",
            f"attachment; filename=\"{'_' * 60}.mp3\"; filename*=UTF-8''{'%C3%A9' * 60}.mp3",
        ),
    ],
)
def test_a_download_is_named_for_everybody(filename: str, header: str) -> None:
    """In ASCII and as it is; nothing of the name can end the header."""
    assert content_disposition(filename) == header


def test_what_a_page_shows_has_a_name_too() -> None:
    """For whoever keeps it."""
    assert content_disposition("Tides.mp3", "inline").startswith('inline; filename="Tides.mp3"; ')


@pytest.mark.parametrize("prefix", ["", "/narration"])
def test_an_address_is_below_the_path_of_the_server(prefix: str) -> None:
    """A proxy may have taken that off; what can't stand in an address is encoded."""
    request = Request({"type": "http", "headers": [], "root_path": prefix})
    assert own_address(request, "/v1/tides") == f"{prefix}/v1/tides"
    assert own_address(request, "/v1/ä?", wanted="a b") == f"{prefix}/v1/%C3%A4%3F?wanted=a+b"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/octet-stream"),
        ("*/*", "application/octet-stream"),
        ("audio/mpeg", "audio/mpeg"),
        ("audio/*;q=0.5, text/html", "audio/mpeg"),
        ("audio/mp3", "audio/mpeg"),
        ("audio/wav", "application/octet-stream"),
        ("audio/mpeg; q=0.000", "application/octet-stream"),
        (",;,", "application/octet-stream"),
    ],
)
def test_audio_is_called_that_where_it_was_asked_for(accept: str | None, media_type: str) -> None:
    """A wildcard over all types asks for nothing."""
    headers = [] if accept is None else [(b"accept", accept.encode())]
    request = Request({"type": "http", "headers": headers})
    assert negotiated_type(request, "audio/mpeg") == media_type
