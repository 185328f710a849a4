"""What object stores have beside the contract `Blobs`, which tests/conformance/test_blobs.py holds."""

import contextlib
import http.server
import itertools
import os
import pickle
import threading
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.factories import open_records
from tests.faults.proxy import Proxy, proxy_to, refusal
from tests.object_store import ObjectStore, object_store

from rhapsode.storage import objects
from rhapsode.storage.backups.restoring import restore_backup
from rhapsode.storage.backups.taking import take_backup
from rhapsode.storage.backups.verifying import verify_backups
from rhapsode.storage.blobs import Stretch
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.objects import ObjectBlobs, find_refusal
from rhapsode.studio.errors import BlobMissing, ObjectStoreFailed, StorageFull

from .stored import keep_snapshot

pytestmark = pytest.mark.slow

KEY = "packs/ab/abcdef.pack"


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with object_store() as running:
        yield running


@pytest.fixture
def blobs(store: ObjectStore, tmp_path: Path) -> ObjectBlobs:
    return ObjectBlobs(store.new_url(), tmp_path)


def finished_file(blobs: ObjectBlobs, content: bytes) -> Path:
    source = blobs.temporary_directory() / os.urandom(8).hex()
    source.write_bytes(content)
    return source


def test_what_is_large_goes_in_parts(blobs: ObjectBlobs) -> None:
    """A file above the size of one request comes back whole, is kept when it comes again, and mended when cut."""
    content = os.urandom(2**24 + 7)
    blobs.put(KEY, finished_file(blobs, content[: 2**24]))
    blobs.put(KEY, finished_file(blobs, content))
    blobs.put(KEY, finished_file(blobs, bytes(len(content))))

    assert blobs.size_bytes(KEY) == len(content)
    assert blobs.read(KEY, 2**23 - 5, 2**23 + 12) == content[2**23 - 5 :]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("s3://no-such-bucket/x", "it answers 404 Not Found (NoSuchBucket)"),
        ("az://container", "Account must be specified"),
    ],
)
def test_a_store_that_can_not_be_used_says_why(store: ObjectStore, url: str, expected: str) -> None:
    """A bucket that isn't there, and an address that lacks something, are told in one sentence each."""
    refusal = find_refusal(url)

    assert refusal is not None
    assert url in refusal
    assert expected in refusal
    assert refusal.endswith(".")
    assert "\n" not in refusal


class Refusing(http.server.BaseHTTPRequestHandler):
    """A store that refuses so many puts with one status and code, and then takes them."""

    status, code, refusals = 403, "AccessDenied", 100

    def do_PUT(self) -> None:
        type(self).refusals -= 1
        refuses = self.refusals >= 0
        body = f"<Error><Code>{self.code}</Code></Error>".encode() if refuses else b""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(self.status if refuses else 200)
        self.send_header("etag", '"tag"')
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: object) -> None:
        """Nothing is of interest."""


@pytest.fixture
def refusing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectBlobs]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        yield ObjectBlobs("s3://books/here", tmp_path)
        server.shutdown()


def test_a_store_that_is_busy_is_asked_again(refusing: ObjectBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody hears of a store that has no time for a moment."""
    monkeypatch.setattr(Refusing, "status", 503)
    monkeypatch.setattr(Refusing, "refusals", 2)

    refusing.put(KEY, finished_file(refusing, b"hello"))
    assert Refusing.refusals == -1


@pytest.fixture
def way(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A way to the store, where silence is given less time than elsewhere."""
    monkeypatch.setitem(objects._QUICK, "read_timeout", timedelta(seconds=1))
    monkeypatch.setattr(objects, "OBJECT_STORE_SILENCE_S", 1)
    monkeypatch.setattr(objects, "OBJECT_STORE_CONNECT_S", 1)
    with proxy_to(store.host, store.port) as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{made.port}")
        yield made


def test_a_store_that_is_cut_off_is_told_and_used_again(
    store: ObjectStore, way: Proxy, tmp_path: Path
) -> None:
    """Whoever reads or writes is told, though nobody refuses; then it is as if nothing had been."""
    blobs = ObjectBlobs(store.new_url(), tmp_path)
    blobs.put(KEY, finished_file(blobs, b"hello"))
    way.cut()
    for work in (
        lambda: blobs.read(KEY, 0, 5),
        lambda: blobs.size_bytes(KEY),
        lambda: blobs.put("packs/cd/cdef.pack", finished_file(blobs, b"hello")),
    ):
        with pytest.raises(ObjectStoreFailed):
            work()
    way.mend()

    blobs.put("packs/cd/cdef.pack", finished_file(blobs, b"hello"))
    assert (blobs.read(KEY, 0, 5), blobs.size_bytes("packs/cd/cdef.pack")) == (b"hello", 5)


def test_a_store_that_refuses_every_other_request_loses_nothing(
    store: ObjectStore, way: Proxy, tmp_path: Path
) -> None:
    """What is small and what is large, which have other time-outs: each is asked for again."""
    turns = itertools.cycle([refusal("503 Slow Down", "SlowDown"), None])
    way.answer = lambda: next(turns)
    blobs = ObjectBlobs(store.new_url(), tmp_path)
    for number, size_bytes in enumerate((10, 2**21)):
        content = os.urandom(size_bytes)
        blobs.put(f"packs/ab/ab{number}.pack", finished_file(blobs, content))
        assert blobs.read(f"packs/ab/ab{number}.pack", 0, size_bytes) == content


@pytest.mark.parametrize(
    ("status", "code", "error", "said"),
    [
        (
            403,
            "AccessDenied",
            ObjectStoreFailed,
            r"can't be used: it answers 403 Forbidden \(AccessDenied\)\.$",
        ),
        (404, "NoSuchBucket", ObjectStoreFailed, r"it answers 404 Not Found \(NoSuchBucket\)\.$"),
        (403, "QuotaExceeded", StorageFull, "no space left"),
        (400, "XMinioStorageFull", StorageFull, "no space left"),
    ],
)
def test_a_refusal_is_told_in_a_sentence(
    refusing: ObjectBlobs,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    code: str,
    error: type[Exception],
    said: str,
) -> None:
    """What the store answers to a put is named, a full store is told apart, and no file is left."""
    monkeypatch.setattr(Refusing, "status", status)
    monkeypatch.setattr(Refusing, "code", code)
    monkeypatch.setattr(Refusing, "refusals", 100)
    with pytest.raises(error, match=said):
        refusing.put(KEY, finished_file(refusing, b"hello"))
    assert list(refusing.temporary_directory().iterdir()) == []


def test_other_providers_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses of Azure and Google make a store, and Azure's signs; nobody asks them anything here."""
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "tides")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "c2VjcmV0")

    address = ObjectBlobs("az://container/books", tmp_path).address_of("files/a", valid_s=60)
    assert address.startswith("https://tides.blob.core.windows.net/container/books/files/a?")
    assert ObjectBlobs("gs://bucket/books", tmp_path).temporary_directory() == tmp_path


def test_an_error_of_the_store_survives_the_way_to_another_process() -> None:
    """Children send their errors home by pickle; this one is of two families, each with its own way of it."""
    copy = pickle.loads(pickle.dumps(ObjectStoreFailed("The object store is gone.")))

    assert isinstance(copy, ObjectStoreFailed)
    assert isinstance(copy, OSError)
    assert (str(copy), copy.code) == ("The object store is gone.", "object_store_failed")


def test_a_store_that_answers_is_not_refused(store: ObjectStore) -> None:
    """A bucket without any object of ours is as good as any."""
    assert find_refusal(store.new_url()) is None


def test_a_signed_address_gives_the_file_as_it_was_named(blobs: ObjectBlobs) -> None:
    """Whoever has the address needs no credentials, and gets the type and name that the file was kept with."""
    disposition = "attachment; filename=\"T_r.zip\"; filename*=UTF-8''T%C3%BCr.zip"
    source = finished_file(blobs, b"hello")
    blobs.put_file("files/a", source, media_type="application/zip", disposition=disposition)

    with urllib.request.urlopen(blobs.address_of("files/a", valid_s=60)) as answer:
        assert answer.read() == b"hello"
        assert answer.headers["content-type"] == "application/zip"
        assert answer.headers["content-disposition"] == disposition


def test_a_store_that_can_not_create_is_written_to(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where conditional requests are turned off, the first blob stays all the same, and a damaged one is replaced."""
    monkeypatch.setenv("AWS_CONDITIONAL_PUT", "disabled")
    blobs = ObjectBlobs(store.new_url(), tmp_path)

    for content, kept in ((b"first", b"first"), (b"other", b"first"), (b"whole again", b"whole again")):
        blobs.put(KEY, finished_file(blobs, content))
        assert blobs.read(KEY, 0, len(kept)) == kept


def test_reading_ahead_leaves_no_threads_behind_a_reader(blobs: ObjectBlobs) -> None:
    """Readers share the threads that ask the store, however many of them come and go."""
    blobs.put(KEY, finished_file(blobs, os.urandom(100_000)))
    for _ in range(10):
        read = blobs.read_many(Stretch(KEY, i, 1000) for i in range(1000))
        next(read)
        del read

    assert sum(thread.name.startswith("objects") for thread in threading.enumerate()) <= 32


def test_a_blob_that_goes_while_it_is_read_is_missing(blobs: ObjectBlobs) -> None:
    """What was there when a download began may be gone when its turn comes, and is never less than it was."""
    blobs.put(KEY, finished_file(blobs, b"hello"))
    assert blobs.sizes_bytes([KEY]) == [5]
    ObjectBlobs(*blobs.__reduce__()[1]).delete(KEY)

    assert blobs.sizes_bytes([KEY]) == [5]
    with pytest.raises(BlobMissing):
        blobs.read(KEY, 0, 5)


def test_backups_are_kept_behind_an_address_too(store: ObjectStore, tmp_path: Path) -> None:
    """Each is whole there, older ones go, and the packs may be restored into a store as well."""
    url, other_url = store.new_url(), store.new_url()
    with contextlib.closing(open_records(tmp_path / "records.sqlite3")) as records:
        local = LocalBlobs(tmp_path / "blobs")
        keep_snapshot(records, local, ["one", "two"])
        for _ in range(2):
            report = take_backup(records, local, url, keep=1, on_progress=lambda _done, _total: None)
    verified = verify_backups(url, on_progress=lambda _done, _total: None)
    restored = restore_backup(
        url, tmp_path / "new", backup_id=None, blobs_url=other_url, on_progress=lambda _done, _total: None
    )

    assert (report.removed_count, verified.backup_count, verified.problems) == (1, 1, ())
    assert restored.missing == ()
    there = ObjectBlobs(other_url, tmp_path / "temporary")
    assert dict(there.list_keys("packs/")) == dict(local.list_keys("packs/"))
