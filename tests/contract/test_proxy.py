"""Behind nginx, below a path: every address is told, answered and gone on with there."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx
import pytest
from elevenlabs import ElevenLabs
from websockets.sync.client import connect

from .asking import NO_AUTHORITIES, get_anew, raw_http
from .journeys import Narrated, error_of
from .proxying import PREFIX, Setup, proxied
from .test_covers import png

_SETUPS = [Setup(strips=strips, buffers=buffers) for strips in (True, False) for buffers in (True, False)]
_LINK = re.compile(r"""(?:href|src)="([^"#]+)""")


@dataclass(frozen=True)
class Proxied:
    """A project behind a proxy. url: the public address.    http, client: ask there.    direct: what is behind it."""

    url: str
    http: httpx.Client
    client: ElevenLabs
    direct: Narrated


@pytest.fixture(scope="module")
def public_urls(tides: Narrated, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Setup, str]]:
    """The address of each proxy, all of one nginx."""
    tides.http.put(f"/rhapsode/v1/studio/projects/{tides.project_id}/cover", content=png())
    tides.http.post(f"/v1/audio-native/{tides.project_id}/content")
    with proxied(tides.server, _SETUPS, tmp_path_factory.mktemp("nginx")) as urls:
        yield dict(zip(_SETUPS, urls, strict=True))


@pytest.fixture(params=_SETUPS, ids=str)
def behind(
    request: pytest.FixtureRequest, public_urls: dict[Setup, str], tides: Narrated
) -> Iterator[Proxied]:
    """One of them after the other."""
    url = public_urls[request.param]
    with (
        raw_http(url, tides.server.key) as http,
        httpx.Client(timeout=60, verify=NO_AUTHORITIES) as connections,
    ):
        client = ElevenLabs(base_url=url, api_key=tides.server.key, httpx_client=connections)
        yield Proxied(url, http, client, tides)


def test_the_sdk_works_below_the_path(behind: Proxied) -> None:
    """Its archive is the same bytes as without a proxy, and so is a text with its WebSocket the same sound."""
    tides = behind.direct
    archive = b"".join(
        behind.client.studio.projects.snapshots.stream_archive(tides.project_id, tides.snapshot_id)
    )
    assert archive == tides.http.post(f"{tides.snapshot}/archive").content
    spoken, heard = (
        b"".join(client.text_to_speech.convert("tone_low", text="The boat came in."))
        for client in (tides.client, behind.client)
    )
    assert spoken == heard
    address = behind.url.replace("http", "ws", 1) + "/v1/text-to-speech/tone_low/stream-input"
    with connect(address, additional_headers={"xi-api-key": tides.server.key}, open_timeout=10) as connection:
        for text in (" ", "The boat came in. ", ""):
            connection.send(json.dumps({"text": text}))
        assert json.loads(connection.recv(timeout=20))["audio"]


def test_every_address_answers_below_the_path(behind: Proxied) -> None:
    """Of projects, feeds, links and snippets, without a key; the Host of a request changes none of them."""
    path = f"/rhapsode/v1/studio/projects/{behind.direct.project_id}"
    feed = behind.http.get(f"{path}/feed", headers={"host": "evil.example"})
    project = behind.client.studio.projects.get(behind.direct.project_id)
    settings = behind.client.audio_native.get_settings(behind.direct.project_id).settings
    assert settings is not None
    told = {
        *(url for url in re.findall(r'(?:>|url="|href=")(http://[^"<]+)', feed.text)),
        *behind.http.get(f"{path}/links").json().values(),
        project.cover_image_url,
        settings.audio_url,
    }
    assert len(told) == 9
    for url in told:
        assert url is not None
        assert url.startswith(f"{behind.url}/")
        assert get_anew(url).status_code == 200, url
    assert behind.http.get("/openapi.json").json()["servers"] == [{"url": behind.url}]
    assert (
        behind.http.get("/v1/dubbing")
        .json()["detail"]["message"]
        .endswith(f" See {PREFIX}/docs/compatibility.")
    )


def test_pages_work_below_the_path(behind: Proxied) -> None:
    """The player with its style, script and audio, and documentation with all pages that it links."""
    links = behind.http.get(f"/rhapsode/v1/studio/projects/{behind.direct.project_id}/links").json()
    pages = [links["player_url"], f"{behind.url}/docs", f"{behind.url}/docs/compatibility"]
    seen = set()
    for page in pages:
        answer = get_anew(page)
        assert answer.status_code == 200
        seen |= {urljoin(page, link) for link in _LINK.findall(answer.text) if "://" not in link}
    assert len(seen) > 60
    assert all(url.startswith(f"{behind.url}/") for url in seen)
    with httpx.Client(verify=NO_AUTHORITIES) as http:
        assert [url for url in sorted(seen)[::9] if http.get(url).status_code != 200] == []
        assert [url for url in seen if "/player/" in url and http.get(url).status_code != 200] == []
    listed = re.findall(r"\]\(([^)]+)\)", behind.http.get("/llms.txt").text)
    assert all(link.startswith(f"{PREFIX}/") for link in listed)


def test_a_cut_download_goes_on(behind: Proxied) -> None:
    """At the address that its answer had, with the ranges that the proxy lets through."""
    archive = f"{behind.direct.snapshot}/archive"
    with behind.http.stream("POST", archive) as answer:
        place, tag = answer.headers["content-location"], answer.headers["etag"]
        whole_bytes = int(answer.headers["content-length"])
        begun = next(answer.iter_bytes(1000))
    assert place.startswith(f"{PREFIX}/v1/")
    rest = behind.http.get(
        urljoin(behind.url, place), headers={"range": f"bytes={len(begun)}-", "if-range": tag}
    )
    assert (rest.status_code, len(begun) + len(rest.content)) == (206, whole_bytes)
    assert begun + rest.content == behind.direct.http.post(archive).content


def test_commands_are_for_nobody_who_comes_through(behind: Proxied) -> None:
    """However often the path is there: a key opens none of them."""
    for path in ("", PREFIX, f"{PREFIX}{PREFIX}"):
        answer = behind.http.get(f"{path}/rhapsode/v1/commands/keys")
        assert answer.status_code == 401
        assert answer.json()["detail"]["code"] == "invalid_token"


def test_what_clients_say_of_themselves_ends_at_the_proxy(behind: Proxied) -> None:
    """Although the server would believe nginx who somebody is: nobody's word for it comes through."""
    refused = httpx.get(
        f"{behind.url}/rhapsode/v1/session",
        headers={"remote-user": "admin@example.org"},
        verify=NO_AUTHORITIES,
    )
    assert error_of(refused) == (401, "needs_authorization")


def test_the_page_finds_its_files_below_the_path(behind: Proxied) -> None:
    """With and without the slash at the end of its address, which browsers are led to."""
    page = get_anew(behind.url, follow_redirects=True)
    assert str(page.url) == f"{behind.url}/"
    assets = re.findall(r'(?:src|href)="(\./assets/[^"]+)"', page.text)
    assert assets
    for asset in assets:
        assert get_anew(urljoin(str(page.url), asset)).status_code == 200
