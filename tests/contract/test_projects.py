"""Projects, as the official SDK and others make, read, change, delete and convert them."""

import asyncio
import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import httpx
import pytest
from elevenlabs import AsyncElevenLabs, ElevenLabs
from elevenlabs.core.api_error import ApiError
from elevenlabs.errors import UnprocessableEntityError
from tests.factories import ThisProcess, need_espeak

from rhapsode.rendering.conversions import Rendering
from rhapsode.studio.errors import StorageFull
from rhapsode.studio.limits import MAX_CHAPTERS, MAX_NAME_CHARACTERS

from .journeys import HARBOUR, convert_and_wait, error_of, make_project, narrated, wait_for
from .probing import probed
from .running import LiveServer

PROJECTS = "/v1/studio/projects"
RACHEL = "21m00Tcm4TlvDq8ikWAM"
PAGE = b"""<!doctype html><html lang="en"><head><title>Tides</title><meta name="author" content="Ida Strand"></head>
<body><h1>Rain</h1><p>It rained.</p><figure><figcaption>Rain on a roof.</figcaption></figure>
<h1>Snow</h1><p>It snowed all night.</p></body></html>"""
MARKDOWN = b"# Rain\n\nIt rained.\n\n# Snow\n\nIt *snowed* all night.\n"


def names(client: ElevenLabs, project_id: str) -> list[str]:
    return [chapter.name for chapter in client.studio.projects.get(project_id).chapters]


def test_a_project_of_content(client: ElevenLabs) -> None:
    """Every field of the form comes back, from the answer, from the list and from the project itself."""
    fields: dict[str, Any] = {
        "default_title_voice_id": "tone_high",
        "default_model_id": "eleven_flash_v2_5",
        "quality_preset": "high",
        "title": "The Tides",
        "author": "Ida Strand",
        "description": "Of boats.",
        "genres": ["Sea", "Novel"],
        "target_audience": "all ages",
        "language": "en",
        "content_type": "Novel",
        "original_publication_date": "1990-05-01",
        "mature_content": False,
        "isbn_number": "0-306-40615-2",
        "acx_volume_normalization": True,
        "fiction": "fiction",
        "apply_text_normalization": "off",
        "source_type": "book",
    }
    project_id = make_project(client, **fields)

    whole = client.studio.projects.get(project_id)
    (listed,) = client.studio.projects.list().projects

    told_elsewhere = ("quality_preset", "acx_volume_normalization", "apply_text_normalization")
    same = {key: value for key, value in fields.items() if key not in told_elsewhere}
    for project in (whole, listed):
        assert {key: getattr(project, key) for key in same} == same
        assert project.name == "Tides"
        assert project.volume_normalization is True
        assert project.state == "default"
        assert project.can_be_downloaded is False
        assert project.last_conversion_date_unix is None
        assert project.creation_meta is not None
        assert project.creation_meta.status == "finished"
    assert whole.quality_preset == "high"
    assert whole.apply_text_normalization == "off"
    assert [chapter.name for chapter in whole.chapters] == ["The Harbour", "The Hill"]


def test_voices_have_a_name_of_their_own_in_each_project(client: ElevenLabs) -> None:
    """The ids by which nodes and defaults refer to voices are listed, stay, and belong to one project."""
    first, second = make_project(client), make_project(client)
    project = client.studio.projects.get(first)

    refs = {voice.voice_id: voice.project_voice_ref_id for voice in project.voices}
    assert [(voice.voice_id, voice.alias) for voice in project.voices] == [
        ("tone_low", "Tone Low"),
        ("tone_high", "Tone High"),
    ]
    assert project.default_title_voice_ref_id == refs["tone_low"]
    assert {len(ref) for ref in refs.values()} == {20}
    chapter = client.studio.projects.chapters.get(first, project.chapters[0].chapter_id)
    nodes = [node for block in chapter.content.blocks for node in block.nodes]
    assert [node.project_voice_ref_id for node in nodes] == [refs[node.voice_id] for node in nodes]
    others = {voice.project_voice_ref_id for voice in client.studio.projects.get(second).voices}
    assert not others & set(refs.values())
    assert client.studio.projects.get(first).voices == project.voices


def test_a_blank_project(client: ElevenLabs) -> None:
    """A name is enough: no chapters, the first voice of English, and every default."""
    created = client.studio.projects.create(name="Blank").project
    whole = client.studio.projects.get(created.project_id)
    assert whole.chapters == []
    assert whole.quality_preset == "standard"
    assert whole.default_model_id == "eleven_multilingual_v2"
    assert created.default_paragraph_voice_id == created.default_title_voice_id != ""
    assert client.voices.get(created.default_title_voice_id).name == whole.voices[0].alias


def test_a_blank_project_converts_to_a_snapshot_of_nothing(client: ElevenLabs) -> None:
    """As one without any text does."""
    project_id = client.studio.projects.create(
        name="Blank", default_title_voice_id="tone_low"
    ).project.project_id
    client.studio.projects.chapters.create(project_id, name="Empty")
    snapshot_id = convert_and_wait(client, project_id)
    snapshot = client.studio.projects.snapshots.get(project_id, snapshot_id)
    assert snapshot.character_alignments == []


def test_a_premade_voice_stays_what_the_client_calls_it(client: ElevenLabs) -> None:
    """Scripts compare the ids that they sent."""
    content = [
        {"name": "x", "blocks": [{"nodes": [{"type": "tts_node", "voice_id": RACHEL, "text": "Hello."}]}]}
    ]
    project_id = make_project(client, content, default_title_voice_id=RACHEL)
    project = client.studio.projects.get(project_id)
    assert project.default_title_voice_id == RACHEL
    assert "Rachel" in [voice.alias for voice in project.voices]
    chapter = client.studio.projects.chapters.get(project_id, project.chapters[0].chapter_id)
    assert chapter.content.blocks[0].nodes[0].voice_id == RACHEL


@pytest.mark.parametrize(
    ("document", "title", "chapters"),
    [
        (PAGE, "Tides", ["Rain", "Snow"]),
        (("upload", PAGE, "application/octet-stream"), "Tides", ["Rain", "Snow"]),
        (("tides.txt", PAGE, "text/plain"), "Tides", ["Rain", "Snow"]),
        (("tides.pdf", io.BytesIO(PAGE)), "Tides", ["Rain", "Snow"]),
        (MARKDOWN, "Rain", ["Rain", "Snow"]),
        (b"<h1>Rain</h1><p>It rained.</p><h1>Snow</h1><p>It snowed all night.</p>", "Rain", ["Rain", "Snow"]),
    ],
    ids=["page", "octets", "named text", "named pdf", "markdown", "fragment"],
)
def test_a_document_is_what_it_holds(
    client: ElevenLabs, document: Any, title: str, chapters: list[str]
) -> None:
    """Whatever the client calls it: SDKs send "upload" and no type."""
    project_id = make_project(client, from_content_json=..., from_document=document)
    project = client.studio.projects.get(project_id)
    assert (project.name, project.title) == ("Tides", title)
    assert [chapter.name for chapter in project.chapters] == chapters
    content = client.studio.projects.chapters.get(project_id, project.chapters[1].chapter_id).content
    assert [node.text for block in content.blocks for node in block.nodes] == ["Snow", "It snowed all night."]


def test_a_plain_text_document(client: ElevenLabs) -> None:
    """Without any sign of what it is, it is text."""
    project_id = make_project(client, from_content_json=..., from_document=b"It rained.\n\nNobody came.")
    (chapter,) = client.studio.projects.get(project_id).chapters
    assert chapter.statistics is not None
    assert chapter.statistics.paragraphs_unconverted == 2


def test_what_is_not_heard_is_told(http: httpx.Client) -> None:
    """Of the document, and of the form; the answer has it beside the project."""
    fields = {
        "name": "Tides",
        "create_publishing_read": "true",
    }
    answer = http.post(PROJECTS, data=fields, files={"from_document": ("blob", PAGE)}).json()
    told = {omission["what"]: omission["reason"] for omission in answer["left_out"]}
    assert set(told) == {"1 caption", "create_publishing_read"}
    assert "no app" in told["create_publishing_read"]


def test_the_asynchronous_sdk(async_client: AsyncElevenLabs, client: ElevenLabs) -> None:
    """Makes, converts and deletes a project like the other."""

    async def journey() -> str:
        created = await async_client.studio.projects.create(
            name="Tides", from_content_json=json.dumps(HARBOUR)
        )
        await async_client.studio.projects.convert(created.project.project_id)
        return str(created.project.project_id)

    project_id = asyncio.run(journey())
    assert names(client, project_id) == ["The Harbour", "The Hill"]
    wait_for(client, project_id)
    assert client.studio.projects.get(project_id).can_be_downloaded


def test_other_ways_to_send_a_form(http: httpx.Client, client: ElevenLabs) -> None:
    """Urlencoded and JSON bodies make the same project; in JSON the content need not be text."""
    fields = {"name": "Tides", "genres": ["a", "b"], "mature_content": "true", "language": "en"}
    content = json.dumps(HARBOUR)
    sent = [
        http.post(PROJECTS, data={**fields, "from_content_json": content}),
        http.post(PROJECTS, data={**fields, "from_content_json": content}, files={"x": ("x", b"")}),
        http.post(PROJECTS, json={**fields, "from_content_json": content}),
        http.post(PROJECTS, json={**fields, "mature_content": True, "from_content_json": HARBOUR}),
    ]
    for response in sent:
        project = response.json()["project"]
        assert (project["name"], project["genres"]) == ("Tides", ["a", "b"])
        assert project["mature_content"] is True
        assert names(client, project["project_id"]) == ["The Harbour", "The Hill"]


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "x", "from_document": "no file"},
        {"name": "x", **{f"field {number}": "" for number in range(1_000)}},
    ],
)
def test_an_urlencoded_form_has_no_file_and_a_thousand_fields_at_most(
    http: httpx.Client, fields: dict[str, str]
) -> None:
    """Of what is too much nothing is made."""
    response = http.post(PROJECTS, data=fields)
    assert response.status_code == 400
    assert set(response.json()["detail"]) >= {"code", "message"}
    assert http.get(PROJECTS).json() == {"projects": []}


WHOLE = (
    '--cut\r\ncontent-disposition: form-data; name="name"\r\n\r\nTides\r\n'
    '--cut\r\ncontent-disposition: form-data; name="from_document"; filename="t.txt"\r\n\r\nIt rained.\r\n--cut--'
)


@pytest.mark.parametrize("left", [len(WHOLE) - 1, len(WHOLE) - 7, len(WHOLE) - 15, 80])
def test_a_form_that_was_cut_is_no_form(http: httpx.Client, client: ElevenLabs, left: int) -> None:
    """Its end is missing though its length is right: nobody gets a project without the document they sent."""
    headers = {"content-type": "multipart/form-data; boundary=cut"}
    refused = http.post("/v1/studio/projects", content=WHOLE[:left], headers=headers)
    assert error_of(refused) == (400, "invalid_parameters")
    assert "too early" in refused.json()["detail"]["message"]
    assert client.studio.projects.list().projects == []

    assert http.post("/v1/studio/projects", content=WHOLE, headers=headers).status_code == 200


def test_a_wrong_voice_is_refused_before_the_document_is_read(http: httpx.Client) -> None:
    """What is no document either is told of its voice first."""
    fields = {"name": "Tides", "default_paragraph_voice_id": "nobody"}
    refused = http.post(
        "/v1/studio/projects", data=fields, files={"from_document": ("t.epub", b"PK no book")}
    )
    assert error_of(refused) == (404, "voice_not_found")


def test_what_was_left_empty_in_a_form_was_not_said(http: httpx.Client) -> None:
    """Empty fields and files, as browsers send them; unknown fields mean nothing."""
    fields = {
        "name": "Tides",
        "title": "",
        "language": "",
        "from_url": "",
        "quality_preset": "",
        "later": "1",
    }
    response = http.post(PROJECTS, data=fields, files={"unknown": ("", b"")})
    assert response.json()["project"]["title"] is None


def test_a_file_that_nobody_chose(http: httpx.Client) -> None:
    """A browser sends a part without a name and without content: it is no document."""
    body = (
        b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nTides\r\n'
        b'--x\r\nContent-Disposition: form-data; name="from_document"; filename=""\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\r\n--x--\r\n"
    )
    response = http.post(PROJECTS, content=body, headers={"content-type": "multipart/form-data; boundary=x"})
    assert response.json()["project"]["name"] == "Tides"


def test_many_documents_at_once(client: ElevenLabs, http: httpx.Client) -> None:
    """Imports wait for each other, and other requests don't wait for them."""
    with ThreadPoolExecutor(4) as threads:
        made = [
            threads.submit(make_project, client, from_content_json=..., from_document=PAGE) for _ in range(4)
        ]
        while not all(future.done() for future in made):
            assert http.get(PROJECTS, timeout=5).status_code == 200
    assert {tuple(names(client, future.result())) for future in made} == {("Rain", "Snow")}


def test_auto_convert(client: ElevenLabs) -> None:
    """The project is converted without being asked for it."""
    project_id = make_project(client, auto_convert=True)
    wait_for(client, project_id)
    assert client.studio.projects.get(project_id).can_be_downloaded


def test_what_can_not_be_converted_is_not_made(http: httpx.Client) -> None:
    """A project that was to be converted at once, in a language that its voice doesn't speak, is refused."""
    need_espeak()
    voices = http.get("/v1/voices").json()["voices"]
    german = next(voice["voice_id"] for voice in voices if voice["labels"].get("language") == "de")
    fields = {"name": "x", "language": "xx", "auto_convert": "true", "default_title_voice_id": german}
    response = http.post(PROJECTS, data={**fields, "from_content_json": content(voice_id=german)})
    assert error_of(response) == (400, "language_not_supported")
    assert http.get(PROJECTS).json() == {"projects": []}


class FullDisk(Rendering):
    """Conversions of an installation that has no room for one more."""

    def request_conversion(self, *_args: Any, **_options: Any) -> NoReturn:
        """See Rendering."""
        raise StorageFull


def test_a_conversion_that_fails_to_begin_leaves_no_project(server: LiveServer, http: httpx.Client) -> None:
    """Whatever the reason is: a client that tries again would have the project twice."""
    studio = server.studio
    rendering = FullDisk(studio.records, studio.blobs, ThisProcess(1))
    fields = {"name": "x", "auto_convert": "true", "from_content_json": content()}
    with probed(server, rendering=rendering) as url:
        response = http.post(f"{url}{PROJECTS}", data=fields)

    assert error_of(response) == (507, "storage_full")
    assert http.get(PROJECTS).json() == {"projects": []}


def entry_zip(name: str) -> bytes:
    """A zip archive with one entry."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, "x")
    return packed.getvalue()


def content(**node: object) -> str:
    return json.dumps([{"name": "A", "blocks": [{"nodes": [{"type": "tts_node", "text": "x", **node}]}]}])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"genres": "\x00"}, (400, "invalid_parameters")),
        ({"genres": "x" * (MAX_NAME_CHARACTERS + 1)}, (400, "invalid_parameters")),
        ({"content_type": "a\x07b"}, (400, "invalid_parameters")),
        ({"from_content_json": "[{"}, (400, "malformed_json")),
        ({"from_content_json": "[" * 100_000}, (400, "malformed_json")),
        ({"from_content_json": '[{"name": "\\ud83d", "blocks": []}]'}, (400, "malformed_json")),
        ({"from_content_json": content(text="\x00")}, (400, "invalid_parameters")),
        ({"from_content_json": content(text="x" * 200_001)}, (400, "text_too_long")),
        ({"from_content_json": content(voice_id="nobody")}, (404, "voice_not_found")),
        (
            {"from_content_json": json.dumps([{"blocks": []}] * (MAX_CHAPTERS + 1))},
            (400, "invalid_parameters"),
        ),
        ({"from_content_json": "[]", "from_url": "https://example.org"}, (400, "invalid_parameters")),
        ({"from_url": "http://127.0.0.1:9/"}, (400, "invalid_url")),
        ({"from_url": "tides.html"}, (400, "invalid_url")),
        ({"callback_url": "ftp://127.0.0.1/"}, (400, "invalid_url")),
        ({"voice_settings": "{"}, (400, "malformed_json")),
        ({"voice_settings": '{"voice_id": "nobody"}'}, (404, "voice_not_found")),
        ({"voice_settings": json.dumps([{"voice_id": "tone_low"}] * 201)}, (400, "invalid_parameters")),
        ({"pronunciation_dictionary_locators": "nothing"}, (400, "malformed_json")),
        (
            {"pronunciation_dictionary_locators": '{"pronunciation_dictionary_id": "nothing"}'},
            (404, "pronunciation_dictionary_not_found"),
        ),
        ({"from_document": "text"}, (400, "invalid_file_type")),
        ({"name": "x" * 501}, (400, "invalid_parameters")),
        ({"name": " "}, (400, "invalid_parameters")),
        ({"title": "a\x07"}, (400, "invalid_parameters")),
        ({"default_title_voice_id": "nobody"}, (404, "voice_not_found")),
        ({"default_model_id": "gpt"}, (400, "model_not_found")),
    ],
)
def test_fields_that_can_not_be_used(
    http: httpx.Client, fields: dict[str, Any], expected: tuple[int, str]
) -> None:
    """Each with its code and a sentence, and nothing is made."""
    response = http.post(PROJECTS, data={"name": "x", **fields}, files={"x": ("", b"")})
    assert error_of(response) == expected
    assert len(response.json()["detail"]["message"]) > 10
    assert http.get(PROJECTS).json() == {"projects": []}


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({}, ["body", "name"]),
        ({"name": "x", "quality_preset": "best"}, ["body", "quality_preset"]),
        ({"name": "x", "language": "eng"}, ["body", "language"]),
        ({"name": "x", "mature_content": "perhaps"}, ["body", "mature_content"]),
        ({"name": "x", "original_publication_date": "May 1990"}, ["body", "original_publication_date"]),
        ({"name": "x", "voice_settings": '{"speed": 1}'}, ["body", "voice_settings", 0, "voice_id"]),
        ({"name": "x", "voice_settings": "[[]]"}, ["body", "voice_settings", 0]),
        (
            {"name": "x", "pronunciation_dictionary_locators": ["[]", "[{}]"]},
            ["body", "pronunciation_dictionary_locators", 0, "pronunciation_dictionary_id"],
        ),
        ({"name": "x", "from_content_json": '{"name": "A"}'}, ["body", "from_content_json"]),
        ({"name": "x", "from_content_json": '[{"name": "A"}]'}, ["body", "from_content_json", 0, "blocks"]),
        (
            {"name": "x", "from_content_json": content(type="sound_node")},
            ["body", "from_content_json", 0, "blocks", 0, "nodes", 0, "type"],
        ),
        ({"name": "x", "from_content_json": '[{"blocks": [{"nodes": [], "sub_type": "h4"}]}]'}, None),
    ],
)
def test_fields_that_do_not_fit(
    http: httpx.Client, fields: dict[str, Any], place: list[object] | None
) -> None:
    """422 with the place of what doesn't fit, as the framework of the original says it."""
    response = http.post(PROJECTS, data=fields, files={"x": ("", b"")})
    assert response.status_code == 422
    problem = response.json()["detail"][0]
    assert set(problem) >= {"type", "loc", "msg", "input"}
    assert "url" not in problem
    assert place is None or problem["loc"] == place


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b" \n",
        b"%PDF-1.4",
        b"{\\rtf1",
        b"\x89PNG\r\n",
        b"PK\x03\x04",
        entry_zip("word/document.xml"),
        b"<?xml version='1.0'?><svg/>",
        b"\x00\x01\x02\x03" * 100,
    ],
)
def test_documents_that_can_not_be_imported(http: httpx.Client, document: bytes) -> None:
    """400 with the import's sentence, never a status that makes an SDK try again."""
    response = http.post(PROJECTS, data={"name": "x"}, files={"from_document": ("upload", document)})
    assert error_of(response) == (400, "invalid_file_type")
    assert len(response.json()["detail"]["message"]) > 10
    assert http.get(PROJECTS).json() == {"projects": []}


def test_two_sources_at_once(client: ElevenLabs) -> None:
    """Nobody can say which was meant."""
    with pytest.raises(ApiError) as caught:
        make_project(client, from_document=PAGE)
    assert caught.value.status_code == 400


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=x", b"nonsense"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nTi'),
        ("multipart/form-data", b"--x--"),
        ("application/json", b"{"),
        ("application/json", b"[" * 100_000),
        ("application/json", b'["name"]'),
    ],
)
def test_bodies_that_can_not_be_read(http: httpx.Client, content_type: str, body: bytes) -> None:
    """Are the caller's fault, and said to be."""
    response = http.post(PROJECTS, content=body, headers={"content-type": content_type})
    assert response.status_code in (400, 422)


def test_a_body_of_no_known_kind(http: httpx.Client) -> None:
    """Has no name, and that is said."""
    response = http.post(PROJECTS, content=b"name=x", headers={"content-type": "text/plain"})
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body", "name"]


def test_a_long_content_json(client: ElevenLabs) -> None:
    """A novel as one field of a form is longer than the framework lets a field be."""
    blocks = [
        {"sub_type": "p", "nodes": [{"type": "tts_node", "voice_id": "tone_low", "text": "It rained. " * 20}]}
    ]
    project_id = make_project(client, [{"name": str(number), "blocks": blocks * 100} for number in range(60)])
    assert len(names(client, project_id)) == 60


def test_an_update(client: ElevenLabs) -> None:
    """Changes what it says, keeps the rest, and a new default voice leaves text to convert."""
    blocks = [{"nodes": [{"type": "tts_node", "text": "It rained."}]}]
    project_id, _ = narrated(client, [{"name": "Rain", "blocks": blocks}], title="T", author="A. Writer")
    (chapter,) = client.studio.projects.get(project_id).chapters
    assert chapter.statistics is not None
    assert chapter.statistics.characters_converted == len("It rained.")

    updated = client.studio.projects.update(
        project_id,
        name="Ebb",
        default_title_voice_id="tone_low",
        default_paragraph_voice_id="tone_high",
        author="Ida Strand",
    ).project

    assert (updated.name, updated.title, updated.author) == ("Ebb", "T", "Ida Strand")
    whole = client.studio.projects.get(project_id)
    assert whole.default_paragraph_voice_id == "tone_high"
    assert whole.chapters[0].statistics is not None
    assert whole.chapters[0].statistics.characters_unconverted == len("It rained.")
    assert whole.can_be_downloaded


def test_an_update_needs_its_fields_and_a_voice(client: ElevenLabs, http: httpx.Client) -> None:
    """422 without what the contract requires, 404 for a voice nobody has."""
    project_id = make_project(client)
    response = http.post(f"{PROJECTS}/{project_id}", json={"name": "Ebb"})
    assert response.status_code == 422
    body = {"name": "Ebb", "default_title_voice_id": "nobody", "default_paragraph_voice_id": "tone_low"}
    assert error_of(http.post(f"{PROJECTS}/{project_id}", json=body)) == (404, "voice_not_found")
    assert client.studio.projects.get(project_id).name == "Tides"


def test_a_deleted_project_is_nowhere(client: ElevenLabs, http: httpx.Client) -> None:
    """Not in the list, and 404 for everything about it, its snapshots too."""
    project_id, snapshot_id = narrated(client)
    chapter_id = client.studio.projects.get(project_id).chapters[0].chapter_id
    assert client.studio.projects.delete(project_id).status == "ok"

    assert client.studio.projects.list().projects == []
    path = f"{PROJECTS}/{project_id}"
    update = {"name": "x", "default_title_voice_id": "tone_low", "default_paragraph_voice_id": "tone_low"}
    asked = [
        http.get(path),
        http.post(path, json=update),
        http.delete(path),
        http.post(f"{path}/convert"),
        http.get(f"{path}/chapters"),
        http.post(f"{path}/chapters", json={"name": "x"}),
        http.get(f"{path}/chapters/{chapter_id}"),
        http.post(f"{path}/chapters/{chapter_id}", json={"name": "x"}),
        http.delete(f"{path}/chapters/{chapter_id}"),
        http.post(f"{path}/chapters/{chapter_id}/convert"),
        http.get(f"{path}/snapshots"),
        http.get(f"{path}/snapshots/{snapshot_id}"),
        http.post(f"{path}/snapshots/{snapshot_id}/archive"),
        http.get(f"{path}/chapters/{chapter_id}/snapshots"),
    ]
    assert {response.status_code for response in asked} == {404}
    assert error_of(asked[0]) == (404, "project_not_found")


def test_deleting_stops_a_conversion(client: ElevenLabs, http: httpx.Client) -> None:
    """And whatever still runs of it brings nothing back."""
    project_id = make_project(client)
    client.studio.projects.convert(project_id)
    client.studio.projects.delete(project_id)
    other_id = make_project(client)
    convert_and_wait(client, other_id)
    assert error_of(http.get(f"{PROJECTS}/{project_id}")) == (404, "project_not_found")


def test_unknown_and_foreign_projects_are_the_same(
    client: ElevenLabs, http: httpx.Client, other_http: httpx.Client
) -> None:
    """Nobody learns whether an id exists elsewhere, and nobody's list has what is another's."""
    project_id = make_project(client)
    update = {"name": "x", "default_title_voice_id": "tone_low", "default_paragraph_voice_id": "tone_low"}
    for method, path, body in (
        ("GET", f"{PROJECTS}/{{}}", None),
        ("POST", f"{PROJECTS}/{{}}", update),
        ("DELETE", f"{PROJECTS}/{{}}", None),
        ("POST", f"{PROJECTS}/{{}}/convert", None),
    ):
        foreign = other_http.request(method, path.format(project_id), json=body)
        absent = http.request(method, path.format("nothing"), json=body)
        assert error_of(foreign) == error_of(absent) == (404, "project_not_found")
        sentences = [r.json()["detail"]["message"] for r in (foreign, absent)]
        assert sentences[0].replace(project_id, "nothing") == sentences[1]
    assert other_http.get(PROJECTS).json() == {"projects": []}
    assert names(client, project_id) == ["The Harbour", "The Hill"]


def test_projects_are_listed_newest_first(client: ElevenLabs) -> None:
    """All of them: the contract has no pages here."""
    made = [client.studio.projects.create(name=str(number)).project.project_id for number in range(5)]
    assert [project.project_id for project in client.studio.projects.list().projects] == made[::-1]


def test_nothing_without_a_key(anonymous: httpx.Client, client: ElevenLabs) -> None:
    """Neither to read nor to make; the body isn't looked at."""
    project_id = make_project(client)
    for method, path in (
        ("GET", PROJECTS),
        ("POST", PROJECTS),
        ("GET", f"{PROJECTS}/{project_id}"),
        ("POST", f"{PROJECTS}/{project_id}"),
        ("DELETE", f"{PROJECTS}/{project_id}"),
        ("POST", f"{PROJECTS}/{project_id}/convert"),
    ):
        assert error_of(anonymous.request(method, path)) == (401, "needs_authorization")
    assert names(client, project_id) == ["The Harbour", "The Hill"]


def test_a_misfit_is_an_error_of_its_own_in_the_sdk(client: ElevenLabs) -> None:
    """As callers catch it."""
    with pytest.raises(UnprocessableEntityError):
        client.studio.projects.create(name="x", language="english")
