"""Chapters, as the official SDK and others read, write, delete and convert them."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs

from rhapsode.studio.limits import MAX_JSON_BODY_BYTES

from .journeys import HARBOUR, convert_and_wait, error_of, make_project, narrated, wait_for

PROJECTS = "/v1/studio/projects"
PAGE = b"""<!doctype html><html lang="en"><head><title>Tides</title></head><body>
<h1>Rain</h1><p>It rained.</p><hr><blockquote><p>Nobody came.</p></blockquote>
<figure><figcaption>Rain on a roof.</figcaption></figure><p>Then it stopped.</p>
<h1>Snow</h1><p>It snowed all night.</p></body></html>"""
FORWARD = {"type": "tts_node", "voice_id": "tone_low"}


@pytest.fixture
def project_id(client: ElevenLabs) -> str:
    """A project of two chapters."""
    return make_project(client)


def chapter_ids(client: ElevenLabs, project_id: str) -> list[str]:
    return [chapter.chapter_id for chapter in client.studio.projects.chapters.list(project_id).chapters]


def read(http: httpx.Client, project_id: str, chapter_id: str) -> Any:
    """A chapter as it is on the wire."""
    return http.get(f"{PROJECTS}/{project_id}/chapters/{chapter_id}").raise_for_status().json()


def write(http: httpx.Client, project_id: str, chapter_id: str, blocks: list[Any]) -> Any:
    """The chapter that became of one when its content was replaced."""
    body = {"content": {"blocks": blocks}}
    answer = http.post(f"{PROJECTS}/{project_id}/chapters/{chapter_id}", json=body)
    return answer.raise_for_status().json()["chapter"]


def texts(chapter: Any) -> list[list[str]]:
    return [[node["text"] for node in block["nodes"]] for block in chapter["content"]["blocks"]]


def test_a_chapter_has_its_text(client: ElevenLabs, http: httpx.Client, project_id: str) -> None:
    """Every block with its kind, every node with its voice; the list has the same chapters without it."""
    first, second = client.studio.projects.chapters.list(project_id).chapters
    assert (first.name, second.name) == ("The Harbour", "The Hill")
    assert (first.state, first.can_be_downloaded, first.conversion_progress) == ("default", False, None)
    assert first.voice_ids == ["tone_high", "tone_low"]
    assert first.statistics is not None
    assert first.statistics.paragraphs_unconverted == 2

    chapter = client.studio.projects.chapters.get(project_id, first.chapter_id)

    assert chapter.dict(exclude={"content"}) == first.dict()
    sent = [
        [(node["text"], node["voice_id"]) for node in block["nodes"]]  # type: ignore[index]
        for block in HARBOUR[0]["blocks"]
    ]
    assert [[(node.text, node.voice_id) for node in block.nodes] for block in chapter.content.blocks] == sent
    raw = read(http, project_id, first.chapter_id)
    assert [block["sub_type"] for block in raw["content"]["blocks"]] == ["h1", "p"]


def test_a_new_chapter_is_empty_and_last(client: ElevenLabs, project_id: str) -> None:
    """Until it is given content, of several voices too."""
    created = client.studio.projects.chapters.create(project_id, name="The Sea").chapter
    assert (created.name, created.content.blocks) == ("The Sea", [])
    assert chapter_ids(client, project_id)[2:] == [created.chapter_id]

    nodes = [{"type": "tts_node", "voice_id": "tone_low", "text": "Oh. "}]
    nodes.append({"type": "tts_node", "voice_id": "tone_high", "text": "Ah."})
    content: Any = {"blocks": [{"sub_type": "h2", "nodes": nodes}]}
    updated = client.studio.projects.chapters.update(
        project_id, created.chapter_id, name="The Deep Sea", content=content
    ).chapter

    assert updated.name == "The Deep Sea"
    assert [node.text for node in updated.content.blocks[0].nodes] == ["Oh. ", "Ah."]
    assert client.studio.projects.chapters.get(project_id, created.chapter_id) == updated
    only_named = client.studio.projects.chapters.update(project_id, created.chapter_id, name="Sea").chapter
    assert only_named.content == updated.content


def test_what_was_read_can_be_written_back(client: ElevenLabs, http: httpx.Client) -> None:
    """It is the same chapter: nothing is to be converted again, and what isn't shown is still there."""
    project_id = make_project(client, from_content_json=..., from_document=PAGE)
    before = convert_and_wait(client, project_id)
    chapter_id = chapter_ids(client, project_id)[0]
    chapter = read(http, project_id, chapter_id)
    assert texts(chapter) == [["Rain"], ["It rained."], ["Nobody came."], ["Then it stopped."]]

    written = write(http, project_id, chapter_id, chapter["content"]["blocks"])

    assert written == chapter
    assert written["statistics"]["characters_unconverted"] == 0
    after = convert_and_wait(client, project_id)
    snapshots = client.studio.projects.snapshots
    audio = [b"".join(snapshots.stream(project_id, snapshot_id)) for snapshot_id in (before, after)]
    # The scene break and the caption aren't shown: without the break, the pause would be shorter.
    assert audio[0] == audio[1]


def test_an_edit_costs_only_what_was_edited(client: ElevenLabs, http: httpx.Client) -> None:
    """A block that comes back with its id keeps its audio; one without loses no more than its id."""
    project_id, _ = narrated(client)
    chapter_id = chapter_ids(client, project_id)[1]
    climbed, below = read(http, project_id, chapter_id)["content"]["blocks"]
    edited = climbed | {"nodes": [FORWARD | {"text": "They climbed on."}]}

    chapter = write(http, project_id, chapter_id, [edited, {"nodes": below["nodes"]}])

    assert [block["block_id"] for block in chapter["content"]["blocks"]] == [
        climbed["block_id"],
        below["block_id"],
    ]
    statistics = chapter["statistics"]
    assert statistics["characters_unconverted"] == len("They climbed on.")
    assert (statistics["paragraphs_converted"], statistics["paragraphs_unconverted"]) == (1, 1)
    convert_and_wait(client, project_id)
    assert read(http, project_id, chapter_id)["statistics"]["characters_unconverted"] == 0


def test_blocks_of_other_chapters_are_new_here(
    client: ElevenLabs, http: httpx.Client, project_id: str
) -> None:
    """Their ids are theirs, and their chapter keeps them."""
    first, second = chapter_ids(client, project_id)
    taken = read(http, project_id, second)["content"]["blocks"]
    chapter = write(http, project_id, first, [*taken, {"block_id": "nothing", "nodes": taken[0]["nodes"]}])
    assert texts(chapter) == [["They climbed."], ["Far below, the boat was turning."], ["They climbed."]]
    ids = {block["block_id"] for block in chapter["content"]["blocks"]}
    assert not ids & {"nothing", *(block["block_id"] for block in taken)}
    assert read(http, project_id, second)["content"]["blocks"] == taken


def test_empty_texts_are_dropped(client: ElevenLabs, http: httpx.Client, project_id: str) -> None:
    """Empty nodes and empty blocks; a space between two voices is kept, and heard as nothing."""
    chapter_id = chapter_ids(client, project_id)[0]
    empty, space, word = (FORWARD | {"text": text} for text in ("", " ", "One."))
    chapter = write(http, project_id, chapter_id, [{"nodes": [empty]}, {"nodes": [word, space, empty, word]}])
    assert texts(chapter) == [["One.", " ", "One."]]
    snapshot_id = convert_and_wait(client, project_id)
    alignments = client.studio.projects.snapshots.get(project_id, snapshot_id).character_alignments
    assert "".join(alignments[0].characters) == "One. One."


def test_a_chapter_is_converted_alone(client: ElevenLabs, project_id: str) -> None:
    """The other waits; the project has no snapshot of its own yet."""
    first, second = chapter_ids(client, project_id)
    assert client.studio.projects.chapters.convert(project_id, second).status == "ok"
    wait_for(client, project_id)
    project = client.studio.projects.get(project_id)
    states = {chapter.chapter_id: chapter for chapter in project.chapters}
    assert (states[first].can_be_downloaded, states[second].can_be_downloaded) == (False, True)
    assert states[second].conversion_progress == 1.0
    assert states[second].last_conversion_date_unix is not None
    assert states[second].last_conversion_error is None
    assert not project.can_be_downloaded


def test_a_deleted_chapter_is_nowhere(client: ElevenLabs, http: httpx.Client) -> None:
    """The project's snapshot keeps it, the next one hasn't got it."""
    project_id, snapshot_id = narrated(client)
    first, second = chapter_ids(client, project_id)
    assert client.studio.projects.chapters.delete(project_id, first).status == "ok"

    assert chapter_ids(client, project_id) == [second]
    path = f"{PROJECTS}/{project_id}/chapters/{first}"
    for response in (
        http.get(path),
        http.post(path, json={"name": "x"}),
        http.delete(path),
        http.post(f"{path}/convert"),
    ):
        assert error_of(response) == (404, "chapter_not_found")
    snapshots = client.studio.projects.snapshots
    assert len(snapshots.get(project_id, snapshot_id).character_alignments) == 2
    again = convert_and_wait(client, project_id)
    assert len(snapshots.get(project_id, again).character_alignments) == 1


def test_unknown_and_foreign_chapters_are_the_same(
    client: ElevenLabs, http: httpx.Client, other_http: httpx.Client, project_id: str
) -> None:
    """A chapter belongs to one project of one workspace; elsewhere there is none of its id."""
    chapter_id = chapter_ids(client, project_id)[0]
    other_id = make_project(client)
    for method, suffix, body in (
        ("GET", "", None),
        ("POST", "", {"name": "x"}),
        ("DELETE", "", None),
        ("POST", "/convert", None),
    ):
        path = PROJECTS + "/{}/chapters/{}" + suffix
        absent = http.request(method, path.format(project_id, "nothing"), json=body)
        elsewhere = http.request(method, path.format(other_id, chapter_id), json=body)
        foreign = other_http.request(method, path.format(project_id, chapter_id), json=body)
        assert error_of(absent) == error_of(elsewhere) == (404, "chapter_not_found")
        assert error_of(foreign) == (404, "project_not_found")
    assert error_of(other_http.get(f"{PROJECTS}/{project_id}/chapters")) == (404, "project_not_found")
    response = other_http.post(f"{PROJECTS}/{project_id}/chapters", json={"name": "x"})
    assert error_of(response) == (404, "project_not_found")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"content": {"blocks": [{"nodes": [FORWARD | {"text": "a\x00"}]}]}}, (400, "invalid_parameters")),
        ({"content": {"blocks": [{"nodes": [FORWARD | {"text": "x" * 200_001}]}]}}, (400, "text_too_long")),
        (
            {"content": {"blocks": [{"nodes": [FORWARD | {"text": "x", "voice_id": "nobody"}]}]}},
            (404, "voice_not_found"),
        ),
        ({"name": ""}, (400, "invalid_parameters")),
        ({"name": "x" * 501}, (400, "invalid_parameters")),
    ],
)
def test_content_that_can_not_be_used(
    client: ElevenLabs, http: httpx.Client, project_id: str, body: Any, expected: tuple[int, str]
) -> None:
    """Each with its code, and the chapter stays as it was."""
    chapter_id = chapter_ids(client, project_id)[0]
    before = read(http, project_id, chapter_id)
    response = http.post(f"{PROJECTS}/{project_id}/chapters/{chapter_id}", json=body)
    assert error_of(response) == expected
    assert read(http, project_id, chapter_id) == before


@pytest.mark.parametrize(
    "body",
    [
        {"content": {}},
        {"content": {"blocks": [{"nodes": [FORWARD]}]}},
        {"content": {"blocks": [{"nodes": [{"type": "_other", "text": "x"}]}]}},
        {"content": {"blocks": [{"sub_type": "h4", "nodes": []}]}},
        {"name": 7},
    ],
)
def test_content_that_does_not_fit(
    client: ElevenLabs, http: httpx.Client, project_id: str, body: Any
) -> None:
    """422, as its schema says."""
    chapter_id = chapter_ids(client, project_id)[0]
    assert http.post(f"{PROJECTS}/{project_id}/chapters/{chapter_id}", json=body).status_code == 422


def test_a_lone_surrogate_is_no_text(client: ElevenLabs, http: httpx.Client, project_id: str) -> None:
    """JSON can hold half a character; nothing that is stored or sent can."""
    chapter_id = chapter_ids(client, project_id)[0]
    body = b'{"content": {"blocks": [{"nodes": [{"type": "tts_node", "text": "\\ud83d", "voice_id": "tone_low"}]}]}}'
    path = f"{PROJECTS}/{project_id}/chapters/{chapter_id}"
    response = http.post(path, content=body, headers={"content-type": "application/json"})
    assert error_of(response) == (400, "invalid_parameters")
    response = http.post(path, content=b'{"name": "\\ud83d"}', headers={"content-type": "application/json"})
    assert error_of(response) == (400, "invalid_parameters")


def test_a_body_without_a_type_is_json(http: httpx.Client, project_id: str) -> None:
    """For every operation that takes one."""
    path = f"{PROJECTS}/{project_id}"
    created = http.post(f"{path}/chapters", content=b'{"name": "The Sea"}').json()["chapter"]
    changed = http.post(f"{path}/chapters/{created['chapter_id']}", content=b'{"name": "The Deep Sea"}')
    voices = b'"default_title_voice_id": "tone_low", "default_paragraph_voice_id": "tone_low"'
    renamed = http.post(path, content=b'{"name": "Storms", ' + voices + b"}")

    assert (created["name"], changed.json()["chapter"]["name"]) == ("The Sea", "The Deep Sea")
    assert renamed.json()["project"]["name"] == "Storms"
    assert http.post(PROJECTS, content=b'{"name": "Rain"}').json()["project"]["name"] == "Rain"


LONE = '{"nodes":[{"text":"x"}]}'


@pytest.mark.parametrize(
    ("blocks", "status"),
    [
        ([LONE] * 165_000, 400),
        (["[]"] * 2_700_000, 400),
        (["0"] * 4_000_000, 400),
        ([LONE] * 20_001, 400),
        (['{"nodes":[' + ",".join(['{"text":"x"}'] * 1_001) + "]}"], 400),
        (['{"nodes":[' + ",".join(["0"] * 1_000) + "]}"] * 3_000, 422),
    ],
    ids=["blocks", "arrays", "numbers", "one more", "nodes", "misfits"],
)
def test_no_chapter_keeps_other_requests_waiting(
    client: ElevenLabs, http: httpx.Client, project_id: str, blocks: list[str], status: int
) -> None:
    """However many blocks, nodes or misfits somebody sends in one body.

    In seconds of the processor, as on a busy machine a process waits for others too; so in others they may be more.
    """
    chapter_id = chapter_ids(client, project_id)[0]
    body = b'{"content":{"blocks":[' + ",".join(blocks).encode() + b"]}}"
    assert len(body) < MAX_JSON_BODY_BYTES
    with ThreadPoolExecutor(1) as threads:
        path = f"{PROJECTS}/{project_id}/chapters/{chapter_id}"
        update = threads.submit(http.post, path, content=body, headers={"content-type": "application/json"})
        longest_s = longest_wait_s = 0.0
        while not update.done():
            asked_at_s, began_at_s = time.monotonic(), time.process_time()
            assert http.get("/health").status_code == 200
            longest_s = max(longest_s, time.process_time() - began_at_s)
            longest_wait_s = max(longest_wait_s, time.monotonic() - asked_at_s)
    assert update.result().status_code == status
    assert len(update.result().content) < 10_000
    assert longest_s < 1.5
    assert longest_wait_s < 15


def test_new_chapters_need_a_name_and_an_address_that_answers(http: httpx.Client, project_id: str) -> None:
    """One sentence for every address that can't be used, and no chapter."""
    path = f"{PROJECTS}/{project_id}/chapters"
    assert http.post(path, json={}).status_code == 422
    assert error_of(http.post(path, json={"name": " "})) == (400, "invalid_parameters")
    response = http.post(path, json={"name": "x", "from_url": "http://127.0.0.1:9/"})
    assert error_of(response) == (400, "invalid_url")
    assert len(http.get(path).json()["chapters"]) == 2


def test_front_matter_is_not_shown(client: ElevenLabs, http: httpx.Client) -> None:
    """What isn't narrated is kept but isn't listed, so that chapters and alignments are as many."""
    text = b"TIDES\n\nby Ida Strand\n\n\nCHAPTER I\n\nIt rained.\n\n\nCHAPTER II\n\nIt snowed all night.\n"
    fields = {"name": "x", "default_paragraph_voice_id": "tone_low"}
    answer = http.post(PROJECTS, data=fields, files={"from_document": ("blob", text)}).json()
    assert [left["what"].split(":")[0] for left in answer["left_out"]] == ["1 chapter"]
    project_id = answer["project"]["project_id"]
    snapshot_id = convert_and_wait(client, project_id)
    alignments = client.studio.projects.snapshots.get(project_id, snapshot_id).character_alignments
    assert len(chapter_ids(client, project_id)) == len(alignments) == 2
