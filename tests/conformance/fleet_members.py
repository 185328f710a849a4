"""Who is in a fleet, by files of a folder: members that live, and what they have."""

import os
from collections.abc import Sequence
from pathlib import Path

import psutil

from rhapsode.jobs.fleet_runner import VERSION, FleetRunner
from rhapsode.storage.postgres_session import jobs_session

DATABASE = "database"
"""The file of a folder that says where its database is."""

_UNHEARD, _READY = ".unheard", ".ready"


class Members:
    """The members of a folder's fleet, each a file that says its process and its engines."""

    def __init__(self, root: Path) -> None:
        self._folder = root / "members"
        self._folder.mkdir(exist_ok=True)

    def join(self, executor_id: str, engines: Sequence[str]) -> None:
        """Let this process be one."""
        (self._folder / executor_id).write_text(" ".join([str(os.getpid()), *engines]))

    def tell_ready(self, executor_id: str) -> None:
        """Say that one takes up work."""
        (self._folder / f"{executor_id}{_READY}").touch()

    def is_ready(self, executor_id: str) -> bool:
        """Whether one has said that."""
        return (self._folder / f"{executor_id}{_READY}").exists()

    def silence(self, executor_id: str) -> None:
        """Let one be taken for dead, as when its heart isn't heard."""
        (self._folder / f"{executor_id}{_UNHEARD}").touch()

    def hear(self, executor_id: str) -> None:
        """Let it live again."""
        (self._folder / f"{executor_id}{_UNHEARD}").unlink()

    def list_dead(self) -> list[str]:
        """Those that are taken for dead, or whose process has gone."""
        return [name for name, lives, _ in self._list() if not lives]

    def list_living(self) -> list[str]:
        """All others that haven't left."""
        return [name for name, lives, _ in self._list() if lives]

    def leave(self, executor_id: str) -> None:
        """Let one be none any more, as when it has ended."""
        (self._folder / executor_id).unlink()

    def list_engines(self) -> set[str]:
        """Of all who live."""
        return {engine for _, lives, engines in self._list() if lives for engine in engines}

    def _list(self) -> list[tuple[str, bool, list[str]]]:
        rows = []
        for file in self._folder.iterdir():
            process, *engines = (
                file.read_text() if file.suffix not in (_UNHEARD, _READY) else ""
            ).split() or [""]
            is_heard = not file.with_name(f"{file.name}{_UNHEARD}").exists()
            if process:
                rows.append((file.name, is_heard and psutil.pid_exists(int(process)), engines))
        return rows


def fleet_member(
    root: Path, executor_id: str, engines: Sequence[str], *, version: str = VERSION, patience_s: float = 600
) -> FleetRunner:
    """A runner of two slots that is a member of a folder's fleet."""
    members = Members(root)
    members.join(executor_id, engines)
    return FleetRunner(
        (root / DATABASE).read_text(),
        jobs_session(),
        executor_id=executor_id,
        engines=engines,
        slot_count=2,
        list_dead=members.list_dead,
        list_living=members.list_living,
        list_engines=members.list_engines,
        patience_s=patience_s,
        version=version,
    )
