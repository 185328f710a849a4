"""Room that is kept free on the disk of a data directory.

On a full disk nothing can be deleted either: SQLite writes a log before it forgets a row, and clean-up copies what is
alive before it deletes a pack. So what would fill it is refused earlier.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rhapsode.storage.blobs import Blobs
from rhapsode.studio.errors import StorageFull

_ANY_KEY = "packs"


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """How much a disk holds, and how much more it could."""

    free_bytes: int
    size_bytes: int


class Room:
    """The disks of some folders that exist, and how many bytes of each are kept free."""

    def __init__(self, folders: Sequence[Path], min_free_bytes: int) -> None:
        self._folders = folders
        self._min_free_bytes = min_free_bytes

    def measure(self) -> list[DiskSpace]:
        """Of the disk of each folder, in their order."""
        found = map(shutil.disk_usage, self._folders)
        return [DiskSpace(free_bytes=disk.free, size_bytes=disk.total) for disk in found]

    def check(self) -> None:
        """Raises: StorageFull, when one of the disks has less than that left."""
        for folder in self._folders:
            free_bytes = shutil.disk_usage(folder).free
            if free_bytes < self._min_free_bytes:
                msg = (
                    f"There is no space left for new audio: the disk of {folder} has "
                    f"{free_bytes / 1e6:,.0f} MB, and {self._min_free_bytes / 1e6:,.0f} MB stay free "
                    "(RHAPSODE_MIN_FREE_BYTES). What is there is kept and served; delete something, or make room."
                )
                raise StorageFull(msg)


def find_folders(root: Path, blobs: Blobs) -> list[Path]:
    """What a data directory fills: itself, and its packs where they are in another folder. root: of the directory."""
    packs = blobs.path(_ANY_KEY)
    if packs is None or packs.is_relative_to(root):
        return [root]
    blobs.temporary_directory()  # makes the folder above it
    return [root, packs.parent]
