"""Blobs of several processes are on no file system that remembers what it was asked."""

import os
from pathlib import Path

import pytest

from rhapsode.storage import file_systems
from rhapsode.storage.file_systems import find_network_kind, refuse_network
from rhapsode.studio.errors import InvalidInput


def test_a_disk_of_this_machine_is_taken(tmp_path: Path) -> None:
    """Also for a folder that isn't there yet."""
    refuse_network(tmp_path / "not" / "yet")


@pytest.mark.skipif(
    not os.path.ismount("/proc"), reason="this system has no other file system that is always there"
)
def test_a_file_system_is_known_by_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As that of /proc, were it one of a network: the sentence says what to do instead."""
    monkeypatch.setitem(file_systems._NETWORK, 0x9FA0, "NFS")

    assert find_network_kind(Path("/proc/self")) == "NFS"
    assert find_network_kind(tmp_path) is None
    with pytest.raises(InvalidInput, match=r"is on NFS, .* object store"):
        refuse_network(Path("/proc/self/packs"))
