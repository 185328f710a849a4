"""Projects whose content takes longer to make than their clients wait."""

import json
from collections.abc import Iterator

import httpx
import pytest
from elevenlabs import ElevenLabs
from tests.lacking import lack
from tests.waiting import wait_until

from rhapsode.api import creating
from rhapsode.storage.creations import find_document
from rhapsode.studio.ids import ProjectId, WorkspaceId

from .journeys import HARBOUR, error_of, make_project, narrated, wait_for
from .pages import Site, serving_pages
from .running import LiveServer

PROJECTS = "/v1/studio/projects"
TEXT = b"CHAPTER I\n\nIt rained.\n\n\nCHAPTER II\n\nIt snowed all night.\n"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site whose texts come when its gate is opened. Clients wait a moment instead of some seconds."""
    monkeypatch.setattr(creating, "QUICK_CREATION_S", 0.05)
    pages = {"/tides.txt": ("text/plain", TEXT), "/german.html": ("text/html", b"<html lang='xx'><p>Regen.")}
    with serving_pages(pages) as site:
        site.slow |= set(pages)
        yield site


def begin(client: ElevenLabs, site: Site, path: str = "/tides.txt", **fields: object) -> str:
    """Make a project of a page that doesn't come yet."""
    project = client.studio.projects.create(
        name="Tides",
        **{"default_paragraph_voice_id": "tone_low", "from_url": site.url + path, **fields},
    ).project
    assert project.state == "creating"
    return str(project.project_id)


def test_a_slow_page(client: ElevenLabs, site: Site) -> None:
    """The project is there at once, says that it is being made, and then has its chapters."""
    project_id = begin(client, site)
    project = client.studio.projects.get(project_id)
    (listed,) = client.studio.projects.list().projects
    for told in (project, listed):
        assert told.state == "creating"
        assert told.creation_meta is not None
        assert (told.creation_meta.status, told.creation_meta.type) == ("creating", "blank")
        assert told.creation_meta.creation_progress < 1
    assert project.chapters == []

    site.gate.set()
    wait_for(client, project_id)

    project = client.studio.projects.get(project_id)
    assert [chapter.name for chapter in project.chapters] == ["CHAPTER I", "CHAPTER II"]
    assert project.creation_meta is not None
    assert (project.creation_meta.status, project.creation_meta.creation_progress) == ("finished", 1.0)
    assert not project.can_be_downloaded
    assert site.asked == ["/tides.txt"]


def test_what_a_slow_document_says(client: ElevenLabs, site: Site) -> None:
    """Is taken where nobody has said anything else, also not meanwhile."""
    site.pages["/tides.txt"] = "text/html", b"<html lang='en-GB'><title>Tides</title><p>It rained.</p></html>"
    project_id = begin(client, site, author="A. Writer")
    client.studio.projects.update(
        project_id,
        name="Ebb",
        title="Ebb and Flow",
        default_title_voice_id="tone_high",
        default_paragraph_voice_id="tone_low",
    )
    site.gate.set()
    wait_for(client, project_id)
    project = client.studio.projects.get(project_id)
    assert (project.name, project.title, project.author) == ("Ebb", "Ebb and Flow", "A. Writer")
    assert (project.language, project.default_title_voice_id) == ("en", "tone_high")


def test_a_conversion_waits_for_the_content(client: ElevenLabs, site: Site) -> None:
    """Whoever converts what is being made gets a snapshot of what it has become."""
    project_id = begin(client, site)
    assert client.studio.projects.convert(project_id).status == "ok"
    assert client.studio.projects.snapshots.list(project_id).snapshots == []
    site.gate.set()
    wait_until(lambda: client.studio.projects.get(project_id).can_be_downloaded)
    (snapshot,) = client.studio.projects.snapshots.list(project_id).snapshots
    found = client.studio.projects.snapshots.get(project_id, snapshot.project_snapshot_id)
    assert len(found.character_alignments) == 2


def test_auto_convert(client: ElevenLabs, site: Site) -> None:
    """Also what comes late is converted without being asked for it."""
    project_id = begin(client, site, auto_convert=True)
    site.gate.set()
    wait_until(lambda: client.studio.projects.get(project_id).can_be_downloaded)


def test_a_failure_is_told(client: ElevenLabs, http: httpx.Client, site: Site) -> None:
    """In a sentence, by the project, which is empty and can be filled again."""
    project_id = begin(client, site)
    site.pages["/tides.txt"] = "text/plain", b"\x89PNG\r\n"
    site.gate.set()
    wait_for(client, project_id)

    meta = http.get(f"{PROJECTS}/{project_id}").json()["creation_meta"]
    assert (meta["status"], meta["type"]) == ("failed", "blank")
    assert "picture" in meta["error"]

    client.studio.projects.content.update(project_id, from_content_json=json.dumps(HARBOUR))
    project = http.get(f"{PROJECTS}/{project_id}").json()
    assert project["creation_meta"]["status"] == "finished"
    assert len(project["chapters"]) == 2


def test_a_conversion_that_can_not_begin_is_told(client: ElevenLabs, http: httpx.Client, site: Site) -> None:
    """The content is there all the same."""
    voices = http.get("/v1/voices").json()["voices"]
    german = next((v["voice_id"] for v in voices if v["labels"].get("language") == "de"), None)
    if german is None:
        lack("the engine espeak is not installed")
    project_id = begin(client, site, "/german.html", auto_convert=True, default_paragraph_voice_id=german)
    site.gate.set()
    wait_for(client, project_id)
    project = http.get(f"{PROJECTS}/{project_id}").json()
    assert project["creation_meta"]["status"] == "failed"
    assert "xx" in project["creation_meta"]["error"]
    assert len(project["chapters"]) == 1


def test_edits_wait_too(client: ElevenLabs, http: httpx.Client, site: Site) -> None:
    """What would be lost is refused with a sentence that says until when; nothing is fetched for it."""
    project_id = make_project(client)
    chapter_id = client.studio.projects.get(project_id).chapters[0].chapter_id
    files = {"from_url": (None, f"{site.url}/tides.txt")}
    path = f"{PROJECTS}/{project_id}"
    assert http.post(f"{path}/content", files=files).json()["project"]["state"] == "creating"

    refused = [
        http.post(f"{path}/content", files=files),
        http.post(f"{path}/content", json={"from_content_json": HARBOUR}),
        http.post(f"{path}/chapters", json={"name": "x"}),
        http.post(f"{path}/chapters", json={"name": "x", "from_url": f"{site.url}/tides.txt"}),
        http.post(f"{path}/chapters/{chapter_id}", json={"name": "x"}),
    ]
    for response in refused:
        assert error_of(response) == (400, "already_processing")
        assert "default" in response.json()["detail"]["message"]
    site.gate.set()
    wait_for(client, project_id)
    assert site.asked == ["/tides.txt"]
    assert [chapter.name for chapter in client.studio.projects.get(project_id).chapters] == [
        "CHAPTER I",
        "CHAPTER II",
    ]


def test_a_slow_replacement_keeps_audio(client: ElevenLabs, site: Site) -> None:
    """As a quick one does, and until it comes the old content is there to be heard."""
    project_id, _ = narrated(client, from_content_json=..., from_document=TEXT)
    site.pages["/tides.txt"] = "text/plain", TEXT + b"\nThen it stopped.\n"
    client.studio.projects.content.update(project_id, from_url=f"{site.url}/tides.txt")
    assert len(client.studio.projects.get(project_id).chapters) == 2

    site.gate.set()
    wait_for(client, project_id)

    found = [chapter.statistics for chapter in client.studio.projects.get(project_id).chapters]
    assert [(each.paragraphs_converted, each.paragraphs_unconverted) for each in found if each] == [
        (2, 0),
        (2, 1),
    ]


def test_a_deleted_project_is_not_made(client: ElevenLabs, http: httpx.Client, site: Site) -> None:
    """What comes for it is thrown away."""
    project_id = begin(client, site)
    client.studio.projects.delete(project_id)
    site.gate.set()
    other_id = make_project(client, auto_convert=True)
    wait_for(client, other_id)
    assert error_of(http.get(f"{PROJECTS}/{project_id}")) == (404, "project_not_found")


def test_documents_that_wait_for_their_turn_are_kept(
    client: ElevenLabs, http: httpx.Client, server: LiveServer, site: Site
) -> None:
    """However many come at once, each is in the records when its client is answered, and made in the end."""
    workspace_id = WorkspaceId(http.get("/v1/user").json()["workspace_id"])
    made = [
        client.studio.projects.create(
            name=str(number), default_paragraph_voice_id="tone_low", from_document=TEXT
        ).project
        for number in range(4)
    ]
    waiting = [ProjectId(project.project_id) for project in made if project.state == "creating"]
    assert waiting
    for project in made:
        wait_for(client, project.project_id)
        assert len(client.studio.projects.get(project.project_id).chapters) == 2
    with server.records.read(workspace_id) as tx:
        assert [find_document(tx, project_id) for project_id in waiting] == [None] * len(waiting)
