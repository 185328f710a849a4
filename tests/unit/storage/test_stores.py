"""A data directory and the store of its blobs belong to each other, and neither is taken for another."""

import shutil
from pathlib import Path

import pytest

from rhapsode.storage.blobs import Blobs
from rhapsode.storage.directory import DataDirectory
from rhapsode.storage.stores import open_blobs
from rhapsode.studio.errors import DataDirectoryRefused, InvalidInput

KEY = "packs/ab/abcdef.pack"


def opened(root: Path, url: str | None) -> Blobs:
    """The blobs of a directory that some command has opened before."""
    with DataDirectory.open(root, "test") as directory:
        blobs = open_blobs(directory, url)
        directory.records_path.touch()
        return blobs


def put(blobs: Blobs, content: bytes) -> None:
    source = blobs.temporary_directory() / "unfinished"
    source.write_bytes(content)
    blobs.put(KEY, source)


def test_blobs_are_in_the_directory_unless_said_otherwise(tmp_path: Path) -> None:
    """Without an address nothing is remembered, and the directory has its own blobs."""
    put(opened(tmp_path / "data", None), b"hello")

    assert (tmp_path / "data/blobs" / KEY).read_bytes() == b"hello"
    assert not (tmp_path / "data/BLOBS").exists()


def test_a_directory_finds_its_store_again(tmp_path: Path) -> None:
    """What was put is there at the next start with the same address."""
    url = (tmp_path / "a mounted disk").as_uri()
    put(opened(tmp_path / "data", url), b"hello")

    assert opened(tmp_path / "data", url).read(KEY, 0, 5) == b"hello"
    assert (tmp_path / "a mounted disk" / KEY).read_bytes() == b"hello"


@pytest.mark.parametrize("other", [None, "other"])
def test_a_directory_refuses_another_place(tmp_path: Path, other: str | None) -> None:
    """Where its packs are elsewhere, a directory says where, and finds nothing in the wrong place."""
    url = (tmp_path / "packs").as_uri()
    opened(tmp_path / "data", url)

    with pytest.raises(DataDirectoryRefused, match=url):
        opened(tmp_path / "data", None if other is None else (tmp_path / other).as_uri())
    put(opened(tmp_path / "data", url), b"hello")


def test_a_directory_with_packs_of_its_own_refuses_a_store(tmp_path: Path) -> None:
    """A directory that was used without an address isn't used with one."""
    opened(tmp_path / "data", None)

    with pytest.raises(DataDirectoryRefused, match="in the directory itself"):
        opened(tmp_path / "data", (tmp_path / "packs").as_uri())
    assert not (tmp_path / "packs").exists()


def test_two_directories_do_not_share_a_store(tmp_path: Path) -> None:
    """The second directory is refused, since it would delete what only the first one knows; and told a way out."""
    url = (tmp_path / "packs").as_uri()
    unfinished = opened(tmp_path / "first", url).temporary_directory() / "unfinished"
    unfinished.write_bytes(b"half")

    with pytest.raises(DataDirectoryRefused, match="another data directory"):
        opened(tmp_path / "second", url)
    assert unfinished.exists(), "the first one may be writing it"
    (tmp_path / "packs/owner").unlink()
    put(opened(tmp_path / "second", url), b"hello")


def test_a_copy_of_the_store_is_recognized(tmp_path: Path) -> None:
    """Blobs that were copied elsewhere are found there, and from then on nowhere else."""
    first, second = tmp_path / "packs", tmp_path / "copy"
    put(opened(tmp_path / "data", first.as_uri()), b"hello")
    shutil.copytree(first, second)

    assert opened(tmp_path / "data", second.as_uri()).read(KEY, 0, 5) == b"hello"
    with pytest.raises(DataDirectoryRefused, match=second.as_uri()):
        opened(tmp_path / "data", None)


def test_a_store_that_was_emptied_is_noticed(tmp_path: Path) -> None:
    """Under the same address there may be another store, as when a disk isn't mounted."""
    url = (tmp_path / "packs").as_uri()
    opened(tmp_path / "data", url)
    shutil.rmtree(tmp_path / "packs")

    with pytest.raises(DataDirectoryRefused, match="doesn't have the packs"):
        opened(tmp_path / "data", url)


def test_a_kill_while_they_meet_does_no_harm(tmp_path: Path) -> None:
    """A directory that was cut off after the store knew it goes on with the id it began with."""
    url = (tmp_path / "packs").as_uri()
    opened(tmp_path / "data", url)
    (tmp_path / "data/BLOBS").rename(tmp_path / "data/BLOBS.new")
    (tmp_path / "data/records.sqlite3").unlink()

    put(opened(tmp_path / "data", url), b"hello")


def test_leftovers_of_a_kill_are_removed_elsewhere_too(tmp_path: Path) -> None:
    """Unfinished files of a local store are removed when it is opened."""
    url = (tmp_path / "packs").as_uri()
    leftover = opened(tmp_path / "data", url).temporary_directory() / "leftover"
    leftover.write_bytes(b"half")

    opened(tmp_path / "data", url)
    assert not leftover.exists()


@pytest.mark.parametrize("content", [b"", b"[]", b'{"url": "s3://books"}'])
def test_a_damaged_memory_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file BLOBS that can't be read is an error, not a directory without one."""
    opened(tmp_path / "data", None)
    (tmp_path / "data/BLOBS").write_bytes(content)

    with pytest.raises(DataDirectoryRefused, match="can't be understood"):
        opened(tmp_path / "data", None)


def test_a_store_that_is_not_there_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody answers, the start ends with one sentence that names the store."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    with pytest.raises(InvalidInput) as caught:
        opened(tmp_path / "data", "s3://books/here")
    assert str(caught.value).startswith("The object store s3://books/here can't be used: ")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "data/BLOBS").exists()
