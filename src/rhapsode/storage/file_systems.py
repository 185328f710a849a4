"""Which file systems several machines may share blobs on: none, as far as it is known.

A machine may be told for some seconds that a file isn't there which another one has put and named in the records, for
network file systems remember what they were asked. Source: nfs(5), "Data and metadata coherence"; statfs(2).
"""

import ctypes
import sys
from pathlib import Path

from rhapsode.studio.errors import InvalidInput

_NETWORK = {
    0x6969: "NFS",
    0x517B: "SMB",
    0xFF534D42: "CIFS",
    0xFE534D42: "SMB",
    0x01021997: "9P",
    0x65735546: "FUSE",
    0x00C36400: "Ceph",
    0x0BD00BD0: "Lustre",
    0x47504653: "GPFS",
    0x5346414F: "AFS",
    0x6B414653: "AFS",
    0x73757245: "Coda",
}
_STATFS_WORDS = 32


def refuse_network(directory: Path) -> None:
    """Refuse a directory for blobs of several processes that is on a network file system.

    The directory need not exist.    Raises: InvalidInput.
    """
    kind = find_network_kind(next(path for path in (directory, *directory.parents) if path.exists()))
    if kind is not None:
        msg = (
            f"{directory} is on {kind}, which may tell one machine that a pack isn't there when another has just "
            "put it. Name an object store with RHAPSODE_BLOBS_URL; one can run on the machine that has the disks."
        )
        raise InvalidInput(msg)


def find_network_kind(path: Path) -> str | None:
    """Which network file system a path is on; None for one of this machine, or where the system doesn't tell."""
    if not sys.platform.startswith("linux"):
        return None
    said = (ctypes.c_long * _STATFS_WORDS)()
    if ctypes.CDLL(None, use_errno=True).statfs(bytes(path), said) != 0:
        return None
    return _NETWORK.get(said[0] & 0xFFFFFFFF)
