"""A store that can't be reached for a while is no reason to take anything for lost or unwanted."""

from pathlib import Path

import pytest

from rhapsode.storage.check import check_storage
from rhapsode.storage.cleanup import CleanupPolicy, clean_up
from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.records import Records
from rhapsode.studio.errors import ObjectStoreFailed

from .stored import DAY_MS, WORKSPACE, commit, grow_older, key_of, read_all, want, write_pack


class Unreachable(LocalBlobs):
    """Lets nothing be read, and does everything else."""

    def read(self, key: str, offset: int, size_bytes: int) -> bytes:
        msg = "The object store s3://books can't be used: it answers 503 Service Unavailable."
        raise ObjectStoreFailed(msg)


@pytest.fixture
def unreachable(tmp_path: Path, blobs: LocalBlobs) -> Unreachable:
    return Unreachable(tmp_path / "blobs")


def run(records: Records, blobs: LocalBlobs) -> int:
    with records.read(WORKSPACE) as tx:
        now_ms = tx.now_ms
    policy = CleanupPolicy(unused_segment_ms=10 * DAY_MS)
    return clean_up(records, blobs, policy, now_ms=now_ms + 1).deleted_packs


def test_clean_up_deletes_no_pack_that_it_can_not_read(
    records: Records, blobs: LocalBlobs, unreachable: Unreachable
) -> None:
    """Somebody may want what is in it: the pack stays until the store says what that is."""
    contents = {key_of(1): b"one"}
    commit(records, write_pack(blobs, contents))
    grow_older(records, 11 * DAY_MS)
    run(records, blobs)
    grow_older(records, 2 * DAY_MS)
    want(records, "conversion", [key_of(1)])

    with pytest.raises(ObjectStoreFailed):
        run(records, unreachable)
    assert run(records, blobs) == 0
    assert read_all(records, blobs, contents) == contents


def test_check_says_that_it_could_not_read(
    records: Records, blobs: LocalBlobs, unreachable: Unreachable
) -> None:
    """The pack isn't called damaged, but that it couldn't be read is a problem."""
    commit(records, write_pack(blobs, {key_of(1): b"one"}))

    (problem,) = check_storage(records, unreachable).problems
    assert "can't be read" in problem
    assert "503 Service Unavailable" in problem
