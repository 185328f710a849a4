"""The whole content of a project is replaced, and what stays of it keeps its audio."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from elevenlabs import AsyncElevenLabs, ElevenLabs
from elevenlabs.core.api_error import ApiError

from rhapsode.rendering import joining

from .journeys import HARBOUR, convert_and_wait, error_of, make_project, narrated, wait_for
from .pages import Site, serving_pages

PROJECTS = "/v1/studio/projects"
SENTENCE = (
    "The estuary is wide at high water and narrow when the tide has gone out, as everybody here knows. "
)
PAGE = f"""<!doctype html><html lang="en"><head><title>Boats</title><meta name="author" content="Ida Strand"></head>
<body><nav><a href="/">Home</a> <a href="/news">News</a></nav><article><h1>Boats</h1>
<p>{SENTENCE * 2}</p><p>Nobody builds them any more. {SENTENCE}</p></article>
<div class="comments"><p>What an article!</p></div></body></html>""".encode()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site with an article, a book and nothing else."""
    pages = {
        "/boats": ("text/html; charset=utf-8", PAGE),
        "/tides.txt": ("text/plain", b"CHAPTER I\n\nIt rained.\n\n\nCHAPTER II\n\nIt snowed all night.\n"),
        "/picture": ("text/html", b"\x89PNG\r\n"),
    }
    with serving_pages(pages) as site:
        yield site


def blocks_of(client: ElevenLabs, project_id: str) -> dict[str, str]:
    """The id of each block, by its text."""
    found = {}
    for listed in client.studio.projects.chapters.list(project_id).chapters:
        chapter = client.studio.projects.chapters.get(project_id, listed.chapter_id)
        for block in chapter.content.blocks:
            found["".join(node.text for node in block.nodes)] = block.block_id
    return found


def statistics_of(client: ElevenLabs, project_id: str) -> tuple[int, int]:
    """(converted, unconverted) paragraphs."""
    found = [chapter.statistics for chapter in client.studio.projects.chapters.list(project_id).chapters]
    return (
        sum(each.paragraphs_converted for each in found if each is not None),
        sum(each.paragraphs_unconverted for each in found if each is not None),
    )


def with_one_more(text: str) -> list[dict[str, Any]]:
    """The harbour with a paragraph more in its second chapter."""
    node = {"type": "tts_node", "voice_id": "tone_low", "text": text}
    second = {**HARBOUR[1], "blocks": [*HARBOUR[1]["blocks"], {"sub_type": "p", "nodes": [node]}]}
    return [HARBOUR[0], second]


def test_content_that_stays_keeps_its_blocks_and_audio(client: ElevenLabs) -> None:
    """Only the paragraph that is new is still to be converted; chapters and blocks are those they were."""
    project_id, _ = narrated(client)
    before = blocks_of(client, project_id)
    chapters = [chapter.chapter_id for chapter in client.studio.projects.chapters.list(project_id).chapters]

    answer = client.studio.projects.content.update(
        project_id, from_content_json=json.dumps(with_one_more("Then it was dark."))
    )

    assert answer.project.project_id == project_id
    assert answer.project.state == "default"
    after = blocks_of(client, project_id)
    assert {text: after[text] for text in before} == before
    assert set(after) - set(before) == {"Then it was dark."}
    assert chapters == [c.chapter_id for c in client.studio.projects.chapters.list(project_id).chapters]
    assert statistics_of(client, project_id) == (4, 1)


def test_paragraphs_that_change_their_chapter_keep_their_audio(client: ElevenLabs) -> None:
    """One chapter is cut in two: nothing is to be converted again."""
    project_id, _ = narrated(client)
    before = blocks_of(client, project_id)
    first, second = HARBOUR[1]["blocks"]
    cut = [HARBOUR[0], {"name": "The Hill", "blocks": [first]}, {"name": "Below", "blocks": [second]}]

    client.studio.projects.content.update(project_id, from_content_json=json.dumps(cut))

    assert blocks_of(client, project_id) == before
    assert statistics_of(client, project_id) == (4, 0)


def test_a_document_that_is_sent_again(client: ElevenLabs) -> None:
    """What its new edition has in common with the old one keeps its audio; the project keeps its words."""
    old = b"# Rain\n\nIt rained.\n\nNobody came.\n\n# Snow\n\nIt snowed all night.\n"
    new = b"# Rain\n\nIt rained hard.\n\nNobody came.\n\n# Frost\n\nIt froze.\n\n# Snow\n\nIt snowed all night.\n"
    project_id, _ = narrated(client, from_content_json=..., from_document=old, title="Weather")
    before = blocks_of(client, project_id)

    answer = client.studio.projects.content.update(project_id, from_document=new, auto_convert=True)

    assert answer.project.title == "Weather"
    wait_for(client, project_id)
    after = blocks_of(client, project_id)
    same = {"Rain", "Nobody came.", "Snow", "It snowed all night."}
    assert {text: after[text] for text in same} == {text: before[text] for text in same}
    assert after["It rained hard."] == before["It rained."]
    assert statistics_of(client, project_id) == (7, 0)


def test_nothing_replaces_nothing(client: ElevenLabs, http: httpx.Client) -> None:
    """A form with only its end, as the SDK sends it, changes no text; so does no body at all."""
    project_id = make_project(client)
    before = blocks_of(client, project_id)

    assert client.studio.projects.content.update(project_id).project.state == "default"
    assert http.post(f"{PROJECTS}/{project_id}/content").status_code == 200
    assert blocks_of(client, project_id) == before

    client.studio.projects.content.update(project_id, auto_convert=True)
    wait_for(client, project_id)
    assert client.studio.projects.get(project_id).can_be_downloaded


def test_no_chapters_are_content_too(client: ElevenLabs) -> None:
    """Whoever sends an empty list has said so."""
    project_id = make_project(client)
    client.studio.projects.content.update(project_id, from_content_json="[]")
    assert client.studio.projects.get(project_id).chapters == []


def test_forms_of_other_kinds(client: ElevenLabs, http: httpx.Client) -> None:
    """Urlencoded and JSON bodies do the same, and JSON may hold the content itself."""
    project_id = make_project(client, [])
    path, text = f"{PROJECTS}/{project_id}/content", json.dumps(HARBOUR)
    for sent in ({"data": {"from_content_json": text}}, {"json": {"from_content_json": HARBOUR}}):
        assert http.post(path, **sent).raise_for_status().json()["left_out"] == []
        assert len(blocks_of(client, project_id)) == 4
        client.studio.projects.content.update(project_id, from_content_json="[]")


def test_the_article_of_a_page(client: ElevenLabs, site: Site) -> None:
    """What stands around it isn't heard; the project is called what it was called."""
    project_id = client.studio.projects.create(
        name="Tides", default_paragraph_voice_id="tone_low", from_url=f"{site.url}/boats"
    ).project.project_id

    project = client.studio.projects.get(project_id)

    assert (project.name, project.title, project.author) == ("Tides", "Boats", "Ida Strand")
    assert [chapter.name for chapter in project.chapters] == ["Boats"]
    texts = list(blocks_of(client, project_id))
    assert (texts[0], texts[2][:12]) == ("Boats", "Nobody build")
    assert not any("What an article" in text or "Home" in text for text in texts)


def test_what_an_address_holds_decides(client: ElevenLabs, http: httpx.Client, site: Site) -> None:
    """A text is read as one; a picture is refused, whatever its server calls it, and nothing is lost."""
    project_id = make_project(client)
    client.studio.projects.content.update(project_id, from_url=f"{site.url}/tides.txt")
    assert set(blocks_of(client, project_id)) >= {"It rained.", "It snowed all night."}

    for path, code in (("/picture", "invalid_file_type"), ("/nothing", "invalid_url")):
        files = {"from_url": (None, site.url + path)}
        assert error_of(http.post(f"{PROJECTS}/{project_id}/content", files=files)) == (400, code)
        assert error_of(http.post(PROJECTS, files={"name": (None, "x"), **files})) == (400, code)
    assert set(blocks_of(client, project_id)) >= {"It rained.", "It snowed all night."}
    assert len(http.get(PROJECTS).json()["projects"]) == 1


def test_a_chapter_of_an_address(client: ElevenLabs, site: Site) -> None:
    """All of a document in one chapter of the name that was asked for."""
    project_id = make_project(client)
    chapter = client.studio.projects.chapters.create(
        project_id, name="Weather", from_url=f"{site.url}/tides.txt"
    ).chapter
    assert chapter.name == "Weather"
    texts = [node.text for block in chapter.content.blocks for node in block.nodes]
    assert texts == ["CHAPTER I", "It rained.", "CHAPTER II", "It snowed all night."]
    assert [each.name for each in client.studio.projects.chapters.list(project_id).chapters][2] == "Weather"


async def replaced(client: AsyncElevenLabs, project_id: str) -> str:
    """The id that an update answers with."""
    answer = await client.studio.projects.content.update(
        project_id, from_content_json=json.dumps(HARBOUR[:1])
    )
    return str(answer.project.project_id)


def test_the_asynchronous_sdk(client: ElevenLabs, async_client: AsyncElevenLabs) -> None:
    """Replaces like the other."""
    project_id = make_project(client)
    assert asyncio.run(replaced(async_client, project_id)) == project_id
    assert len(client.studio.projects.get(project_id).chapters) == 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"from_content_json": "[{"}, (400, "malformed_json")),
        ({"from_content_json": "[]", "from_url": "http://127.0.0.1:9/"}, (400, "invalid_parameters")),
        (
            {"from_content_json": '[{"blocks": [{"nodes": [{"text": "x", "voice_id": "nobody"}]}]}]'},
            (404, "voice_not_found"),
        ),
        ({"from_document": "text"}, (400, "invalid_file_type")),
    ],
)
def test_what_can_not_be_used(
    client: ElevenLabs, http: httpx.Client, fields: dict[str, str], expected: tuple[int, str]
) -> None:
    """Is refused, and the content stays as it was."""
    project_id = make_project(client)
    files = {name: (None, value) for name, value in fields.items()}
    assert error_of(http.post(f"{PROJECTS}/{project_id}/content", files=files)) == expected
    assert len(blocks_of(client, project_id)) == 4


def test_a_voice_that_the_project_has_stays_good(client: ElevenLabs) -> None:
    """Several voices in a block, and headings, come back as they were sent."""
    project_id = make_project(client)
    client.studio.projects.content.update(project_id, from_content_json=json.dumps(HARBOUR[:1]))
    (listed,) = client.studio.projects.chapters.list(project_id).chapters
    heading, paragraph = client.studio.projects.chapters.get(project_id, listed.chapter_id).content.blocks
    assert heading.dict()["sub_type"] == "h1"
    assert [(node.voice_id, node.text) for node in paragraph.nodes] == [
        ("tone_low", "The boat came in at six. "),
        ("tone_high", "Nobody stood on the quay."),
    ]


def test_foreign_and_absent_projects_are_the_same(
    client: ElevenLabs, http: httpx.Client, other_http: httpx.Client
) -> None:
    """404, before anything is fetched or read."""
    project_id = make_project(client)
    files = {"from_url": (None, "http://127.0.0.1:9/")}
    foreign = other_http.post(f"{PROJECTS}/{project_id}/content", files=files)
    absent = http.post(f"{PROJECTS}/nothing/content", files=files)
    assert error_of(foreign) == error_of(absent) == (404, "project_not_found")


def test_the_sdk_says_what_is_wrong(client: ElevenLabs, monkeypatch: pytest.MonkeyPatch) -> None:
    """As callers catch it; the project can be converted as before."""
    project_id, snapshot_id = narrated(client)
    monkeypatch.setattr(joining, "REPEATED_CONVERT_S", 0)
    with pytest.raises(ApiError) as caught:
        client.studio.projects.content.update(project_id, from_document=b"%!PS-Adobe", from_url="x")
    assert caught.value.status_code == 400
    assert convert_and_wait(client, project_id) != snapshot_id
