"""Voices that a workspace makes of files: created, listed, spoken with, edited, deleted, and nobody else's."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError
from tests.factories import need_espeak
from tests.kokoro_graphs import kokoro_files
from tests.loopback import answering, reply
from tests.speech_servers import engines_anew
from tests.voice_graphs import VoiceFiles, piper_voice

from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.voice_files import voice_file_key
from rhapsode.voices.catalogue import open_catalogue

from .asking import get_anew, raw_http
from .journeys import convert_and_wait, error_of, make_project
from .running import LiveServer
from .speaking import speak

DAY_MS = 24 * 3600 * 1000
LABELS = {"gender": "female", "age": "young", "accent": "american"}


@pytest.fixture
def files() -> VoiceFiles:
    """A small Piper voice."""
    return piper_voice()


def contents(paths: Sequence[Path]) -> list[tuple[str, tuple[str, bytes]]]:
    """Files of a form."""
    return [("files", (path.name, path.read_bytes())) for path in paths]


def add(http: httpx.Client, paths: Sequence[Path], **fields: str) -> httpx.Response:
    """Send files to be a voice."""
    return http.post("/v1/voices/add", data={"name": "Ida"} | fields, files=contents(paths))


def make(http: httpx.Client, files: VoiceFiles, **fields: str) -> str:
    """A voice of a Piper voice's files; its id."""
    response = add(http, [files.model, files.config], **fields)
    assert response.status_code == 200, response.text
    return str(response.json()["voice_id"])


def create(client: ElevenLabs, files: VoiceFiles) -> str:
    """The same by the official SDK."""
    made = client.voices.ivc.create(
        name="Ida Strand",
        files=[files.model.read_bytes(), files.config.read_bytes()],
        description="Reads the tide tables.",
        labels=LABELS,
    )
    assert not made.requires_verification
    return str(made.voice_id)


def found(http: httpx.Client, **query: Any) -> list[str]:
    """Ids of the voices that a search finds."""
    page = http.get("/v2/voices", params={"page_size": 100} | query).json()
    return [voice["voice_id"] for voice in page["voices"]]


def test_a_piper_voice_becomes_a_voice_of_the_workspace(
    client: ElevenLabs, http: httpx.Client, files: VoiceFiles
) -> None:
    """By the official SDK, whose bytes have no names: it says whose it is, since when, and what it speaks."""
    voice_id = create(client, files)

    voice = client.voices.get(voice_id)

    assert (voice.name, voice.description, voice.category) == (
        "Ida Strand",
        "Reads the tide tables.",
        "generated",
    )
    assert voice.is_owner
    assert voice.created_at_unix is not None
    assert voice.samples is None
    assert voice.labels == LABELS | {"language": "en"}
    assert [(each.language, each.locale) for each in voice.verified_languages or ()] == [("en", "en-US")]
    assert voice.preview_url is not None
    listed = http.get(f"/v1/voices/{voice_id}").json()
    assert (listed["engine"], listed["license"], listed["commercial_use"]) == ("piper", "", "unknown")


def test_own_voices_are_found_by_what_they_are(http: httpx.Client, files: VoiceFiles) -> None:
    """By type, category, language, label and time; those that are installed are of the other types."""
    first, second = (make(http, files, name=name, labels=json.dumps(LABELS)) for name in ("Zoe", "Ada"))

    for query in (
        {"voice_type": "personal"},
        {"voice_type": "non-default"},
        {"category": "generated"},
        {"sort": "created_at_unix", "sort_direction": "desc", "page_size": 2},
    ):
        assert set(found(http, **query)) == {first, second}, query
    assert found(http, voice_type="personal", sort="name") == [second, first]
    assert found(http, search="zoe") == [first]
    for query in ({"voice_type": "default"}, {"category": "premade"}, {"voice_type": "community"}):
        assert not {first, second} & set(found(http, **query)), query
    assert first in found(http, language="en-US", gender="female")
    assert first not in found(http, language="de")
    # The newest comes last when nothing else is said of the order.
    assert found(http, sort="created_at_unix")[-2:] in ([first, second], [second, first])


def test_other_workspaces_never_see_it(
    http: httpx.Client, other_http: httpx.Client, files: VoiceFiles
) -> None:
    """Neither in lists nor by its id or name, whatever is asked of it: it is as absent as any."""
    voice_id = make(http, files, name="Ida of the Pier")
    ids = {voice["voice_id"] for voice in other_http.get("/v1/voices").json()["voices"]}
    assert voice_id not in ids
    assert found(other_http, voice_ids=[voice_id]) == []

    for absent in (voice_id, "0" * 20):
        path = f"/v1/voices/{absent}"
        for response in (
            other_http.get(path),
            other_http.get(f"{path}/settings"),
            other_http.delete(path),
            other_http.post(f"{path}/edit", files={"name": (None, "Mine")}),
            other_http.post(f"/rhapsode/v1/voices/{absent}/restore"),
            other_http.delete(f"/rhapsode/v1/voices/{absent}/links/preview"),
            other_http.post(f"/v1/text-to-speech/{absent}", json={"text": "Hello."}),
            other_http.post(
                "/v1/studio/projects", json={"name": "Tides", "default_paragraph_voice_id": absent}
            ),
        ):
            assert error_of(response) == (404, "voice_not_found"), response.request.url
    assert (
        other_http.post("/v1/text-to-speech/Ida%20of%20the%20Pier", json={"text": "Hello."}).status_code
        == 404
    )
    assert http.get(f"/v1/voices/{voice_id}").json()["name"] == "Ida of the Pier"


def test_each_workspace_can_make_one_of_the_same_files(
    http: httpx.Client, other_http: httpx.Client, files: VoiceFiles
) -> None:
    """Two voices, of one file in the store."""
    first, second = make(http, files, name="A"), make(other_http, files, name="B")

    assert first != second
    assert other_http.get(f"/v1/voices/{second}").json()["name"] == "B"


def test_it_speaks(client: ElevenLabs, http: httpx.Client, files: VoiceFiles) -> None:
    """A text, with the times of all its characters, and a project."""
    voice_id = make(http, files)
    text = "The tide is low."

    timed = client.text_to_speech.convert_with_timestamps(voice_id, text=text)
    assert timed.alignment is not None
    assert "".join(timed.alignment.characters) == text
    ends = timed.alignment.character_end_times_seconds
    assert 0.3 < ends[-1] < 5
    assert list(ends) == sorted(ends)
    preview = get_anew(str(client.voices.get(voice_id).preview_url))
    assert (preview.status_code, preview.headers["content-type"]) == (200, "audio/mpeg")
    assert len(preview.content) > 10_000
    item = client.history.get(speak(http, text, voice_id=voice_id))
    assert (item.voice_id, item.voice_name, item.voice_category) == (voice_id, "Ida", "generated")

    project_id = make_project(client, default_title_voice_id=voice_id, default_paragraph_voice_id=voice_id)
    convert_and_wait(client, project_id)
    assert client.studio.projects.get(project_id).can_be_downloaded
    (chapter, *_) = (i for i in client.history.list().history if i.source == "Projects")
    assert (chapter.voice_name, chapter.voice_category) == ("Ida", "generated")


def test_it_is_edited_deleted_and_restored_as_others_are(
    client: ElevenLabs, http: httpx.Client, files: VoiceFiles
) -> None:
    """Its files stay, so that it speaks again."""
    voice_id = make(http, files)
    client.voices.update(voice_id, name="Ida the Elder", labels={"age": "old"})
    assert client.voices.get(voice_id).labels == {"age": "old"}

    assert client.voices.delete(voice_id).status == "ok"
    assert error_of(http.get(f"/v1/voices/{voice_id}")) == (404, "voice_not_found")
    assert http.post(f"/rhapsode/v1/voices/{voice_id}/restore").status_code == 200

    assert client.voices.get(voice_id).name == "Ida the Elder"
    assert speak(http, "Here again.", voice_id=voice_id)


def test_a_file_of_several_speakers_makes_several_voices(http: httpx.Client) -> None:
    """Or one, where it says which."""
    several = piper_voice(speakers=3)
    made = add(http, [several.model, several.config]).json()
    assert made["voice_ids"][0] == made["voice_id"]
    names = [http.get(f"/v1/voices/{voice_id}").json()["name"] for voice_id in made["voice_ids"]]
    assert [name.rsplit(maxsplit=1)[-1] for name in names] == ["p225", "p226", "p227"]
    assert len({speak(http, "One of three.", voice_id=voice_id) for voice_id in made["voice_ids"]}) == 3

    one = add(http, [several.model, several.config], speaker="p226").json()
    assert one["voice_ids"] == [one["voice_id"]]
    assert http.get(f"/v1/voices/{one['voice_id']}").json()["name"] == "Ida"
    none = add(http, [several.model, several.config], speaker="p999")
    assert error_of(none) == (400, "invalid_voice")
    assert "'p225'" in none.json()["detail"]["message"]


def test_the_voices_of_a_kokoro_are_made_together(http: httpx.Client) -> None:
    """Each with the name, the gender and the accent that its styles say."""
    kokoro = kokoro_files()
    made = add(http, [kokoro.model, kokoro.styles]).json()

    voices = [http.get(f"/v1/voices/{voice_id}").json() for voice_id in made["voice_ids"]]
    accents = {voice["name"]: voice["labels"]["accent"] for voice in voices}
    assert accents["Ida af_heart"] == "american"
    assert len(accents) == len(voices) > 1


def test_what_may_be_sold_is_for_who_sends_it_to_say(http: httpx.Client, files: VoiceFiles) -> None:
    """Only then is it a voice that stands for others."""
    rachel = "/v1/voices/21m00Tcm4TlvDq8ikWAM"
    make(http, files, name="Unsaid", labels=json.dumps(LABELS))
    assert "Unsaid" not in http.get(rachel).json()["description"]

    voice_id = make(http, files, labels=json.dumps(LABELS), license="CC0-1.0", description="Ida!")

    voice = http.get(f"/v1/voices/{voice_id}").json()
    assert (voice["license"], voice["commercial_use"]) == ("CC0-1.0", "yes")
    assert http.get(rachel).json()["description"] == "Answered by Ida!"
    forbidden = make(http, files, license="CC0-1.0", commercial_use="no")
    assert http.get(f"/v1/voices/{forbidden}").json()["commercial_use"] == "no"
    assert add(http, [files.model, files.config], commercial_use="perhaps").status_code == 422


def test_what_is_no_voice_is_refused_and_leaves_nothing(
    server: LiveServer, http: httpx.Client, files: VoiceFiles, tmp_path: Path
) -> None:
    """Each with one sentence that says what is missing."""
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(files.model.read_bytes()[:200])
    elsewhere = tmp_path / "else.onnx.json"
    elsewhere.write_text('{"a": 1}')
    temporary = server.studio.blobs.temporary_directory()
    before = sorted(temporary.iterdir())
    for paths, said in (
        ([files.model], ".onnx.json"),
        ([files.config], ".onnx"),
        ([files.model, files.config, files.model], "no voice"),
        ([broken, files.config], "model"),
        ([files.model, elsewhere], "config"),
        ([], "files"),
    ):
        refused = add(http, paths)
        assert error_of(refused) == (400, "invalid_voice"), refused.text
        assert said in refused.json()["detail"]["message"]
    assert error_of(add(http, [files.model, files.config], name=" ")) == (400, "invalid_parameters")
    assert error_of(add(http, [files.model, files.config], labels="[]")) == (400, "invalid_parameters")
    assert error_of(add(http, [files.model, files.config], name="")) == (400, "invalid_parameters")

    assert found(http, voice_type="personal") == []
    assert sorted(temporary.iterdir()) == before


def test_recordings_are_refused_by_those_who_can_not_clone(client: ElevenLabs, http: httpx.Client) -> None:
    """The answer says which engine could, and what can be sent in their place."""
    with pytest.raises(ApiError) as refused:
        client.voices.ivc.create(name="Ida", files=[b"RIFF....WAVEfmt "])

    assert refused.value.status_code == 400
    message = refused.value.body["detail"]["message"]
    assert "RHAPSODE_ELEVENLABS_KEY" in message
    assert ".onnx.json" in message
    assert found(http, voice_type="personal") == []


def test_recordings_are_cloned_where_an_engine_can(
    client: ElevenLabs,
    http: httpx.Client,
    other_http: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The voice is the workspace's alone; without an answer there is none."""
    answer = [reply(json.dumps({"voice_id": "abc", "requires_verification": False}).encode())]
    with answering(lambda asked: answer if asked.target == "/v1/voices/add" else [reply(b"{}")]) as original:
        monkeypatch.setenv("RHAPSODE_ELEVENLABS_URL", original.url)
        monkeypatch.setenv("RHAPSODE_ELEVENLABS_KEY", "sesame")
        with engines_anew():
            made = client.voices.ivc.create(name="Ida", files=[("ida.mp3", b"ID3 speech")], labels=LABELS)
            answer[:] = [reply(status=500)]
            failed = http.post(
                "/v1/voices/add", data={"name": "Ada"}, files=[("files", ("ada.mp3", b"ID3 speech"))]
            )
            voice = client.voices.get(made.voice_id)
            assert found(http, category="cloned") == [made.voice_id] == found(http, voice_type="personal")
            assert error_of(other_http.get(f"/v1/voices/{made.voice_id}")) == (404, "voice_not_found")

    # No client repeats that by itself.
    assert error_of(failed) == (400, "invalid_voice")
    assert "status 500" in failed.json()["detail"]["message"]
    assert (voice.name, voice.category, voice.is_owner) == ("Ida", "cloned", True)
    sent = [asked.body for asked in original.asked if asked.target == "/v1/voices/add"]
    assert len(sent) == 2
    assert b"ID3 speech" in sent[0]
    assert b'.mp3"' in sent[0]


def test_a_form_that_was_cut_off_makes_nothing(http: httpx.Client, files: VoiceFiles) -> None:
    """A model that breaks off is not the model."""
    request = http.build_request(
        "POST", "/v1/voices/add", data={"name": "Ida"}, files=contents([files.model, files.config])
    )
    body = b"".join(request.stream)  # type: ignore[arg-type]
    headers = {"content-type": request.headers["content-type"]}

    assert http.post("/v1/voices/add", content=body[:-50], headers=headers).status_code == 400
    assert found(http, voice_type="personal") == []


def test_a_voice_that_was_deleted_a_day_ago_is_purged_with_its_files(
    own_server: LiveServer, files: VoiceFiles
) -> None:
    """Not before, nor while another voice is made of the same files; then it can't be restored."""
    with raw_http(own_server.url, own_server.key) as http:
        kept, gone = make(http, files), make(http, files)
        studio, path = own_server.studio, f"/v1/voices/{gone}"
        with studio.records.read(own_server.workspace_id) as tx:
            digests = open_catalogue(tx).get(gone).files.values()
        http.delete(path)

        def clean(after_ms: int) -> None:
            with studio.records.read(own_server.workspace_id) as tx:
                now_ms = tx.now_ms
            clean_up(studio.records, studio.blobs, CleanupPolicy(), now_ms=now_ms + after_ms)

        clean(DAY_MS // 2)
        assert http.post(f"/rhapsode/v1{path[3:]}/restore").status_code == 200
        http.delete(path)
        clean(DAY_MS + 60_000)

        assert error_of(http.post(f"/rhapsode/v1{path[3:]}/restore")) == (404, "voice_not_found")
        assert speak(http, "Still here.", voice_id=kept)
        http.delete(f"/v1/voices/{kept}")
        clean(DAY_MS + 60_000)
        clean(2 * DAY_MS + 60_000)
        stored = [key for key, _ in studio.blobs.list_keys("voices/")]
        assert not {voice_file_key(digest) for digest in digests} & set(stored)


def test_a_premade_id_reads_languages_that_its_voice_does_not_speak(
    client: ElevenLabs, http: httpx.Client, files: VoiceFiles
) -> None:
    """As its clients expect of it: another voice of its gender does, in texts, dialogues and projects."""
    need_espeak()
    rachel, german = "21m00Tcm4TlvDq8ikWAM", "Die Flut kommt um sechs."
    make(http, files, labels=json.dumps(LABELS), license="CC0-1.0", description="Ida!")
    assert client.voices.get(rachel).description == "Answered by Ida!"

    def heard(voice_id: str, **said: str) -> bytes:
        body = {"text": german, **said}
        return http.post(f"/v1/text-to-speech/{voice_id}", json=body).content

    assert heard(rachel, language_code="de") == heard("espeak_linden", language_code="de")
    assert heard(rachel) != heard("espeak_linden")
    line = {"text": german, "voice_id": rachel}
    dialogue = http.post("/v1/text-to-dialogue", json={"inputs": [line], "language_code": "de"})
    assert dialogue.content == heard("espeak_linden", language_code="de")

    block = {"sub_type": "p", "nodes": [{"type": "tts_node", "voice_id": rachel, "text": german}]}
    project_id = make_project(
        client,
        content=[{"name": "Eins", "blocks": [block]}],
        default_paragraph_voice_id=rachel,
        language="de",
    )
    convert_and_wait(client, project_id)
    (item,) = (i for i in client.history.list().history if i.source == "Projects")
    assert (item.voice_id, item.voice_name) == (rachel, "Rachel")
