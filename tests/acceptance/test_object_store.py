"""The whole product with its packs in an object store: converted, killed, downloaded, checked and cleaned up."""

import contextlib
import io
import json
import random
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
from elevenlabs import ElevenLabs
from tests.object_store import ObjectStore, object_store

from rhapsode.app import open_app
from rhapsode.storage.cleanup import CleanupPolicy, clean_up

from .program import TALE, Rhapsode, long_book
from .server import Server, serving

KEY = "a-key-that-somebody-has-chosen"
PARAGRAPHS = 30
_DAY_MS = 24 * 3600 * 1000
_WAIT_S = 120


@dataclass(frozen=True)
class Place:
    """A program whose packs are behind one address of a store."""

    rhapsode: Rhapsode
    store: ObjectStore
    url: str

    @property
    def variables(self) -> dict[str, Any]:
        return {
            **self.store.environment,
            "RHAPSODE_BLOBS_URL": self.url,
            "RHAPSODE_REDIRECT_DOWNLOADS": "true",
            "RHAPSODE_API_KEY": KEY,
        }

    def names(self) -> list[str]:
        """The objects behind the address."""
        return [found["path"] for page in obstore.list(self.store.objects(self.url)) for found in page]

    def packs(self) -> list[str]:
        return [name for name in self.names() if name.startswith("packs/")]

    @contextlib.contextmanager
    def serving(self) -> Iterator[Server]:
        with serving(self.rhapsode, **self.variables) as server:
            yield server


@pytest.fixture
def place(rhapsode: Rhapsode) -> Iterator[Place]:
    with object_store() as store:
        yield Place(rhapsode, store, store.new_url())


def snapshot_path(sdk: ElevenLabs, project_id: str) -> str:
    """Where the first snapshot of a project is, once there is one."""
    studio = sdk.studio.projects
    waits_until_s = time.monotonic() + _WAIT_S
    while studio.get(project_id).state != "default":
        assert time.monotonic() < waits_until_s
        time.sleep(0.1)
    (snapshot,) = studio.snapshots.list(project_id).snapshots
    return f"/v1/studio/projects/{project_id}/snapshots/{snapshot.project_snapshot_id}"


def redirected(http: httpx.Client, path: str) -> httpx.Response:
    """The answer that sends a client to the store, once the file is there."""
    waits_until_s = time.monotonic() + _WAIT_S
    while True:
        with http.stream("GET", path, follow_redirects=False) as answer:
            if answer.status_code == 307:
                return answer
            assert answer.status_code == 200
        assert time.monotonic() < waits_until_s
        time.sleep(0.1)


def test_a_book_lives_in_an_object_store(place: Place) -> None:
    """A killed conversion goes on, any range of the archive is right, and the store redirects to the same bytes.

    `rhapsode check` finds a damaged object and a missing one; after the project is deleted, clean-up leaves nothing.
    """
    with place.serving() as server:
        sdk = server.client(KEY)
        project_id = sdk.studio.projects.create(
            name="Harbour",
            default_paragraph_voice_id="tone_low",
            default_title_voice_id="tone_low",
            from_document=("harbour.md", long_book(PARAGRAPHS).encode()),
        ).project.project_id
        sdk.studio.projects.convert(project_id)
        waits_until_s = time.monotonic() + _WAIT_S
        while not place.packs():
            assert time.monotonic() < waits_until_s
            time.sleep(0.02)
        assert sdk.studio.projects.get(project_id).state == "converting"
        server.kill()
    kept = set(place.packs())
    assert kept

    with place.serving() as server:
        sdk, http = server.client(KEY), server.http(KEY)
        path = snapshot_path(sdk, project_id)
        assert kept <= set(place.packs())
        assert not list(place.rhapsode.data.glob("blobs/packs"))
        whole = http.post(f"{path}/archive").content
        archive = zipfile.ZipFile(io.BytesIO(whole))
        assert archive.testzip() is None
        assert len(archive.namelist()) == PARAGRAPHS // 10
        _assert_ranges(http, f"{path}/archive", whole)
        _assert_redirected(http, f"{path}/archive", whole)
        _assert_damage_is_found(place)
        sdk.studio.projects.delete(project_id)
        assert server.stop().exit_status == 0
    _clean_up(place)
    assert place.names() == ["owner"]


def _assert_ranges(http: httpx.Client, path: str, whole: bytes) -> None:
    """Parts are had from the server by those who go on with what it sent."""
    tag = http.head(path).headers["etag"]
    chance = random.Random(7)
    for _ in range(12):
        start = chance.randrange(len(whole))
        end = min(len(whole), start + chance.randrange(1, 3_000_000))
        part = http.get(path, headers={"range": f"bytes={start}-{end - 1}", "if-range": tag})
        assert part.status_code == 206
        assert part.content == whole[start:end]


def _assert_redirected(http: httpx.Client, path: str, whole: bytes) -> None:
    answer = redirected(http, path)
    address = answer.headers["location"]
    assert address.startswith("http://127.0.0.1")
    assert answer.headers["cache-control"] == "no-store"
    fetched = httpx.get(address, trust_env=False)
    assert fetched.content == whole
    assert fetched.headers["content-type"] == "application/zip"
    assert fetched.headers["content-disposition"].startswith('attachment; filename="Harbour.zip"')
    part = httpx.get(address, headers={"range": "bytes=1000-1999"}, trust_env=False)
    assert (part.status_code, part.content) == (206, whole[1000:2000])
    assert http.head(path).headers["content-length"] == str(len(whole))
    assert http.post(path).content == whole


def _assert_damage_is_found(place: Place) -> None:
    changed, gone = place.packs()[:2]
    objects = place.store.objects(place.url)
    content = {name: obstore.get(objects, name).bytes().to_bytes() for name in (changed, gone)}
    obstore.put(objects, changed, content[changed][:-100] + bytes(100))
    obstore.delete(objects, gone)
    checked = place.rhapsode.run("check", **place.variables)
    assert checked.exit_status == 1
    for name in (changed, gone):
        assert Path(name).stem in checked.output + checked.errors
        obstore.put(objects, name, content[name])
    assert place.rhapsode.run("check", **place.variables).exit_status == 0


def _clean_up(place: Place) -> None:
    """As a server does every few hours, for more than a month."""
    now_ms = time.time_ns() // 1_000_000
    with open_app(place.rhapsode.data, command="test", blobs_url=place.url) as app:
        for day in range(2, 80, 6):
            clean_up(app.records, app.blobs, CleanupPolicy(), now_ms=now_ms + day * _DAY_MS)


def test_commands_use_the_store(place: Place) -> None:
    """A command without a server narrates into the store; without its address it says where the packs are."""
    tale = place.rhapsode.write("tale.md", TALE)
    place.rhapsode.narrate(tale, **place.variables)
    first = (place.rhapsode.folder / "tale.zip").read_bytes()
    (place.rhapsode.folder / "tale.zip").unlink()

    again = place.rhapsode.narrate(tale, **place.variables)

    assert (place.rhapsode.folder / "tale.zip").read_bytes() == first
    assert "nothing" in again or "0 passages" in again
    assert json.loads((place.rhapsode.data / "BLOBS").read_text("utf-8"))["url"] == place.url
    assert place.url in place.rhapsode.run("check").error


def test_a_store_that_is_not_there_is_one_sentence(place: Place) -> None:
    """A wrong bucket ends the start of a server with a sentence that names it."""
    wrong = {**place.variables, "RHAPSODE_BLOBS_URL": "s3://no-such-bucket/x"}

    error = place.rhapsode.run("serve", "--port", "0", **wrong).error

    assert error.startswith("The object store s3://no-such-bucket/x can't be used: it answers 404 Not Found")
