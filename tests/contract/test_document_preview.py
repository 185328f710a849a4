"""Documents that are looked into before a project is made of them."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs

from .journeys import error_of, make_project
from .pages import serving_pages
from .running import LiveServer
from .test_matrix import rows_of

PREVIEW = "/rhapsode/v1/documents/preview"
BOOK = Path(__file__).parents[2] / "examples" / "the-lamp-keepers.epub"


def look(http: httpx.Client, content: bytes, filename: str, **fields: str) -> Any:
    """What is told of a file."""
    answer = http.post(PREVIEW, files={"from_document": (filename, content)}, data=fields)
    return answer.raise_for_status().json()


def test_a_book_is_told_as_it_would_become(
    server: LiveServer, client: ElevenLabs, http: httpx.Client
) -> None:
    """The project that is then made of it has the same chapters and as much text; the preview has left nothing."""
    before = rows_of(server.records, server.workspace_id)
    told = look(http, BOOK.read_bytes(), "book.epub")
    assert rows_of(server.records, server.workspace_id) == before

    project_id = make_project(client, from_content_json=None, from_document=BOOK.read_bytes())
    project = client.studio.projects.get(project_id)
    (listed,) = http.get("/rhapsode/v1/studio/projects").json()["projects"]
    assert (told["title"], told["author"], told["language"]) == (
        listed["title"],
        listed["author"],
        listed["language"],
    )
    assert told["has_cover"] == (listed["cover_url"] is not None)
    narrated = [chapter for chapter in told["chapters"] if chapter["narrated"]]
    assert [chapter["name"] for chapter in narrated] == [chapter.name for chapter in project.chapters]
    assert told["character_count"] == listed["character_count"]
    assert told["character_count"] == sum(chapter["character_count"] for chapter in narrated)
    assert 0 < len(narrated) < len(told["chapters"])
    for chapter in narrated:
        assert chapter["block_count"] > 0
        assert 0 < len(chapter["beginning"]) <= 121
    assert any("not narrated" in warning for warning in told["warnings"])


def test_what_a_client_says_comes_first(http: httpx.Client) -> None:
    """Title, author and language, as in the project; and pasted text comes as a document."""
    told = look(
        http, b"# Ebb\n\nIt rained all night.\n", "pasted.md", title="Tides", author="Ida", language="de"
    )

    assert (told["title"], told["author"], told["language"]) == ("Tides", "Ida", "de")
    # Nobody here has heard the voice yet.
    assert told["estimated_secs"] is None
    assert told["chapters"] == [
        {
            "name": "Ebb",
            "role": "chapter",
            "narrated": True,
            "block_count": 2,
            "character_count": len("Ebb") + len("It rained all night."),
            "beginning": "It rained all night.",
        }
    ]


def test_an_address_is_looked_into(http: httpx.Client) -> None:
    """Fetched as for a project that is made of it."""
    with serving_pages({"/tides.txt": ("text/plain", b"It rained all night.\n")}) as site:
        told = http.post(PREVIEW, json={"from_url": f"{site.url}/tides.txt"}).raise_for_status().json()

    assert site.asked == ["/tides.txt"]
    assert [chapter["beginning"] for chapter in told["chapters"]] == ["It rained all night."]


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"data": {"language": "en"}}, 400, "invalid_parameters"),
        (
            {"data": {"from_url": "https://a.example"}, "files": {"from_document": ("a.txt", b"A.")}},
            400,
            "invalid_parameters",
        ),
        (
            {"data": {"default_paragraph_voice_id": "nobody"}, "files": {"from_document": ("a.txt", b"A.")}},
            404,
            "voice_not_found",
        ),
        ({"json": {"from_url": "http://10.0.0.1/book.epub"}}, 400, "invalid_url"),
    ],
    ids=["nothing", "two", "an unknown voice", "a private address"],
)
def test_what_makes_no_project_has_no_preview(
    http: httpx.Client, sent: dict[str, Any], status: int, code: str
) -> None:
    """With the error that the project would have had, where it would have had one."""
    assert error_of(http.post(PREVIEW, **sent)) == (status, code)
