"""What a process that reads what strangers wrote keeps of its powers."""

import os
import sys
from pathlib import Path

import pytest

from rhapsode.processes import bytes_from_fork
from rhapsode.processes.confinement import leave_network

NOBODY = 65_534


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can read what is others'")
def test_root_reads_private_folders_of_others_without_a_network(tmp_path: Path) -> None:
    """Such as a home with the programs and voices in it; of root's other powers none is left."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    Path(private, "voice").write_bytes(b"numbers")
    os.chown(private, NOBODY, NOBODY)

    def look() -> bytes:
        if not leave_network():
            return b"not allowed"
        held = next(
            line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapEff")
        )
        return Path(private, "voice").read_bytes() + b" " + held.split()[1].encode()

    seen = bytes_from_fork(look, wall_s=20)
    if seen == b"not allowed":
        pytest.skip("the kernel lets nobody leave the network")
    assert seen == b"numbers 0000000000000004"
