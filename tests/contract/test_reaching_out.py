"""Wherever a client may name an address, the server connects to nothing that isn't public: not once."""

import io
import json
import socket
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

import httpx
import pytest
from tests.loopback import Asked, Loopback, always, answering, reply
from tests.rounds import rounds
from tests.unit.net.hostile import addresses_for, find_hostile

from rhapsode.net.addresses import Address
from rhapsode.net.fetcher import Fetcher

from .asking import raw_http
from .journeys import error_of
from .running import LiveServer, running_server

HONEST = "127.0.0.2"
"""Another address of this machine, which may be reached; 127.0.0.1 may not."""

_EVERY = rounds(9, 1)
"""Each way in is told one of so many addresses: each of all ways another one, and with RHAPSODE_TEST_FULL all."""

_VOICE = "tone_low"


@dataclass
class Connections:
    """Addresses that this process has connected to while it was watched, but for those of the test's own client."""

    made: list[object] = field(default_factory=list)
    own_port: int | None = None

    def note(self, event: str, arguments: tuple[object, ...]) -> None:
        """A hook of the interpreter, which can't be taken away again."""
        if event == "socket.connect" and self.own_port is not None:
            made, address = arguments
            assert isinstance(made, socket.socket)
            if made.family != socket.AF_UNIX and address[1] != self.own_port:  # type: ignore[index]
                self.made.append(address)


@dataclass(frozen=True)
class Place:
    """A server with a project, and everything that it must and may not connect to."""

    http: httpx.Client
    project_id: str
    canary: Loopback
    connections: Connections


@pytest.fixture(scope="module")
def connections() -> Connections:
    found = Connections()
    sys.addaudithook(found.note)
    return found


def find(host: str, limit_s: float) -> Sequence[Address]:
    """One name is that of an honest site."""
    return [ip_address(HONEST)] if host == "honest.example" else find_hostile(host, limit_s)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server that reaches out as one of the real world does, and to one more address."""
    fetcher = Fetcher([ip_network(f"{HONEST}/32")], look_up=find)
    with running_server(tmp_path_factory.mktemp("guarded"), fetcher=fetcher) as running:
        yield running


@pytest.fixture
def place(guarded: LiveServer, connections: Connections) -> Iterator[Place]:
    with raw_http(guarded.url, guarded.key) as http, answering(always(reply(b"secret"))) as canary:
        made = http.post("/v1/studio/projects", data={"name": "Tides"})
        connections.made.clear()
        connections.own_port = http.base_url.port
        yield Place(http, made.json()["project"]["project_id"], canary, connections)
        connections.own_port = None


def _podcast(**said: object) -> dict[str, object]:
    mode = {"type": "bulletin", "bulletin": {"host_voice_id": _VOICE}}
    text = {"type": "text", "text": "It rained."}
    return {"model_id": "eleven_multilingual_v2", "mode": mode, "source": text} | said


def _hmac(url: str) -> dict[str, object]:
    return {"settings": {"auth_type": "hmac", "name": "hook", "webhook_url": url}}


WAYS_IN: dict[str, Callable[[Place, str], httpx.Response]] = {
    "a new project": lambda at, url: at.http.post("/v1/studio/projects", data={"name": "a", "from_url": url}),
    "its callback": lambda at, url: at.http.post(
        "/v1/studio/projects", data={"name": "a", "callback_url": url}
    ),
    "other content": lambda at, url: at.http.post(
        f"/v1/studio/projects/{at.project_id}/content", data={"from_url": url}
    ),
    "a new chapter": lambda at, url: at.http.post(
        f"/v1/studio/projects/{at.project_id}/chapters", json={"name": "a", "from_url": url}
    ),
    "a podcast's source": lambda at, url: at.http.post(
        "/v1/studio/podcasts", json=_podcast(source={"type": "url", "url": url})
    ),
    "one of its sources": lambda at, url: at.http.post(
        "/v1/studio/podcasts",
        json=_podcast(source=[{"type": "text", "text": "It rained."}, {"type": "url", "url": url}]),
    ),
    "its callback too": lambda at, url: at.http.post("/v1/studio/podcasts", json=_podcast(callback_url=url)),
    "an article": lambda at, url: at.http.post("/v1/audio-native/content", json={"url": url}),
    "a webhook": lambda at, url: at.http.post("/v1/workspace/webhooks", json=_hmac(url)),
}


@pytest.mark.parametrize("name", WAYS_IN)
def test_hostile_addresses_are_never_connected_to(place: Place, name: str) -> None:
    """More than a hundred, however they are written: all are refused, and nothing of this process connects."""
    turn = list(WAYS_IN).index(name) % _EVERY
    urls = [url for url in addresses_for(place.canary.port) if url][turn::_EVERY]
    answers = {url: error_of(WAYS_IN[name](place, url)) for url in urls}

    assert {url: said for url, said in answers.items() if said != (400, "invalid_url")} == {}
    assert place.connections.made == []
    assert place.canary.connections == 0


def test_there_are_a_hundred() -> None:
    """At the least, and every one is tried in each run of the tests."""
    urls = [url for url in addresses_for(1) if url]

    assert len(set(urls)) > 250
    assert len(WAYS_IN) == rounds(_EVERY, 9)


_FETCHING = [
    name for name in WAYS_IN if "callback" not in name and name != "a webhook" and "podcast" not in name
]


@pytest.mark.parametrize("name", [each for each in _FETCHING if "sources" not in each])
def test_redirections_are_no_way_in(place: Place, name: str) -> None:
    """From a site that may be asked, by every status, to addresses that may not be."""
    targets = [
        place.canary.url,
        "http://169.254.169.254/latest/meta-data/",
        "http://here.example/",
        "file:///etc/passwd",
    ]
    statuses = (301, 302, 303, 307, 308)[: rounds(1, 5)]

    def answer(asked: Asked) -> list[bytes]:
        status, target = asked.target[1:].split("/")
        return [reply(status=int(status), Location=targets[int(target)])]

    with answering(answer, host=HONEST) as site:
        for status in statuses:
            for target in range(len(targets)):
                url = f"http://honest.example:{site.port}/{status}/{target}"
                assert WAYS_IN[name](place, url).status_code == 400

    assert {address[0] for address in place.connections.made} == {HONEST}  # type: ignore[index]
    assert len(site.asked) == len(statuses) * len(targets)
    assert place.canary.connections == 0


REFERENCES = """<!DOCTYPE html><html><head><title>Tides</title><base href="{url}/base/">
<meta http-equiv="refresh" content="0;url={url}/refresh"><link rel="stylesheet" href="{url}/style.css">
<link rel="icon" href="{url}/icon"><link rel="canonical" href="{url}/canonical"><link rel="preload" href="{url}/p">
<style>@import url("{url}/import.css"); p {{ background: url({url}/background) }}</style>
<script src="{url}/script.js"></script></head><body background="{url}/body">
<h1>The Tides</h1><p>The water comes and goes twice a day, and nobody on this coast has ever wondered why it does.</p>
<p>But those who fish have always known when, which for their trade is as good as knowing all of it.</p>
<img src="{url}/img.png" srcset="{url}/img2.png 2x" alt="A harbour"><picture><source srcset="{url}/source"></picture>
<iframe src="{url}/frame"></iframe><object data="{url}/object"></object><embed src="{url}/embed">
<audio src="{url}/audio"></audio><video src="{url}/video" poster="{url}/poster"></video>
<svg xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="{url}/svg"/><use href="{url}/use#a"/></svg>
<table background="{url}/table"><tr><td>One</td></tr></table><img src="relative.png"></body></html>"""
MARKDOWN = (
    "# Tides\n\n![A harbour]({url}/image.png) The water comes.\n\n<img src='{url}/raw.png'>\n\n[a]: {url}/a\n"
)
XHTML = (
    '<?xml version="1.0"?><?xml-stylesheet href="{url}/xml.css"?>'
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "{url}/xhtml.dtd">'
    '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Tides</title>'
    '<link rel="stylesheet" href="{url}/s"/></head>'
    '<body><h1>Tides</h1><p>The water comes.</p><img src="{url}/image.png" alt=""/></body></html>'
)
_PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i"><metadata '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Tides</dc:title><dc:identifier id="i">1</dc:identifier>'
    '<meta name="cover" content="c"/></metadata><manifest><item id="t" href="t.xhtml" '
    'media-type="application/xhtml+xml"/><item id="c" properties="cover-image" href="{url}/cover.png" '
    'media-type="image/png"/></manifest><spine><itemref idref="t"/></spine></package>'
)
_CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles><rootfile '
    'full-path="p.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def epub(url: str) -> bytes:
    """A book whose every part names an address."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", _CONTAINER)
        archive.writestr("p.opf", _PACKAGE.replace("{url}", url))
        archive.writestr("t.xhtml", XHTML.replace("{url}", url))
    return content.getvalue()


DOCUMENTS: dict[str, Callable[[str], bytes]] = {
    "tides.html": lambda url: REFERENCES.format(url=url).encode(),
    "tides.md": lambda url: MARKDOWN.replace("{url}", url).encode(),
    "tides.xhtml": lambda url: XHTML.replace("{url}", url).encode(),
    "tides.epub": epub,
}


@pytest.mark.parametrize("name", list(DOCUMENTS)[:: rounds(4, 1)])
def test_what_documents_refer_to_is_not_fetched(place: Place, name: str) -> None:
    """Neither pictures and styles, nor DTDs, covers and frames, in documents that were sent or fetched."""
    content = DOCUMENTS[name](place.canary.url)
    sent = place.http.post(
        "/v1/studio/projects", data={"name": "a"}, files={"from_document": (name, content)}
    )
    assert place.connections.made == []

    with answering(always(reply(content)), host=HONEST) as site:
        url = f"http://honest.example:{site.port}/{name}"
        fetched = place.http.post("/v1/studio/projects", data={"name": "a", "from_url": url})

    assert [json.loads(answer.content).get("project") is not None for answer in (sent, fetched)] == [
        True,
        True,
    ]
    assert [address[0] for address in place.connections.made] == [HONEST]  # type: ignore[index]
    assert place.canary.connections == 0
