"""A snapshot as files of other formats."""

import io
import time
import zipfile
from typing import Any

import av
import httpx
import pytest
import sqlalchemy as sa
from elevenlabs import ElevenLabs

from rhapsode.storage import schema
from rhapsode.storage.packs import pack_key

from .journeys import Narrated, error_of, narrated
from .running import LiveServer

CONTENT = [
    {
        "name": name,
        "blocks": [{"sub_type": "p", "nodes": [{"type": "tts_node", "text": text}]} for text in texts],
    }
    for name, texts in {
        "One": ["“Dr. Rhea,” said she, and climbed.", "It cost 20% of all they had."],
        "Two": ["They came home."],
    }.items()
]
AUDIO = {
    "m4b": "audio/mp4",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "flac": "audio/flac",
    "wav": "audio/wav",
}
TEXT = {"srt": "application/x-subrip", "vtt": "text/vtt", "json": "application/json"}
BOOK = {"epub": "application/epub+zip"}


@pytest.mark.parametrize("name", [*AUDIO, *TEXT, *BOOK])
def test_each_format_is_a_file_like_any_other(tides: Narrated, name: str) -> None:
    """With its type, name and size, a tag, and parts of it for whoever goes on with a download."""
    path, asked = f"/rhapsode{tides.snapshot}/export", {"format": name}

    whole = tides.http.get(path, params=asked)

    assert whole.status_code == 200, whole.text
    assert whole.headers["content-type"] == (AUDIO | TEXT | BOOK)[name]
    assert f'filename="Tides.{name}"' in whole.headers["content-disposition"]
    assert int(whole.headers["content-length"]) == len(whole.content)
    assert tides.http.head(path, params=asked).headers["etag"] == whole.headers["etag"]
    part = tides.http.get(path, params=asked, headers={"range": "bytes=10-49"})
    assert (part.status_code, part.content) == (206, whole.content[10:50])
    unchanged = tides.http.get(path, params=asked, headers={"if-none-match": whole.headers["etag"]})
    assert unchanged.status_code == 304
    if name in AUDIO:
        with av.open(io.BytesIO(whole.content), "r") as container:
            assert container.duration
            length_s = container.duration / 1_000_000
        words = tides.http.get(f"/rhapsode{tides.snapshot}/words").json()["chapters"][-1]["words"]
        assert words[-1]["end_secs"] < length_s < words[-1]["end_secs"] + 5


def test_subtitles_of_a_chapter_are_timed_in_its_own_file(tides: Narrated) -> None:
    """Those of the book are later by where the chapter begins in it."""
    (_, _), (second, snapshot_id) = tides.chapters()

    alone = tides.http.get(f"/rhapsode{second}/export", params={"format": "json"}).json()["chapters"]
    in_book = tides.http.get(f"/rhapsode{tides.snapshot}/export", params={"format": "json"}).json()[
        "chapters"
    ]

    assert [chapter["chapter_snapshot_id"] for chapter in alone] == [snapshot_id]
    assert alone[0]["start_secs"] == 0
    shift = in_book[1]["start_secs"]
    for own, later in zip(alone[0]["words"], in_book[1]["words"], strict=True):
        assert own["text"] == later["text"]
        assert own["start_secs"] + shift == pytest.approx(later["start_secs"], abs=2e-6)


def test_json_has_the_words_and_the_alignment_of_the_api(client: ElevenLabs, http: httpx.Client) -> None:
    """The same characters and times as the snapshot, and the same words as the route of words."""
    project_id, snapshot_id = narrated(client, CONTENT)
    path = f"/rhapsode/v1/studio/projects/{project_id}/snapshots/{snapshot_id}"

    exported = http.get(f"{path}/export", params={"format": "json"}).json()

    snapshot = client.studio.projects.snapshots.get(project_id, snapshot_id)
    for chapter, alignment in zip(exported["chapters"], snapshot.character_alignments, strict=True):
        assert chapter["characters"] == alignment.model_dump()
    words = http.get(f"{path}/words").json()["chapters"]
    assert [chapter["words"] for chapter in exported["chapters"]] == [chapter["words"] for chapter in words]
    assert [chapter["name"] for chapter in exported["chapters"]] == ["One", "Two"]


def test_an_export_is_begun_and_looked_after(client: ElevenLabs, http: httpx.Client) -> None:
    """A POST begins it and says where it will be, the list what there is; who doesn't wait is told to come back.

    There is nothing then that a program which goes on with files could take for the beginning of one.
    """
    project_id, snapshot_id = narrated(client, CONTENT)
    path = f"/rhapsode/v1/studio/projects/{project_id}/snapshots/{snapshot_id}"
    listed = http.get(f"{path}/exports").json()["exports"]
    assert {each["status"] for each in listed} == {"not_started"}

    begun = http.post(f"{path}/export", params={"format": "m4b"})

    assert begun.status_code == 202
    assert begun.json()["status"] == "in_progress"
    assert set(begun.json()) == {"format", "status", "progress", "size_bytes", "error", "warnings"}
    assert int(begun.headers["retry-after"]) >= 1
    address = begun.headers["content-location"]
    assert address == f"{path}/export?format=m4b"
    file = http.get(address)
    assert (file.status_code, file.headers["content-type"]) == (200, "audio/mp4")
    again = http.post(f"{path}/export", params={"format": "m4b"})
    assert (again.status_code, again.headers["content-location"]) == (200, address)
    assert again.json()["size_bytes"] == len(file.content)
    ready = find_export(http, path, "m4b")
    assert (ready["status"], ready["size_bytes"]) == ("ready", len(file.content))
    hurried = http.get(f"{path}/export", params={"format": "opus", "wait_s": 0})
    assert (hurried.status_code, hurried.content) == (202, b"")
    assert 0 <= float(hurried.headers["rhapsode-progress"]) < 1
    assert http.get(f"{path}/export", params={"format": "opus"}).status_code == 200


def test_wrong_wishes_are_told(tides: Narrated) -> None:
    """An unknown format, one without such cues, and a wait that no proxy has the patience for."""
    path = f"/rhapsode{tides.snapshot}/export"
    for asked in (
        {"format": "midi"},
        {},
        {"format": "srt", "wait_s": "3600"},
        {"format": "srt", "cues": "x"},
    ):
        assert tides.http.get(path, params=asked).status_code == 422
    for asked in ({"format": "srt", "cues": "karaoke"}, {"format": "m4b", "timeline": "opus"}):
        assert error_of(tides.http.get(path, params=asked)) == (400, "invalid_parameters")


def test_foreign_and_absent_snapshots_are_not_exported(
    tides: Narrated, other_http: httpx.Client, anonymous: httpx.Client
) -> None:
    """A snapshot is found by its own workspace, under its own project and chapter."""
    (chapter, _), *_rest = tides.chapters()
    for path in (f"/rhapsode{tides.snapshot}", f"/rhapsode{chapter}"):
        absent = path.rsplit("/", 1)[0] + "/nothing"
        for method, end in (("GET", "export?format=srt"), ("POST", "export?format=srt"), ("GET", "exports")):
            assert error_of(other_http.request(method, f"{path}/{end}")) == (404, "project_not_found")
            assert error_of(anonymous.request(method, f"{path}/{end}")) == (401, "needs_authorization")
            assert error_of(tides.http.request(method, f"{absent}/{end}")) == (404, "snapshot_not_found")


def test_an_archive_has_what_it_shall_include(tides: Narrated) -> None:
    """Subtitles beside each chapter's audio, the book's files at the end; it is another file than without."""
    plain = tides.http.get(f"{tides.snapshot}/archive")
    wanted = {"include": ["srt", "m4b", "vtt"]}

    full = tides.http.get(f"{tides.snapshot}/archive", params=wanted)

    with zipfile.ZipFile(io.BytesIO(full.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            *("01 The Harbour.mp3", "01 The Harbour.srt", "01 The Harbour.vtt"),
            *("02 The Hill.mp3", "02 The Hill.srt", "02 The Hill.vtt"),
            "Tides.m4b",
        ]
        contents = {name: archive.read(name) for name in archive.namelist()}
    (first, _), *_rest = tides.chapters()
    srt = tides.http.get(f"/rhapsode{first}/export", params={"format": "srt"})
    m4b = tides.http.get(f"/rhapsode{tides.snapshot}/export", params={"format": "m4b"})
    assert contents["01 The Harbour.srt"] == srt.content
    assert contents["Tides.m4b"] == m4b.content
    assert full.headers["etag"] != plain.headers["etag"]
    posted = tides.http.post(f"{tides.snapshot}/archive", params=wanted)
    assert posted.content == full.content
    assert tides.http.get(posted.headers["content-location"]).headers["etag"] == full.headers["etag"]


def test_an_archive_waits_for_what_it_shall_include(client: ElevenLabs, http: httpx.Client) -> None:
    """As long as its client likes: a GET is told how far it is, and a POST in a way that has SDKs ask again."""
    project_id, snapshot_id = narrated(client, CONTENT)
    path = f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}/archive"

    posted = http.post(path, params={"include": ["m4b"], "wait_s": 0})
    got = http.get(path, params={"include": ["flac", "opus"], "wait_s": 0})

    assert error_of(posted) == (503, "export_unfinished")
    assert int(posted.headers["retry-after"]) >= 1
    assert (got.status_code, got.content) == (202, b"")
    assert 0 <= float(got.headers["rhapsode-progress"]) < 1
    whole = http.get(path, params={"include": ["m4b", "opus"]})
    with zipfile.ZipFile(io.BytesIO(whole.content)) as archive:
        assert {"Tides.m4b", "Tides.opus"} < set(archive.namelist())


def test_a_failure_is_told_and_mended_by_asking_again(
    server: LiveServer, client: ElevenLabs, http: httpx.Client
) -> None:
    """To the one who waits, or in the list and to the next who asks; the request after that begins anew."""
    project_id, snapshot_id = narrated(client, CONTENT)
    path = f"/rhapsode/v1/studio/projects/{project_id}/snapshots/{snapshot_id}"
    asked = {"format": "opus"}
    packs = schema.packs.c
    with server.records.read(server.workspace_id) as tx:
        spoken = sa.select(packs.pack_id).where(
            packs.workspace_id == server.workspace_id, packs.kind == "speech"
        )
        files = [server.studio.blobs.path(pack_key(each)) for each in tx.connection.execute(spoken).scalars()]
    for file in files:
        file.rename(file.with_suffix(".gone"))

    assert http.get(f"{path}/export", params=asked).status_code == 500
    assert http.post(f"{path}/export", params=asked).status_code == 202
    while (told := find_export(http, path))["status"] == "in_progress":
        time.sleep(0.01)
    for file in files:
        file.with_suffix(".gone").rename(file)
    again = http.get(f"{path}/export", params=asked)
    mended = http.get(f"{path}/export", params=asked)

    assert told["status"] == "failed"
    assert (again.status_code, again.json()["detail"]["message"]) == (500, told["error"])
    assert mended.status_code == 200


def find_export(http: httpx.Client, path: str, name: str = "opus") -> dict[str, Any]:
    """What the list of exports says of a format."""
    (found,) = [each for each in http.get(f"{path}/exports").json()["exports"] if each["format"] == name]
    return dict(found)
