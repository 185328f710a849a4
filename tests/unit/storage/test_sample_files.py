"""Samples of voices are kept on the disk, the newest of them."""

import os
from pathlib import Path

from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.sample_files import find_sample, keep_sample


def test_what_is_kept_is_found_by_whoever_asks_next(tmp_path: Path) -> None:
    """Whole, and none of it is a blob; what was kept first under a key stays, as it was told to somebody."""
    blobs = LocalBlobs(tmp_path)
    assert find_sample(blobs, "a" * 64) is None

    kept = keep_sample(blobs, "a" * 64, b"first")

    assert kept.content == b"first"
    assert keep_sample(blobs, "a" * 64, b"second") == kept
    blobs.remove_temporaries()
    assert find_sample(LocalBlobs(tmp_path), "a" * 64) == kept
    assert list(blobs.list_keys("")) == []


def test_the_oldest_go_where_there_are_too_many(tmp_path: Path) -> None:
    """With what a killed process has left."""
    blobs = LocalBlobs(tmp_path)
    for number, key in enumerate("abc"):
        keep_sample(blobs, key, key.encode())
        os.utime(tmp_path / ".samples" / f"{key}.mp3", (number, number))
    leftover = tmp_path / ".samples" / "d.unfinished"
    leftover.write_bytes(b"half")
    os.utime(leftover, (0, 0))

    keep_sample(blobs, "e", b"e", max_count=3)

    assert not leftover.exists()
    assert [key for key in "abcde" if find_sample(blobs, key)] == ["b", "c", "e"]
