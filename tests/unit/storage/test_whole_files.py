"""Whole files are known from before they are put until after they are deleted."""

from rhapsode.storage import whole_files
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.records import Records

from .stored import WORKSPACE

DIGEST = b"\x0f" * 32
_DAY_MS = 24 * 3600 * 1000


def begin(records: Records) -> int:
    """Begin a file; the time of it in Unix milliseconds."""
    with records.write(WORKSPACE) as tx:
        whole_files.begin_file(tx, DIGEST, size_bytes=5)
        return tx.now_ms


def is_put(records: Records) -> bool:
    with records.read(WORKSPACE) as tx:
        return whole_files.is_put(tx, DIGEST)


def put(blobs: LocalBlobs) -> None:
    source = blobs.temporary_directory() / "file"
    source.write_bytes(b"hello")
    blobs.put(whole_files.file_key(DIGEST), source)


def test_a_file_is_there_when_all_of_it_was_put(records: Records) -> None:
    """A file that is begun isn't there yet; one that is begun again stays there."""
    begin(records)
    assert not is_put(records)
    with records.write(WORKSPACE) as tx:
        whole_files.end_file(tx, DIGEST)
    assert is_put(records)
    begin(records)
    assert is_put(records)


def test_a_file_is_due_for_a_touch_after_a_day(records: Records) -> None:
    """A file that clients are sent to all the time is written to once a day."""
    begin(records)
    with records.read(WORKSPACE) as tx:
        assert not whole_files.is_due_for_touch(tx, DIGEST)
        later = type(tx)(tx.connection, WORKSPACE, tx.now_ms + _DAY_MS + 1)
        assert whole_files.is_due_for_touch(later, DIGEST)


def test_clean_up_deletes_what_a_kill_has_left(records: Records, blobs: LocalBlobs) -> None:
    """A file that was put and never ended goes like any other, a week after it was begun."""
    began_at_ms = begin(records)
    put(blobs)

    clean_up(records, blobs, CleanupPolicy(), now_ms=began_at_ms + 7 * _DAY_MS)
    assert list(blobs.list_keys("files/")) != []
    clean_up(records, blobs, CleanupPolicy(), now_ms=began_at_ms + 7 * _DAY_MS + 1)
    assert list(blobs.list_keys("files/")) == []
    assert not is_put(records)
