"""Large files are streamed for the server's owner, with reasons where that fails."""

import threading
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from tests.loopback import Asked, always, answering, reply

from rhapsode.net.fetcher import Fetcher
from rhapsode.studio.errors import FetchFailed, FetchRefused

LOCAL = Fetcher([ip_network("127.0.0.0/8")])


def streamed(fetcher: Fetcher, url: str, *, silence_s: float = 2, wall_s: float = 5) -> tuple[int, bytes]:
    """Status and body of an answer."""
    with fetcher.stream(url, {}, silence_s=silence_s, wall_s=wall_s) as answer:
        return answer.status, b"".join(answer.chunks)


def test_an_answer_is_streamed_whatever_its_status() -> None:
    """Redirections are followed, with the same headers."""

    def answer(asked: Asked) -> list[bytes]:
        if asked.target == "/old":
            return [reply(status=302, Location="/new")]
        return [reply(asked.headers["range"].encode(), status=503)]

    with (
        answering(answer) as server,
        LOCAL.stream(f"{server.url}/old", {"Range": "bytes=5-"}, silence_s=2, wall_s=5) as found,
    ):
        assert (found.status, b"".join(found.chunks)) == (503, b"bytes=5-")


@pytest.mark.parametrize("url", ["ftp://example.org/a", "http://me@example.org/", "nonsense", "http://[::1/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    """At once, and with the address in the sentence."""
    with pytest.raises(FetchRefused) as refused:
        streamed(LOCAL, url)
    assert str(refused.value).startswith(url)


def test_a_redirection_to_this_machine_is_refused() -> None:
    """Each address on the way is looked at."""
    with answering(always(reply(b"secret"))) as inner:
        away = always(reply(status=302, Location=f"http://127.0.0.2:{inner.port}/"))
        with (
            answering(away) as server,
            pytest.raises(FetchRefused, match="RHAPSODE_ALLOWED_NETWORKS"),
        ):
            streamed(Fetcher([ip_network("127.0.0.1/32")]), server.url)
        assert inner.connections == 0


def test_a_trickle_ends_with_the_time_for_all_of_it() -> None:
    """However often something comes."""

    def trickle(_: Asked) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
        while True:
            yield b"."

    with answering(trickle) as server, pytest.raises(FetchFailed, match="it took too long"):
        streamed(LOCAL, server.url, wall_s=0.3)


def test_silence_is_told_apart_from_all_that_took_too_long() -> None:
    """The last step may be the one that ends the time for all of it, whether or not anything comes."""
    silent = threading.Event()

    def halt(_: Asked) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
        silent.wait(30)

    with answering(halt) as server:
        with pytest.raises(FetchFailed, match=r"nothing came for 0\.2 seconds"):
            streamed(LOCAL, server.url, silence_s=0.2)
        with pytest.raises(FetchFailed, match="it took too long"):
            streamed(LOCAL, server.url, wall_s=0.2)
        silent.set()


def test_what_the_reader_raises_comes_out() -> None:
    """A full disk is told as such, not as a network that broke."""
    with answering(always(reply(b"abc"))) as server, pytest.raises(OSError, match="No space left"):  # noqa: SIM117
        with LOCAL.stream(server.url, {}, silence_s=2, wall_s=5):
            raise OSError(28, "No space left")
