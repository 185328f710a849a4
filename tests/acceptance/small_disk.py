"""A file system that is soon full: in memory, in a mount namespace of its own, and larger on demand."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

# The holder keeps the namespaces alive until its input ends.
HOLDER = 'mount -t tmpfs -o "size=$2" tmpfs "$1" || exit 77; echo mounted; cat'


@dataclass(frozen=True)
class SmallDisk:
    """A mounted file system at `folder`, seen only by commands that `inside` is put in front of."""

    folder: Path
    holder: subprocess.Popen[str]

    @property
    def inside(self) -> list[str]:
        """What a command line begins with to see the file system."""
        return ["nsenter", f"--target={self.holder.pid}", "--user", "--mount", "--preserve-credentials"]

    def run(self, *command: str | Path) -> str:
        """Run a command there; what it printed."""
        ran = subprocess.run([*self.inside, *command], capture_output=True, text=True, check=True)
        return ran.stdout

    def resize(self, size_bytes: int) -> None:
        """Make room, or take it."""
        self.run("mount", "-o", f"remount,size={size_bytes}", self.folder)


@contextlib.contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[SmallDisk]:
    """Mount a file system of this size; skip the test where that isn't permitted."""
    if shutil.which("unshare") is None or shutil.which("nsenter") is None:
        pytest.skip("needs unshare and nsenter to mount a small file system")
    with subprocess.Popen(
        [
            "unshare",
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            HOLDER,
            "sh",
            folder,
            str(size_bytes),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as holder:
        assert holder.stdout is not None
        assert holder.stderr is not None
        assert holder.stdin is not None
        if holder.stdout.readline() != "mounted\n":
            pytest.skip(f"a small file system can't be mounted here: {holder.stderr.read().strip()}")
        yield SmallDisk(folder, holder)
        holder.stdin.close()
