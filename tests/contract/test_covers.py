"""The covers of projects: given, shown, taken away, and in files from the next conversion on."""

import struct
import zlib

import httpx
import pytest
import sqlalchemy as sa
from elevenlabs import ElevenLabs

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction

from .asking import get_anew, head_anew
from .journeys import convert_and_wait, error_of, make_project
from .running import LiveServer


def png(width: int = 1, height: int = 1, *, spare_bytes: int = 0) -> bytes:
    """A picture, which may say that it is larger than it is."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes((width + 1) * height if width * height < 100 else 1)))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + chunk(b"tEXt", b"a\0" + bytes(spare_bytes))
        + pixels
        + chunk(b"IEND", b"")
    )


JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x0b\x08\x00\x02\x00\x03\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\xff\xd9"
)


@pytest.fixture
def project_id(client: ElevenLabs) -> str:
    """A project without a cover."""
    return make_project(client)


def url_of(project_id: str) -> str:
    """Where a project's cover is for its owner."""
    return f"/rhapsode/v1/studio/projects/{project_id}/cover"


@pytest.mark.parametrize(("content", "media_type"), [(png(), "image/png"), (JPEG, "image/jpeg")])
def test_a_cover_is_shown_at_once(
    client: ElevenLabs, http: httpx.Client, project_id: str, content: bytes, media_type: str
) -> None:
    """To its owner, and at an address that needs no key, which lists of projects have too."""
    assert client.studio.projects.get(project_id).cover_image_url is None
    assert error_of(http.get(url_of(project_id))) == (404, "cover_not_found")

    told = http.put(url_of(project_id), content=content).json()["cover_image_url"]

    assert client.studio.projects.get(project_id).cover_image_url == told
    assert [project.cover_image_url for project in client.studio.projects.list().projects] == [told]
    own = http.get(url_of(project_id))
    shared = get_anew(told)
    assert (own.content, own.headers["content-type"]) == (content, media_type)
    assert (shared.content, shared.headers["content-type"]) == (content, media_type)
    assert shared.headers["referrer-policy"] == "no-referrer"
    assert shared.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in shared.headers
    again = get_anew(told, headers={"if-none-match": shared.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert head_anew(told).headers["content-length"] == str(len(content))


def test_a_form_brings_a_cover(http: httpx.Client, project_id: str) -> None:
    """As its file `cover`; a form without one is told what is missing."""
    assert http.put(url_of(project_id), files={"cover": ("a.png", png())}).status_code == 200
    assert http.get(url_of(project_id)).content == png()
    assert error_of(http.put(url_of(project_id), files={"file": ("a.png", png())})) == (400, "invalid_cover")
    assert error_of(http.put(url_of(project_id), files={"cover": (None, "a.png")})) == (400, "invalid_cover")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        png()[:20],
        png(0, 5),
        png(10_001, 1),
        JPEG[:12],
        JPEG.replace(b"\xff\xc0", b"\xff\xfe"),
        png(spare_bytes=2**21),
    ],
)
def test_what_can_not_be_a_cover(http: httpx.Client, project_id: str, content: bytes) -> None:
    """Is refused in a sentence, and the one before stays."""
    http.put(url_of(project_id), content=png())
    assert error_of(http.put(url_of(project_id), content=content)) == (400, "invalid_cover")
    assert error_of(http.put(url_of(project_id), files={"cover": ("a", content or b"?")}))[0] == 400
    assert http.get(url_of(project_id)).content == png()


def test_a_cover_costs_no_speech_and_no_encoding(
    client: ElevenLabs, http: httpx.Client, project_id: str, server: LiveServer
) -> None:
    """The next conversion puts it into the heads of files, of segments that are all there."""
    before = convert_and_wait(client, project_id)
    with server.records.read(server.workspace_id) as tx:
        kept = segment_kinds(tx)
    http.put(url_of(project_id), content=png(3, 3))

    plan = http.get(f"/rhapsode/v1/studio/projects/{project_id}/plan").json()
    snapshot_id = convert_and_wait(client, project_id)

    assert (plan["segments_to_speak"], plan["segments_to_encode"]) == (0, 0)
    with server.records.read(server.workspace_id) as tx:
        assert segment_kinds(tx) == kept | {"image": 1}
    assert snapshot_id != before
    audio = {each: http.post(stream_of(project_id, each)).content for each in (before, snapshot_id)}
    assert png(3, 3) in audio[snapshot_id]
    assert png(3, 3) not in audio[before]

    assert http.delete(url_of(project_id)).json() == {"status": "ok"}
    assert error_of(http.delete(url_of(project_id))) == (404, "cover_not_found")
    assert client.studio.projects.get(project_id).cover_image_url is None
    assert http.post(stream_of(project_id, snapshot_id)).content == audio[snapshot_id]


def stream_of(project_id: str, snapshot_id: str) -> str:
    """Where a snapshot's single file is."""
    return f"/v1/studio/projects/{project_id}/snapshots/{snapshot_id}/stream"


def segment_kinds(tx: Transaction) -> dict[str, int]:
    """How many segments of each kind a workspace has."""
    kind = schema.segments.c.kind
    rows = tx.connection.execute(
        sa.select(kind, sa.func.count())
        .where(schema.segments.c.workspace_id == tx.workspace_id)
        .group_by(kind)
    )
    return {row[0]: row[1] for row in rows}


def test_covers_of_others_are_not_there(
    http: httpx.Client, other_http: httpx.Client, anonymous: httpx.Client, project_id: str
) -> None:
    """A project of another workspace is as one that never was, for every method; without a key, nothing is told."""
    http.put(url_of(project_id), content=png())
    for method in ("GET", "PUT", "DELETE"):
        foreign, absent = (
            other_http.request(method, url_of(each), content=png() if method == "PUT" else None)
            for each in (project_id, "A" * 20)
        )
        assert error_of(foreign) == error_of(absent) == (404, "project_not_found")
        assert anonymous.request(method, url_of(project_id)).status_code == 401
    assert http.get(url_of(project_id)).content == png()
