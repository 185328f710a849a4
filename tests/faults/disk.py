"""A file system of which a power failure leaves what POSIX lets it leave.

Certain is what an fsync has returned for: the bytes of a file by an fsync of that file, names by one of their folder.
Of all else any part may be there. Bytes that were not synced may be lost, kept, or torn at the borders of sectors, in
any order. Names of a folder come in the order in which they were made, as every file system with a journal has them,
but each folder stands for itself; and a file that was moved from one folder to another is in one of them or in both.
"""

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .recording import Call

SECTORS = (512, 4096)
_VERSIONS = 8
"""So many moments a torn file's sectors come from."""
Loss = Literal["all", "none", "order", "torn"]
LOSSES: tuple[Loss, ...] = ("all", "none", "order", "torn", "torn", "torn")
"""What becomes of bytes that weren't synced: all lost, none, all behind some moment, or any mixture."""


@dataclass(frozen=True, slots=True)
class _Change:
    """A write; content: None for a truncation to `offset`."""

    offset: int
    content: bytes | None

    def apply(self, file: bytearray) -> None:
        if self.content is None:
            del file[self.offset :]
            file.extend(bytes(self.offset - len(file)))
            return
        file.extend(bytes(max(0, self.offset - len(file))))
        file[self.offset : self.offset + len(self.content)] = self.content


@dataclass(eq=False, slots=True)
class _File:
    """durable: what is certain.    pending: what has happened since, in order."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[_Change] = field(default_factory=list)

    def sync(self) -> None:
        for change in self.pending:
            change.apply(self.durable)
        self.pending.clear()

    def survivor(self, loss: Loss, chance: random.Random) -> bytes:
        """What is found after a power failure."""
        kept = {"all": 0, "none": len(self.pending)}.get(loss, chance.randint(0, len(self.pending)))
        file = bytearray(self.durable)
        for change in self.pending[:kept]:
            change.apply(file)
        if loss == "torn":
            self._tear(file, chance)
        return bytes(file)

    def _tear(self, file: bytearray, chance: random.Random) -> None:
        """Give each sector that was written a content of its own, of all that it had; the size stays."""
        sector_bytes = chance.choice(SECTORS)
        moments = {chance.randint(0, len(self.pending)) for _ in range(_VERSIONS)}
        versions, now = [], bytearray(self.durable)
        for number, change in enumerate([_Change(0, b""), *self.pending]):
            change.apply(now)
            if number in moments:
                versions.append(bytes(now))
        for start in range(0, len(file), sector_bytes):
            end = min(start + sector_bytes, len(file))
            version = chance.choice(versions)[start:end]
            file[start:end] = version.ljust(end - start, b"\0")


@dataclass(eq=False, slots=True)
class _NameChange:
    """Something that was done to the names of a folder. moved_to: for a removal, the same file's other name."""

    path: str
    target: "_File | None"
    is_folder: bool = False
    moved_to: "str | None" = None


@dataclass(frozen=True, slots=True)
class Syncs:
    """Which of them do something; tests of the test let some do nothing."""

    of_files: bool = True
    of_folders: bool = True


class Disk:
    """Does what was recorded, and can say what a power failure would leave at that moment.

    root: a folder that was watched from when it was empty, and itself on the disk.
    """

    def __init__(self, root: str, syncs: Syncs) -> None:
        self._root = root
        self._syncs = syncs
        self._handles: dict[int, _File | str] = {}
        self._names: dict[str, _File | None] = {root: None}
        self._durable: dict[str, _File | None] = dict(self._names)
        self._pending: dict[str, list[_NameChange]] = {}

    def do(self, call: Call) -> None:
        """Repeat a call."""
        getattr(self, f"_do_{call.what}")(call)

    def _do_o(self, call: Call) -> None:
        if call.path not in self._names:
            self._change(_NameChange(call.path, _File()))
        named = self._names[call.path]
        self._handles[call.handle] = call.path if named is None else named
        if call.offset & os.O_TRUNC and named is not None and (named.durable or named.pending):
            named.pending.append(_Change(0, None))

    def _do_w(self, call: Call) -> None:
        self._file(call).pending.append(_Change(call.offset, call.content))

    def _do_t(self, call: Call) -> None:
        self._file(call).pending.append(_Change(call.offset, None))

    def _do_s(self, call: Call) -> None:
        target = self._handles[call.handle]
        if isinstance(target, _File):
            if self._syncs.of_files:
                target.sync()
        elif self._syncs.of_folders:
            self._pending[target] = [
                change for change in self._pending.get(target, []) if not self._keep(change, self._durable)
            ]

    def _do_r(self, call: Call) -> None:
        target = call.content.decode()
        file = self._names[call.path]
        assert file is not None, "no folder is ever renamed"
        self._change(_NameChange(target, file))
        self._change(_NameChange(call.path, None, moved_to=target))

    def _do_u(self, call: Call) -> None:
        self._change(_NameChange(call.path, None))

    def _do_m(self, call: Call) -> None:
        self._change(_NameChange(call.path, None, is_folder=True))

    def _file(self, call: Call) -> _File:
        file = self._handles[call.handle]
        assert isinstance(file, _File)
        return file

    def _change(self, change: _NameChange) -> None:
        self._keep(change, self._names)
        self._pending.setdefault(os.path.dirname(change.path), []).append(change)  # noqa: PTH120

    @staticmethod
    def _keep(change: _NameChange, names: dict[str, _File | None]) -> bool:
        """Do it; not so a removal for a move whose other half isn't there."""
        if change.target is not None or change.is_folder:
            names[change.path] = change.target
        elif change.moved_to is None or change.moved_to in names:
            names.pop(change.path, None)
        else:
            return False
        return True

    def fail(self, chance: random.Random) -> dict[str, bytes | None]:
        """What is found after a power failure now: the bytes of each file by its path, None for a folder."""
        loss = chance.choice(LOSSES)
        names = dict(self._durable)
        for changes in self._pending.values():
            kept = {"all": 0, "none": len(changes)}.get(loss, chance.randint(0, len(changes)))
            for change in changes[:kept]:
                self._keep(change, names)
        return {
            path: None if file is None else file.survivor(loss, chance)
            for path, file in sorted(names.items())
            if path.startswith(self._root) and self._is_reachable(path, names)
        }

    def _is_reachable(self, path: str, names: dict[str, _File | None]) -> bool:
        while path != self._root:
            path = os.path.dirname(path)  # noqa: PTH120 -- keys again
            if path not in names:
                return False
        return True


def write_state(state: dict[str, bytes | None], root: str, folder: Path) -> None:
    """Write what was found to another folder. What is shared by memory alone is left out: SQLite makes it anew."""
    for path, content in state.items():
        place = folder / path.removeprefix(root).lstrip("/")
        if content is None:
            place.mkdir(parents=True, exist_ok=True)
        elif not path.endswith("-shm"):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)


def moments(calls: Sequence[Call], count: int, chance: random.Random) -> list[int]:
    """So many numbers of calls behind which the power fails, in order, spread over all."""
    return sorted(int((number + chance.random()) / count * (len(calls) + 1)) for number in range(count))
