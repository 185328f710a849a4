"""Projects of EPUBs keep their book, and a snapshot of it is that book, read along."""

import io
import json
import zipfile
from collections.abc import Iterator
from functools import partial

import httpx
import pytest
from elevenlabs import ElevenLabs
from tests.unit.documents.epub_builder import epub

from rhapsode.access.keys import find_owner
from rhapsode.access.rule import AccessRule
from rhapsode.authoring.books import BookOptions
from rhapsode.authoring.narrations import Book
from rhapsode.cli.running_server import RunningServer
from rhapsode.documents import import_document
from rhapsode.storage import projects
from rhapsode.storage.directory import ServerAddress
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID

from .journeys import convert_and_wait, make_project, wait_for
from .pages import Site, serving_pages
from .probing import probed
from .running import LiveServer

RAIN = epub(
    [("rain.xhtml", "<h1>Rain</h1><p>It <em>rained</em>. Nobody came.</p>")], toc=[("Rain", "rain.xhtml")]
)
SEA = epub([("sea.xhtml", "<h1>Sea</h1><p>The sea was <em>flat</em>.</p>")], toc=[("Sea", "sea.xhtml")])


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site with a book."""
    with serving_pages({"/sea.epub": ("application/epub+zip", SEA)}) as site:
        yield site


def read_along(client: ElevenLabs, http: httpx.Client, project_id: str) -> dict[str, str]:
    """The text files of the newest snapshot's EPUB."""
    (newest, *_) = client.studio.projects.snapshots.list(project_id).snapshots
    path = f"/rhapsode/v1/studio/projects/{project_id}/snapshots/{newest.project_snapshot_id}/export"
    answer = http.get(path, params={"format": "epub"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/epub+zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist() if not name.endswith(".mp3")}


def test_a_project_of_an_epub_is_that_book(client: ElevenLabs, http: httpx.Client, site: Site) -> None:
    """From a file and from an address, as long as its content isn't replaced by what is no EPUB."""
    project_id = make_project(client, from_content_json=..., from_document=RAIN, auto_convert=True)
    wait_for(client, project_id)
    files = read_along(client, http, project_id)
    marked = '<span id="heard-2">It <em>rained</em>.</span> <span id="heard-3">Nobody came.</span>'
    assert marked in files["OEBPS/rain.xhtml"]

    client.studio.projects.content.update(project_id, from_url=f"{site.url}/sea.epub")
    convert_and_wait(client, project_id)
    files = read_along(client, http, project_id)
    assert '<p id="heard-2">The sea was <em>flat</em>.</p>' in files["OEBPS/sea.xhtml"]

    node = {"type": "tts_node", "voice_id": "tone_low", "text": "The sea was flat."}
    content = [{"name": "Sea", "blocks": [{"sub_type": "p", "nodes": [node]}]}]
    client.studio.projects.content.update(project_id, from_content_json=json.dumps(content))
    convert_and_wait(client, project_id)
    assert "The sea was flat." in read_along(client, http, project_id)["EPUB/text/01.xhtml"]


def test_a_command_sends_a_server_the_book_itself(server: LiveServer) -> None:
    """So that what is narrated through a running server is read along as well."""
    book = Book(import_document(RAIN, filename="rain.epub"), filename="rain.epub", origin="/books/rain.epub")
    rule = AccessRule(partial(find_owner, server.records), command_token="secret token")
    with probed(server, rule) as url, RunningServer(ServerAddress(url, "secret token")) as running:
        kept = running.keep_book(book, BookOptions())
    with server.records.read(DEFAULT_WORKSPACE_ID) as tx:
        assert projects.get_project(tx, kept.project_id).document_key is not None
