"""The page that a driver and all processes of a program under shim.c share."""

import contextlib
import mmap
import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from enum import IntEnum, IntFlag
from pathlib import Path

from tests.lacking import lack

_SOURCE = Path(__file__).with_name("shim.c")
_WORDS = (
    "kinds",
    "count",
    "at",
    "length",
    "action",
    "error",
    "hits",
    "dead",
    "leader",
    "recording",
    "lock",
    "handles",
    "resynced",
    "hit_kind",
)
_PLACES = {name: 8 * number for number, name in enumerate(_WORDS)}
_TEXT_BYTES = 1024
_ROOT, _LOG, _UNSYNCED = (8 * len(_WORDS) + _TEXT_BYTES * number for number in range(3))
_PAGE_BYTES = 8 * len(_WORDS) + 3 * _TEXT_BYTES


class Kind(IntFlag):
    """Kinds of calls, as in shim.c."""

    READ_OPEN = 1
    WRITE_OPEN = 2
    WRITE = 4
    SYNC = 8
    RENAME = 16
    REMOVE = 32
    MAKE = 64
    TRUNCATE = 128
    READ = 256


CHANGES = Kind.WRITE_OPEN | Kind.WRITE | Kind.SYNC | Kind.RENAME | Kind.REMOVE | Kind.MAKE | Kind.TRUNCATE


class Action(IntEnum):
    """What happens at a call. TEAR: a write is cut in half, and then the program is killed."""

    NOTHING = 0
    KILL = 1
    TEAR = 2
    FAIL = 3
    SHORTEN = 4


class Control:
    """The shared page, in a file of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("w+b") as file:
            file.truncate(_PAGE_BYTES)
            self._page = mmap.mmap(file.fileno(), _PAGE_BYTES)

    def __getitem__(self, name: str) -> int:
        return int(struct.unpack_from("<Q", self._page, _PLACES[name])[0])

    def __setitem__(self, name: str, value: int) -> None:
        struct.pack_into("<Q", self._page, _PLACES[name], value)

    def begin(self, root: Path) -> None:
        """Watch a folder from now on, and do nothing yet. Only while no process runs that is watched."""
        for name in _WORDS:
            if name != "handles":
                self[name] = 0
        self._put(_ROOT, str(root))
        self._put(_LOG, "")
        self._put(_UNSYNCED, "")

    def record(self, log: Path) -> None:
        """Write down what happens from now on."""
        log.touch()
        self._put(_LOG, str(log))
        self["kinds"] = CHANGES
        self["recording"] = 1

    def arm(
        self,
        action: Action,
        at: int,
        *,
        kinds: Kind = CHANGES,
        leader: int = 0,
        error: int = 0,
        length: int = 1,
    ) -> None:
        """Let something happen at the `at`-th call from now on, and to `length` calls in all.

        leader: the process that dies together with the one that made the call.
        """
        self["kinds"] = 0
        for name, value in (("count", 0), ("hits", 0), ("leader", leader), ("error", error)):
            self[name] = value
        for name, value in (("length", length), ("action", action), ("at", at), ("kinds", kinds)):
            self[name] = value

    def disarm(self) -> None:
        """Let nothing happen any more."""
        self["at"] = 0

    @property
    def unsynced(self) -> str:
        """The file whose last fsync has failed, until it is written again."""
        return bytes(self._page[_UNSYNCED : _UNSYNCED + _TEXT_BYTES]).rstrip(b"\0").decode()

    def _put(self, place: int, text: str) -> None:
        encoded = text.encode()
        assert len(encoded) < _TEXT_BYTES
        self._page[place : place + _TEXT_BYTES] = encoded.ljust(_TEXT_BYTES, b"\0")


@contextlib.contextmanager
def compiled() -> Iterator[Path]:
    """The shim as a library; skips the test where there is no compiler for it."""
    compiler = shutil.which("cc")
    if compiler is None or not os.path.exists("/proc/self/fd"):  # noqa: PTH110 -- a question of the system
        missing = "needs Linux and a C compiler to stand between the program and its files"
        lack(missing)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        library = Path(folder) / "shim.so"
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", library, _SOURCE, "-ldl"],
            check=True,
        )
        yield library
