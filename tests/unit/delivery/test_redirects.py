"""Clients are sent to the object store for whole files that it has, and get every other file as ever."""

import os
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import WORKSPACE, open_records
from tests.object_store import ObjectStore, object_store

from rhapsode.delivery.download import Download
from rhapsode.delivery.redirects import MIN_REDIRECTED_BYTES, Redirects, Sent
from rhapsode.storage import whole_files
from rhapsode.storage.objects import ObjectBlobs
from rhapsode.storage.records import Records
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import WorkspaceId

CONTENT = os.urandom(MIN_REDIRECTED_BYTES)
_WAIT_S = 20


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with object_store() as running:
        yield running


@pytest.fixture
def blobs(store: ObjectStore, tmp_path: Path) -> ObjectBlobs:
    return ObjectBlobs(store.new_url(), tmp_path / "temporary")


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = open_records(tmp_path / "records.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def redirects(records: Records, blobs: ObjectBlobs) -> Iterator[Redirects]:
    running = Redirects(records, blobs)
    running.start()
    yield running
    running.stop()


def read(start: int, end: int) -> Iterator[bytes]:
    for offset in range(start, end, 2**18):
        yield CONTENT[offset : min(offset + 2**18, end)]


def damaged(start: int, end: int) -> Iterator[bytes]:
    yield CONTENT[:100]
    msg = "Pack 17: bytes 100 to 200 differ from their checksums."
    raise DataDamaged(msg)


BOOK = Download("Harbour.zip", "application/zip", len(CONTENT), b"\x01" * 32, 0, read)
SENT = Sent(BOOK, "application/zip", 'attachment; filename="Harbour.zip"')


def wait_for_address(redirects: Redirects, sent: Sent = SENT) -> str:
    waits_until_s = time.monotonic() + _WAIT_S
    while (address := redirects.find_address(WORKSPACE, sent)) is None:
        assert time.monotonic() < waits_until_s
        time.sleep(0.01)
    return address


def test_the_first_client_is_sent_nowhere_and_the_next_to_the_store(redirects: Redirects) -> None:
    """A file is put into the store when it is asked for, and had from there from then on."""
    assert redirects.find_address(WORKSPACE, SENT) is None

    with urllib.request.urlopen(wait_for_address(redirects)) as answer:
        assert answer.read() == CONTENT
        assert answer.headers["content-type"] == SENT.media_type
        assert answer.headers["content-disposition"] == SENT.disposition


@pytest.mark.parametrize("other", [{"media_type": "audio/mpeg"}, {"disposition": 'inline; filename="x"'}])
def test_what_is_said_otherwise_is_another_file(redirects: Redirects, other: dict[str, str]) -> None:
    """The store says of a file what it was put with, so the same bytes under another name are put again."""
    first = wait_for_address(redirects)

    assert redirects.find_address(WORKSPACE, replace(SENT, **other)) is None  # type: ignore[arg-type]
    second = wait_for_address(redirects, replace(SENT, **other))  # type: ignore[arg-type]
    assert first.partition("?")[0] != second.partition("?")[0]


def test_another_workspace_has_no_such_file(redirects: Redirects, records: Records) -> None:
    """What one workspace has put is nothing that another is sent to."""
    wait_for_address(redirects)

    with records.read(WorkspaceId("other")) as tx:
        assert not whole_files.is_put(tx, SENT.digest)


def test_small_files_are_sent(redirects: Redirects, blobs: ObjectBlobs) -> None:
    """A file that is sent in a moment isn't put anywhere."""
    small = replace(SENT, download=replace(BOOK, size_bytes=MIN_REDIRECTED_BYTES - 1))

    assert redirects.find_address(WORKSPACE, small) is None
    wait_for_address(redirects)
    assert len(list(blobs.list_keys("files/"))) == 1


def unforeseen(start: int, end: int) -> Iterator[bytes]:
    yield CONTENT[:100]
    msg = "nobody has thought of this"
    raise LookupError(msg)


@pytest.mark.parametrize("read_wrong", [damaged, unforeseen])
def test_a_damaged_file_is_not_put(
    redirects: Redirects, blobs: ObjectBlobs, read_wrong: Callable[[int, int], Iterator[bytes]]
) -> None:
    """Where it can't be read to its end the store gets nothing, and the next file is put all the same."""
    wrong = replace(SENT, download=replace(BOOK, digest=b"\x02" * 32, read=read_wrong))

    assert redirects.find_address(WORKSPACE, wrong) is None
    wait_for_address(redirects)
    assert redirects.find_address(WORKSPACE, wrong) is None
    redirects.stop()  # It was wished for once more.
    assert [key for key, _ in blobs.list_keys("files/")] == [whole_files.file_key(SENT.digest)]
    assert list(blobs.temporary_directory().iterdir()) == []


def test_what_is_unused_is_deleted(redirects: Redirects, blobs: ObjectBlobs, records: Records) -> None:
    """A file goes from the store with its row when nobody was sent to it for long, and may be put again."""
    wait_for_address(redirects)
    now_ms = time.time_ns() // 1_000_000

    assert whole_files.delete_unused_files(records, blobs, WORKSPACE, before_ms=now_ms - 60_000) == 0
    assert whole_files.delete_unused_files(records, blobs, WORKSPACE, before_ms=now_ms + 1000) == 1
    assert list(blobs.list_keys("files/")) == []
    assert redirects.find_address(WORKSPACE, SENT) is None
    wait_for_address(redirects)
