"""Deleting with undo, and the order of chapters."""

import httpx
import pytest
from elevenlabs import ElevenLabs

from rhapsode.studio.limits import DELETED_KEPT_MS

from .journeys import error_of, make_project

PROJECTS = "/rhapsode/v1/studio/projects"


def chapter_ids(client: ElevenLabs, project_id: str) -> list[str]:
    return [chapter.chapter_id for chapter in client.studio.projects.chapters.list(project_id).chapters]


@pytest.fixture
def project_id(client: ElevenLabs) -> str:
    made = make_project(client)
    client.studio.projects.chapters.create(made, name="The Sea")
    return made


def order(http: httpx.Client, project_id: str, ids: list[str]) -> httpx.Response:
    return http.put(f"{PROJECTS}/{project_id}/chapters/order", json={"chapter_ids": ids})


def test_chapters_are_put_in_another_order(client: ElevenLabs, http: httpx.Client, project_id: str) -> None:
    """All of them at once, as often as one likes."""
    first, second, third = chapter_ids(client, project_id)
    for _ in range(2):
        assert order(http, project_id, [third, first, second]).json() == {"status": "ok"}
        assert chapter_ids(client, project_id) == [third, first, second]


def test_an_order_of_other_chapters_is_refused(
    client: ElevenLabs, http: httpx.Client, project_id: str
) -> None:
    """Somebody else has changed them meanwhile."""
    first, second, third = ids = chapter_ids(client, project_id)
    for wrong in ([first, second], [*ids, "another"], [first, first, second], [first, second, second, third]):
        assert error_of(order(http, project_id, wrong)) == (412, "chapters_changed")
    assert http.put(f"{PROJECTS}/{project_id}/chapters/order", json={}).status_code == 422
    assert chapter_ids(client, project_id) == ids


def test_a_chapter_is_restored_where_it_stood(
    client: ElevenLabs, http: httpx.Client, project_id: str
) -> None:
    """Also when others were added and moved since; a second time nothing happens."""
    first, second, third = chapter_ids(client, project_id)
    text = client.studio.projects.chapters.get(project_id, second).content
    client.studio.projects.chapters.delete(project_id, second)
    fourth = client.studio.projects.chapters.create(project_id, name="The Shore").chapter.chapter_id
    order(http, project_id, [fourth, first, third])

    for _ in range(2):
        response = http.post(f"{PROJECTS}/{project_id}/chapters/{second}/restore")
        assert response.json() == {"status": "ok"}

    assert chapter_ids(client, project_id) == [fourth, second, first, third]
    assert client.studio.projects.chapters.get(project_id, second).content == text


def test_the_last_chapter_is_restored_in_front_of_those_added_since(
    client: ElevenLabs, http: httpx.Client, project_id: str
) -> None:
    """They have its number by now."""
    *others, last = chapter_ids(client, project_id)
    client.studio.projects.chapters.delete(project_id, last)
    added = client.studio.projects.chapters.create(project_id, name="The Shore").chapter.chapter_id
    http.post(f"{PROJECTS}/{project_id}/chapters/{last}/restore").raise_for_status()

    assert chapter_ids(client, project_id) == [*others, last, added]


def test_a_project_is_restored_as_it_was(
    client: ElevenLabs, http: httpx.Client, other_http: httpx.Client, project_id: str
) -> None:
    """It is listed until then, in its own workspace alone; a second time nothing happens."""
    before = http.get(f"/v1/studio/projects/{project_id}").json()
    client.studio.projects.delete(project_id)
    (listed,) = http.get("/rhapsode/v1/studio/deleted-projects").json()["projects"]
    assert (listed["project_id"], listed["name"]) == (project_id, before["name"])
    assert listed["purged_at_unix"] - listed["deleted_at_unix"] == DELETED_KEPT_MS / 1000
    assert other_http.get("/rhapsode/v1/studio/deleted-projects").json() == {"projects": []}
    assert error_of(other_http.post(f"{PROJECTS}/{project_id}/restore")) == (404, "project_not_found")

    for _ in range(2):
        response = http.post(f"{PROJECTS}/{project_id}/restore")
        assert response.json()["project"]["project_id"] == project_id

    assert http.get("/rhapsode/v1/studio/deleted-projects").json() == {"projects": []}
    assert http.get(f"/v1/studio/projects/{project_id}").json() == before
