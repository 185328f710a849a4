"""The durable steps of writing files."""

import errno
import os
import stat
from pathlib import Path

import pytest

from rhapsode.storage.files import (
    make_directories,
    move_durably,
    translate_full_storage,
    write_all,
    write_through,
)
from rhapsode.studio.errors import StorageFull


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_full_storage_has_its_own_error(code: int) -> None:
    """No space and no quota become StorageFull, whose sentence names the file."""
    with pytest.raises(StorageFull, match=r"no space left for a/file"), translate_full_storage():
        raise OSError(code, os.strerror(code), "a/file")


def test_other_errors_pass() -> None:
    """An error that isn't about space stays what it was."""
    with pytest.raises(PermissionError), translate_full_storage():
        raise PermissionError(errno.EACCES, "no")


def test_write_all_writes_everything(tmp_path: Path) -> None:
    """All bytes arrive, in order, behind those that were there."""
    content = os.urandom(3_000_000)
    path = tmp_path / "file"
    with path.open("xb", buffering=0) as file:
        write_all(file, content)
        write_all(file, b"")
        write_all(file, b"end")

    assert path.read_bytes() == content + b"end"


@pytest.mark.parametrize("sizes", [[], [1], [5_000_000] * 7])
def test_write_through_writes_everything(tmp_path: Path, sizes: list[int]) -> None:
    """All blocks arrive in order, be they none, few or more than memory is to keep."""
    blocks = [os.urandom(size) for size in sizes]
    path = tmp_path / "file"
    with path.open("xb", buffering=0) as file:
        write_through(file, iter(blocks))

    assert path.read_bytes() == b"".join(blocks)


def test_missing_directories_are_made(tmp_path: Path) -> None:
    """All missing directories on the way are made, and making them again is fine."""
    make_directories(tmp_path / "a" / "b" / "c")
    make_directories(tmp_path / "a" / "b" / "c")

    assert (tmp_path / "a" / "b" / "c").is_dir()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_directories_can_be_private(tmp_path: Path) -> None:
    """Every directory that is made gets the mode asked for."""
    make_directories(tmp_path / "a" / "b", mode=0o700)

    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a", tmp_path / "a" / "b")] == [
        0o700
    ] * 2


def test_a_file_in_the_way_is_an_error(tmp_path: Path) -> None:
    """A directory can't be made where a file is."""
    (tmp_path / "a").touch()

    with pytest.raises(FileExistsError):
        make_directories(tmp_path / "a" / "b")


def test_moving_replaces(tmp_path: Path) -> None:
    """The source's bytes have the target's name afterwards, and the source is gone."""
    (tmp_path / "source").write_bytes(b"new")
    (tmp_path / "target").write_bytes(b"old")

    move_durably(tmp_path / "source", tmp_path / "target")

    assert (tmp_path / "target").read_bytes() == b"new"
    assert not (tmp_path / "source").exists()
