"""The list of projects in pages, as a page shows them."""

import httpx
import pytest
from elevenlabs import ElevenLabs

from .asking import raw_http
from .journeys import HARBOUR, Narrated, error_of, make_project
from .running import LiveServer
from .test_covers import JPEG

PROJECTS = "/rhapsode/v1/studio/projects"


def test_a_narrated_project(tides: Narrated) -> None:
    """It says what its snapshot, its chapters and the original's list say of it."""
    (listed,) = tides.http.get(PROJECTS).json()["projects"]

    project = tides.client.studio.projects.get(tides.project_id)
    statistics = [chapter.statistics for chapter in project.chapters]
    assert listed == {
        "project_id": tides.project_id,
        "name": "Tides",
        "title": None,
        "author": None,
        "language": "en",
        "state": "default",
        "progress": None,
        "creation_progress": None,
        "cover_url": None,
        "chapter_count": len(HARBOUR),
        "character_count": sum(
            each.characters_converted + each.characters_unconverted for each in statistics if each is not None
        ),
        "duration_secs": tides.http.get(tides.snapshot).json()["audio_duration_secs"],
        "created_at_unix": project.create_date_unix,
        "last_conversion_date_unix": project.last_conversion_date_unix,
        "error": None,
    }


def test_pages(client: ElevenLabs, http: httpx.Client, other_http: httpx.Client) -> None:
    """The newest first; a page goes on where the one before ended, though its last project is gone."""
    oldest, middle, newest = (make_project(client, []) for _ in range(3))
    first = http.get(PROJECTS, params={"page_size": 2}).json()
    client.studio.projects.delete(middle)
    second = http.get(PROJECTS, params={"page_size": 2, "start_after": first["next"]}).json()

    assert [each["project_id"] for each in first["projects"]] == [newest, middle]
    assert ([each["project_id"] for each in second["projects"]], second["next"]) == ([oldest], None)
    assert other_http.get(PROJECTS).json() == {"projects": [], "next": None}
    following = other_http.get(PROJECTS, params={"start_after": first["next"]})
    assert following.json() == {"projects": [], "next": None}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"page_size": 0}, "invalid_page_size"),
        ({"page_size": 101}, "invalid_page_size"),
        ({"start_after": "x"}, "invalid_cursor"),
    ],
)
def test_pages_that_there_are_none_of(http: httpx.Client, asked: dict[str, str], code: str) -> None:
    """Are refused in a sentence."""
    assert error_of(http.get(PROJECTS, params=asked)) == (400, code)


def test_a_cover_is_shown_to_who_is_signed_in(server: LiveServer, client: ElevenLabs) -> None:
    """At a path of the server, with the cookie alone, by a page's `img`."""
    project_id = make_project(client, [])
    with raw_http(server.url) as page:
        page.post("/rhapsode/v1/session", headers={"xi-api-key": server.key})
        own = {"sec-fetch-site": "same-origin"}
        page.put(f"{PROJECTS}/{project_id}/cover", content=JPEG, headers=own)
        (listed,) = page.get(PROJECTS, headers=own).json()["projects"]
        shown = page.get(listed["cover_url"], headers=own)

    assert (shown.status_code, shown.content) == (200, JPEG)
