"""How much stays free, and on which disks."""

import shutil
from pathlib import Path

import pytest

from rhapsode.storage.local import LocalBlobs
from rhapsode.storage.room import Room, find_folders
from rhapsode.studio.errors import StorageFull


def test_less_than_is_kept_free_is_told_with_both_numbers(tmp_path: Path) -> None:
    """What there is, what stays, and what one can do; a disk that has more is fine."""
    free_bytes = shutil.disk_usage(tmp_path).free
    Room([tmp_path], free_bytes // 2).check()

    with pytest.raises(StorageFull, match=rf"disk of {tmp_path} has [\d,]+ MB, and [\d,]+ MB stay free"):
        Room([tmp_path], free_bytes * 1000).check()


def test_packs_in_another_folder_have_a_disk_too(tmp_path: Path) -> None:
    """It is looked at beside that of the directory, where it isn't in there."""
    root = tmp_path / "data"
    inside, outside = LocalBlobs(root / "blobs"), LocalBlobs(tmp_path / "packs")

    assert find_folders(root, inside) == [root]
    assert find_folders(root, outside) == [root, tmp_path / "packs"]
    assert (tmp_path / "packs").is_dir()
