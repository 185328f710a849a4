"""The fetcher, against real servers of this machine, one of which stands for all that may not be reached."""

import contextlib
import gzip
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path

import httpx
import pytest
from tests.lacking import lack
from tests.loopback import Asked, Loopback, always, answering, reply

from rhapsode.net import fetcher as fetching
from rhapsode.net.addresses import Address, AddressRule
from rhapsode.net.fetcher import Fetcher
from rhapsode.studio.errors import FetchRefused, PostFailed
from rhapsode.studio.limits import MAX_FETCHED_BYTES, MAX_REDIRECTS

from .hostile import HOSTS, addresses_for, find_hostile

HONEST = "127.0.0.2"
"""Another address of this machine, which may be reached; 127.0.0.1 may not."""

REFUSAL = (FetchRefused.__doc__ or "").partition("\n")[0]


@pytest.fixture
def fetcher() -> Fetcher:
    return Fetcher([ip_network(f"{HONEST}/32")])


@pytest.fixture
def canary() -> Iterator[Loopback]:
    """A server that nobody may connect to."""
    with answering(always(reply(b"secret"))) as running:
        yield running


def knowing(*answers: str | Sequence[str]) -> Callable[[str, float], list[Address]]:
    """A `LookUp` that answers so, each time with the next answer, and with the last again and again."""
    left = list(answers)

    def find(host: str, limit_s: float) -> list[Address]:
        answer = left.pop(0) if len(left) > 1 else left[0]
        return [ip_address(address) for address in ([answer] if isinstance(answer, str) else answer)]

    return find


def refused(fetcher: Fetcher, url: str) -> bool:
    """Whether an address is refused, with the one message."""
    with pytest.raises(FetchRefused) as caught:
        fetcher.fetch(url)
    return str(caught.value) == ""


# Documents


def test_a_document_is_fetched(fetcher: Fetcher) -> None:
    """With its type, its name and the address where it was found."""
    page = reply("Die Flüsse".encode(), Content_Type="Text/HTML; charset=utf-8")
    with answering(always(page), host=HONEST) as server:
        fetched = fetcher.fetch(f"{server.url}/books/rivers.html?page=1#top")

    assert fetched.content.decode() == "Die Flüsse"
    assert (fetched.media_type, fetched.filename) == ("text/html", "rivers.html")
    (asked,) = server.asked
    assert (asked.method, asked.target) == ("GET", "/books/rivers.html?page=1")
    assert asked.headers["host"] == f"{HONEST}:{server.port}"
    assert asked.headers["user-agent"].startswith("Rhapsode/")


def test_nothing_of_the_environment_is_sent_or_used(
    fetcher: Fetcher, canary: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a proxy nor a password that lies somewhere."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, canary.url)
    with answering(always(reply(b"plain")), host=HONEST) as server:
        assert fetcher.fetch(server.url).content == b"plain"

    assert canary.connections == 0
    assert server.asked[0].headers.keys() <= {"host", "user-agent", "accept", "accept-encoding"}


def test_the_host_is_asked_for_by_its_name(canary: Loopback) -> None:
    """One address can have many sites; the name is that of the address in its ASCII form."""
    fetcher = Fetcher([ip_network(f"{HONEST}/32")], look_up=knowing(HONEST))
    with answering(always(reply(b"tides")), host=HONEST) as server:
        fetcher.fetch(f"http://Flüsse.example:{server.port}/")

    assert server.asked[0].headers["host"] == f"xn--flsse-lva.example:{server.port}"


def test_of_several_addresses_one_that_answers_is_taken() -> None:
    """A host with IPv6 that its network doesn't have is reached all the same."""
    fetcher = Fetcher([ip_network("127.0.0.0/8")], look_up=knowing(["127.0.0.3", HONEST]))
    with answering(always(reply(b"tides")), host=HONEST) as server:
        assert fetcher.fetch(f"http://tides.example:{server.port}/").content == b"tides"


def test_a_compressed_document_is_inflated(fetcher: Fetcher) -> None:
    """Which is asked for."""
    with answering(always(reply(gzip.compress(b"tides"), Content_Encoding="gzip")), host=HONEST) as server:
        assert fetcher.fetch(server.url).content == b"tides"

    assert server.asked[0].headers["accept-encoding"] == "gzip"


# Redirections


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_is_followed(fetcher: Fetcher, status: int) -> None:
    """Also one that says only where on the same server."""

    def answer(asked: Asked) -> list[bytes]:
        moved = asked.target == "/old/a"
        return [reply(status=status, Location="../new.txt") if moved else reply(b"moved")]

    with answering(answer, host=HONEST) as server:
        fetched = fetcher.fetch(f"{server.url}/old/a")

    assert (fetched.content, fetched.filename) == (b"moved", "new.txt")
    assert fetched.url == f"{server.url}/new.txt"


@pytest.mark.parametrize(("hops", "is_fetched"), [(MAX_REDIRECTS, True), (MAX_REDIRECTS + 1, False)])
def test_five_redirections_are_followed(fetcher: Fetcher, hops: int, is_fetched: bool) -> None:
    """And not one more."""

    def answer(asked: Asked) -> list[bytes]:
        hop = int(asked.target[1:])
        return [reply(b"at last") if hop == hops else reply(status=302, Location=f"/{hop + 1}")]

    with answering(answer, host=HONEST) as server:
        if is_fetched:
            assert fetcher.fetch(f"{server.url}/0").content == b"at last"
        else:
            assert refused(fetcher, f"{server.url}/0")

    assert len(server.asked) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/",
        "//127.0.0.1:{port}/",
        "http://someone@127.0.0.2:{port}/",
        "http://here.example:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://2130706433:{port}/",
        "file:///etc/passwd",
        "ftp://127.0.0.2/",
        "http://[",
    ],
)
def test_a_redirection_is_checked_like_any_address(canary: Loopback, location: str) -> None:
    """A public page can't send the server to a private one."""
    fetcher = Fetcher([ip_network(f"{HONEST}/32")], look_up=find_hostile)
    answer = always(reply(status=302, Location=location.replace("{port}", str(canary.port))))
    with answering(answer, host=HONEST) as server:
        assert refused(fetcher, server.url)

    assert len(server.asked) == 1
    assert canary.connections == 0


# What may not be reached


def test_hostile_addresses_are_never_connected_to(canary: Loopback) -> None:
    """More than two hundred of them, fetched, checked and posted to; and all are refused in the same words."""
    fetcher = Fetcher(look_up=find_hostile)
    urls = addresses_for(canary.port)
    assert len(urls) > 200
    with answering(always(reply(b"secret")), host="::1", port=canary.port) as canary6:
        for url in urls:
            assert refused(fetcher, url), url
            with pytest.raises(FetchRefused):
                fetcher.check(url)
            with pytest.raises(PostFailed):
                fetcher.post(url, b"{}", {})

    assert (canary.connections, canary6.connections) == (0, 0)


def test_hostile_hosts_are_not_refused_for_their_port() -> None:
    """Each that is somewhere is at an address that isn't public, among others perhaps."""
    found = 0
    for host in HOSTS:
        with contextlib.suppress(httpx.InvalidURL, OSError):
            addresses = find_hostile(httpx.URL(f"http://{host}/").raw_host.decode(), 5)
            found += 1
            assert not all(AddressRule().permits(address, 80) for address in addresses) or not addresses, host

    assert found > 60


def test_the_usual_port_of_this_machine_is_not_reached() -> None:
    """A server there would be found otherwise, for the port alone is no reason to refuse."""
    try:
        listening = socket.create_server(("127.0.0.1", 80))
    except OSError:
        pytest.skip("port 80 of this machine can't be taken")
    with listening:
        listening.setblocking(False)
        for url in (
            "http://127.0.0.1/",
            "http://localhost/",
            "http://0x7f000001/",
            "http://[::ffff:127.0.0.1]/",
        ):
            assert refused(Fetcher(look_up=find_hostile), url)
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_a_name_is_looked_up_once(canary: Loopback) -> None:
    """What it stands for a moment later is no matter: what was checked is what is connected to."""
    fetcher = Fetcher([ip_network(f"{HONEST}/32")], look_up=knowing(HONEST, "127.0.0.1"))
    with answering(always(reply(b"tides")), host=HONEST, port=canary.port) as server:
        assert fetcher.fetch(f"http://tides.example:{canary.port}/").content == b"tides"
        assert refused(fetcher, f"http://tides.example:{canary.port}/")

    assert (server.connections, canary.connections) == (1, 0)


def test_a_name_that_was_good_when_it_was_checked_is_checked_again(canary: Loopback) -> None:
    """The address of a callback may have moved since it was saved."""
    fetcher = Fetcher([ip_network(f"{HONEST}/32")], look_up=knowing(HONEST, "127.0.0.1"))
    fetcher.check(f"http://tides.example:{canary.port}/")
    with pytest.raises(PostFailed):
        fetcher.post(f"http://tides.example:{canary.port}/", b"{}", {})

    assert canary.connections == 0


def test_a_name_of_both_kinds_is_refused(canary: Loopback) -> None:
    """One private address among public ones is a trap."""
    fetcher = Fetcher([ip_network(f"{HONEST}/32")], look_up=knowing([HONEST, "127.0.0.1"]))
    with answering(always(reply(b"tides")), host=HONEST, port=canary.port) as server:
        assert refused(fetcher, f"http://tides.example:{canary.port}/")

    assert (server.connections, canary.connections) == (0, 0)


@pytest.mark.parametrize(
    "url",
    [
        "http://someone@{host}/",
        "http://someone:secret@{host}/",
        "http://:@{host}/",
        "ftp://{host}/",
        "ws://{host}/",
        "{host}/",
        "http://{host}/" + "a" * 2000,
    ],
)
def test_other_kinds_of_address_are_refused_wherever_they_lead(fetcher: Fetcher, url: str) -> None:
    """Those with a name and password, for they end in logs; other protocols; and those that are too long."""
    with answering(always(reply(b"tides")), host=HONEST) as server:
        assert refused(fetcher, url.replace("{host}", f"{HONEST}:{server.port}"))

    assert server.connections == 0


def test_a_check_connects_to_nothing(fetcher: Fetcher) -> None:
    """It only says whether one could."""
    with answering(always(reply()), host=HONEST) as server:
        fetcher.check(f"{server.url}/hook")

    assert server.connections == 0


# What answers badly


def _slowly(body: Iterable[bytes], pause_s: float = 0.05) -> Iterator[bytes]:
    for piece in body:
        yield piece
        time.sleep(pause_s)


HEAD = b"HTTP/1.1 200 OK\r\n"
BAD_ANSWERS: dict[str, Iterable[bytes]] = {
    "nothing": (),
    "no HTTP": (b"220 mail.example ESMTP\r\n",),
    "half a head": (HEAD + b"Content-Ty",),
    "cut": (HEAD + b"Content-Length: 100\r\n\r\n", b"only this"),
    "cut in a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\nonly this",),
    "not found": (reply(b"no such page", status=404),),
    "an error": (reply(b"oops", status=500),),
    "a part": (reply(b"part", status=206),),
    "nothing new": (reply(status=304),),
    "nowhere": (reply(status=302),),
    "brotli": (reply(b"\x0b\x02\x80tides\x03", Content_Encoding="br"),),
    "too long": (HEAD + b"\r\n", *[bytes(2**20)] * 21),
    "a bomb": (reply(gzip.compress(bytes(MAX_FETCHED_BYTES + 1)), Content_Encoding="gzip"),),
    "a head without end": (HEAD, *[b"X-More: " + b"a" * 1000 + b"\r\n"] * 200),
    "a line without end": (HEAD, b"X-More: ", *[b"a" * 1000] * 200),
    "two lengths": (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\ntides!",),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_a_bad_answer_is_refused(fetcher: Fetcher, name: str) -> None:
    """In the same words as an address that may not be reached."""
    with answering(always(*BAD_ANSWERS[name]), host=HONEST) as server:
        assert refused(fetcher, server.url)


def test_nobody_there_is_refused(fetcher: Fetcher) -> None:
    """As what may not be reached is."""
    with socket.create_server((HONEST, 0)) as taken:
        port = taken.getsockname()[1]
    assert refused(fetcher, f"http://{HONEST}:{port}/")


@pytest.mark.parametrize(
    "answer",
    [
        lambda: _slowly([b""], 3),
        lambda: _slowly(HEAD[index : index + 1] for index in range(len(HEAD))),
        lambda: _slowly([HEAD + b"\r\n", *[b"a"] * 100]),
        lambda: _slowly([b"HTTP/1.1 100 Continue\r\n\r\n"] * 100),
        lambda: _slowly([HEAD + b"Content-Length: 1\r\n\r\n", b""], 3),
    ],
)
def test_the_time_is_counted_from_end_to_end(
    fetcher: Fetcher, answer: Callable[[], Iterable[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that sends a byte now and then keeps nobody waiting for longer than one that sends none."""
    monkeypatch.setattr(fetching, "FETCH_WALL_S", 0.3)
    began_at_s = time.monotonic()
    with answering(lambda _: answer(), host=HONEST) as server:
        assert refused(fetcher, server.url)
        assert 0.25 < time.monotonic() - began_at_s < 2


def test_a_look_up_takes_no_longer_than_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that doesn't answer is one more that is slow."""
    ended = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ended.wait(5) and [])
    monkeypatch.setattr(fetching, "FETCH_WALL_S", 0.3)
    began_at_s = time.monotonic()
    assert refused(Fetcher(), "http://tides.example/")
    ended.set()
    assert time.monotonic() - began_at_s < 2


# Posting


def test_a_post_has_its_body_and_headers(fetcher: Fetcher) -> None:
    """And the status is all that comes back."""
    with answering(always(reply(b"thanks", status=202)), host=HONEST) as server:
        status = fetcher.post(
            f"{server.url}/hook", b'{"a":1}', {"Content-Type": "application/json", "X-Key": "k"}
        )

    (asked,) = server.asked
    assert (status, asked.method, asked.target, asked.body) == (202, "POST", "/hook", b'{"a":1}')
    assert (asked.headers["content-type"], asked.headers["x-key"]) == ("application/json", "k")


def test_a_post_follows_no_redirection(fetcher: Fetcher, canary: Loopback) -> None:
    """It tells where it was told to, and nobody else."""
    with answering(always(reply(status=307, Location=canary.url)), host=HONEST) as server:
        assert fetcher.post(server.url, b"{}", {}) == 307

    assert canary.connections == 0


def test_the_answer_to_a_post_is_not_read(fetcher: Fetcher) -> None:
    """However long it is, or would take."""
    began_at_s = time.monotonic()
    with answering(lambda _: _slowly([HEAD + b"\r\n", *[bytes(2**20)] * 100]), host=HONEST) as server:
        assert fetcher.post(server.url, b"{}", {}) == 200
        assert time.monotonic() - began_at_s < 2


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 2", b"what?\r\n\r\n"])
def test_a_post_without_an_answer_has_failed(fetcher: Fetcher, answer: bytes) -> None:
    """Whether it arrived nobody knows."""
    with answering(always(answer), host=HONEST) as server, pytest.raises(PostFailed):
        fetcher.post(server.url, b"{}", {})


def test_a_post_takes_its_time_and_no_more(fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Like a document that is fetched."""
    monkeypatch.setattr(fetching, "POST_WALL_S", 0.3)
    with answering(lambda _: _slowly([b""], 3), host=HONEST) as server, pytest.raises(PostFailed):
        fetcher.post(server.url, b"{}", {})


# TLS


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of tides.example, with its key, and trusted here."""
    openssl = shutil.which("openssl")
    if openssl is None:
        lack("openssl is not installed")
    pem, key = tmp_path / "tides.pem", tmp_path / "key.pem"
    command = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tides.example"]
    names = ["-addext", "subjectAltName=DNS:tides.example"]
    subprocess.run([openssl, *command, *names, "-out", pem, "-keyout", key], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    pem.write_bytes(pem.read_bytes() + key.read_bytes())
    return pem


def test_a_certificate_is_of_the_name_and_not_of_the_address(certificate: Path) -> None:
    """A pinned connection asks for the site by its name, and trusts it by that name alone."""
    fetcher = Fetcher([ip_network(f"{HONEST}/32")], look_up=knowing(HONEST))
    with answering(always(reply(b"tides")), host=HONEST, certificate=certificate) as server:
        assert fetcher.fetch(f"https://tides.example:{server.port}/").content == b"tides"
        assert refused(fetcher, f"https://rivers.example:{server.port}/")
        assert refused(fetcher, f"https://{HONEST}:{server.port}/")

    assert server.names == ["tides.example", "rivers.example", None]
