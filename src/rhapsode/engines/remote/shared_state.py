"""What all processes of a machine know together of one server: a small file, changed under a lock.

It may be lost without harm, but for the counters: then everybody begins anew.
"""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import filelock

from rhapsode.engines.remote.circuit import Circuit

_LOCK_WAIT_S = 10


@dataclass(frozen=True, slots=True)
class Counters:
    """What was asked of a server since the counters began.

    requests: sent, with those that were repeated.    failures: of them, those that came to nothing.
    retries: requests that were made again.    characters: of texts that were spoken.    audio_ms: of sound that came.
    cost: of the characters, at the price that was set when they were spoken.
    """

    requests: int = 0
    failures: int = 0
    retries: int = 0
    characters: int = 0
    audio_ms: int = 0
    cost: float = 0.0


@dataclass(slots=True)
class Known:
    """All that is known, with moments in Unix seconds.

    next_at_s: when the next request may begin.    busy_until_s: until when the server has asked to be left alone.
    """

    circuit: Circuit = field(default_factory=Circuit)
    counters: Counters = field(default_factory=Counters)
    next_at_s: float = 0.0
    busy_until_s: float = 0.0


class SharedState:
    """The file of one server, in a folder that may be there or not. Thread-safe, and for any number of processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "state.json"

    def read(self) -> Known:
        """What is known now; nothing, where there is no file or it can't be read."""
        try:
            return _known(json.loads(self._path.read_text("utf-8")))
        except (OSError, ValueError, TypeError, KeyError):
            return Known()

    @contextlib.contextmanager
    def changed(self) -> Iterator[Known]:
        """What is known, to be changed in the block, in which nobody else changes it.

        Raises: OSError, when the folder can't be written; filelock.Timeout.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        # A lock of its own for each thread and call: the system holds them apart by what has opened the file.
        with filelock.FileLock(self._folder / "state.lock", timeout=_LOCK_WAIT_S):
            known = self.read()
            yield known
            self._write(asdict(known))

    def _write(self, values: dict[str, Any]) -> None:
        unfinished = self._folder / "state.json.new"
        unfinished.write_text(json.dumps(values), "utf-8")
        unfinished.replace(self._path)


def _known(values: dict[str, Any]) -> Known:
    return Known(
        Circuit(**values["circuit"]),
        Counters(**values["counters"]),
        next_at_s=float(values["next_at_s"]),
        busy_until_s=float(values["busy_until_s"]),
    )
