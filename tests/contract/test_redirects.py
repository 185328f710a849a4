"""Where the object store has a whole file, a GET is sent there; everybody else gets it from the server."""

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import httpx
import pytest
from elevenlabs import ElevenLabs
from starlette.types import ASGIApp
from tests.object_store import object_store

from rhapsode.access.keys import find_owner
from rhapsode.access.rule import AccessRule
from rhapsode.api.server import create_app
from rhapsode.delivery.redirects import MIN_REDIRECTED_BYTES, Redirects
from rhapsode.storage.objects import ObjectBlobs
from rhapsode.studio.ids import WorkspaceId
from rhapsode.web import player

from .asking import NO_AUTHORITIES, get_anew, head_anew, raw_http
from .journeys import narrated
from .running import LiveServer, serving

_LINE = "The tide came in and went out again, and nobody on the quay said a word about it. "
_NODE = {"type": "tts_node", "voice_id": "tone_low", "text": _LINE * 16}
QUAY = [{"name": "The Quay", "blocks": [{"sub_type": "p", "nodes": [_NODE]}]}]
_WAIT_S = 30


@dataclass(frozen=True)
class Redirecting:
    """A server that sends clients elsewhere, with a book, and the path and bytes of its single file.

    patient: doesn't follow.    app: the same for a workspace that needs no key, if one is named.
    """

    url: str
    server: LiveServer
    patient: httpx.Client
    project_id: str
    path: str
    content: bytes
    app: Callable[[WorkspaceId | None], ASGIApp]


def wait_for_redirect(http: httpx.Client, path: str) -> None:
    """Ask for a file until it is in the store."""
    waits_until_s = time.monotonic() + _WAIT_S
    while http.get(path).status_code != 307:
        assert time.monotonic() < waits_until_s
        time.sleep(0.05)


@pytest.fixture
def redirecting(server: LiveServer, client: ElevenLabs, tmp_path: Path) -> Iterator[Redirecting]:
    """A server whose first download has put the file into a store."""
    project_id, snapshot_id = narrated(client, QUAY, quality_preset="ultra_lossless")
    path = f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}/stream"
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(object_store())
        redirects = Redirects(server.records, ObjectBlobs(store.new_url(), tmp_path))
        redirects.start()
        stack.callback(redirects.stop)
        services = replace(server.services, redirects=redirects)

        def app(open_workspace: WorkspaceId | None = None) -> ASGIApp:
            access = AccessRule(partial(find_owner, server.records), open_workspace=open_workspace)
            return create_app(services, access=access, pages=[player.router])

        url = stack.enter_context(serving(app()))
        http = stack.enter_context(raw_http(url, server.key))
        first = http.get(path)
        assert first.status_code == 200
        assert len(first.content) >= MIN_REDIRECTED_BYTES
        wait_for_redirect(http, path)
        yield Redirecting(url, server, http, project_id, path, first.content, app)


def test_a_file_is_had_from_the_store(redirecting: Redirecting) -> None:
    """The store has the same bytes, with the type and name that the server gives them, also of a part of them."""
    http, path = redirecting.patient, redirecting.path
    answer = http.get(path)
    head = http.head(path)

    assert answer.headers["cache-control"] == "no-store"
    assert head.status_code == 200
    address = answer.headers["location"]
    fetched = get_anew(address, trust_env=False)
    assert fetched.content == redirecting.content
    for name in ("content-type", "content-disposition", "content-length"):
        assert fetched.headers[name] == head.headers[name]
    part = get_anew(address, headers={"range": "bytes=70000-79999"}, trust_env=False)
    assert (part.status_code, part.content) == (206, redirecting.content[70_000:80_000])


def test_the_sdk_notices_nothing(redirecting: Redirecting) -> None:
    """The official SDK asks by POST, which is never sent away; a client that follows gets the same by GET."""
    http, path = redirecting.patient, redirecting.path
    project_id, snapshot_id = redirecting.project_id, path.split("/")[6]

    with httpx.Client(timeout=60, trust_env=False, verify=NO_AUTHORITIES) as plain:
        sdk = ElevenLabs(base_url=redirecting.url, api_key=redirecting.server.key, httpx_client=plain)
        assert b"".join(sdk.studio.projects.snapshots.stream(project_id, snapshot_id)) == redirecting.content
    assert http.get(path, follow_redirects=True).content == redirecting.content


def test_who_goes_on_with_our_tag_goes_on_here(redirecting: Redirecting) -> None:
    """A part that fits what the server sent is had from the server, and one that fits the store's from the store."""
    http, path = redirecting.patient, redirecting.path
    ours = http.head(path).headers["etag"]
    theirs = head_anew(http.get(path).headers["location"], trust_env=False).headers.get("etag", '"other"')
    wanted = {"range": "bytes=1000-1999"}

    mine = http.get(path, headers=wanted | {"if-range": ours})
    assert (mine.status_code, mine.content) == (206, redirecting.content[1000:2000])
    assert http.get(path, headers={"if-none-match": ours}).status_code == 304
    assert http.get(path, headers=wanted | {"if-range": theirs}).status_code == 307
    assert http.get(path, headers=wanted).status_code == 307


def test_nobody_else_is_sent_there(redirecting: Redirecting) -> None:
    """Without a key there is no address, and another workspace has no such file."""
    with (
        raw_http(redirecting.url) as anonymous,
        raw_http(redirecting.url, redirecting.server.other_key) as other,
    ):
        assert anonymous.get(redirecting.path).status_code == 401
        assert other.get(redirecting.path).status_code == 404


def test_who_listens_in_a_page_is_sent_nowhere(redirecting: Redirecting) -> None:
    """Its policy allows sound of this server alone; what a person downloads from it comes from the store."""
    http, path = redirecting.patient, redirecting.path
    heard = http.get(path, headers={"sec-fetch-dest": "audio", "range": "bytes=0-999"})
    assert (heard.status_code, heard.content) == (206, redirecting.content[:1000])
    assert http.get(path, headers={"sec-fetch-dest": "document"}).status_code == 307


def test_players_are_sent_nowhere(redirecting: Redirecting) -> None:
    """A player's page may load nothing from elsewhere: its audio is the server's, also where no key is asked for."""
    made = redirecting.patient.post(f"/v1/audio-native/{redirecting.project_id}/content").json()
    token = re.search(r"/player/([\w-]{43})", made["html_snippet"])
    assert token is not None

    with (
        serving(redirecting.app(redirecting.server.workspace_id)) as url,
        raw_http(url) as browser,
    ):
        assert browser.get(redirecting.path).status_code == 307
        first = browser.get(f"/player/{token[1]}/audio")
        # Files are put one after the other: what was asked for before this one is there as well.
        wait_for_redirect(browser, redirecting.path.replace("/stream", "/archive"))
        second = browser.get(f"/player/{token[1]}/audio")
    assert (first.status_code, first.content) == (200, redirecting.content)
    assert (second.status_code, second.content) == (200, redirecting.content)
