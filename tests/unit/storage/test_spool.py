"""Bytes of one answer: written by one, read by another, and gone with both."""

import subprocess
import sys
from pathlib import Path

import pytest

from rhapsode.storage.spool import Spool, SpoolWriter
from rhapsode.studio.errors import DataDamaged, StorageFull
from rhapsode.studio.limits import BLOCK_BYTES

WRITER = """
import sys
from pathlib import Path
from rhapsode.storage.spool import SpoolWriter
with SpoolWriter(Path(sys.argv[1])) as writer:
    writer.append(b"spoken ")
    writer.append(b"elsewhere")
"""
KILLED = """
import os, signal, sys
from pathlib import Path
from rhapsode.storage.spool import Spool, SpoolWriter
spool = Spool(Path(sys.argv[1]))
with SpoolWriter(spool.path) as writer:
    writer.append(b"x" * 100_000)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_another_process_wrote_is_read(tmp_path: Path) -> None:
    """From any place, and no file of it can be seen any more."""
    with Spool(tmp_path) as spool:
        subprocess.run([sys.executable, "-c", WRITER, spool.path], check=True)
        assert list(tmp_path.iterdir()) == []
        assert b"".join(spool.iterate_blocks(0, 16)) == b"spoken elsewhere"
        assert b"".join(spool.iterate_blocks(7, 4)) == b"else"


def test_blocks_are_small(tmp_path: Path) -> None:
    """A part may be longer than what is held at once."""
    with Spool(tmp_path) as spool:
        with SpoolWriter(spool.path) as writer:
            writer.append(bytes(2 * BLOCK_BYTES + 5))
        assert [len(block) for block in spool.iterate_blocks(1, 2 * BLOCK_BYTES + 4)] == [
            BLOCK_BYTES,
            BLOCK_BYTES,
            4,
        ]


def test_a_spool_that_is_too_short_is_damaged(tmp_path: Path) -> None:
    """Never fewer bytes than were asked for."""
    with Spool(tmp_path) as spool, pytest.raises(DataDamaged):
        list(spool.iterate_blocks(0, 1))


def test_a_spool_that_nobody_wrote_goes_too(tmp_path: Path) -> None:
    """When it is closed, and also when it is forgotten."""
    with Spool(tmp_path):
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []
    spool = Spool(tmp_path)
    del spool
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="about names of open files on POSIX")
def test_a_kill_leaves_nothing(tmp_path: Path) -> None:
    """Also while it is written."""
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path], check=False)
    assert killed.returncode == -9
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
def test_a_full_disk_is_said_by_its_name(tmp_path: Path) -> None:
    """As everywhere in this room."""
    (tmp_path / "full").symlink_to("/dev/full")
    with SpoolWriter(tmp_path / "full") as writer, pytest.raises(StorageFull):
        writer.append(b"x")
