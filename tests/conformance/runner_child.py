"""Conversions of files: real steps that note in a file what is asked of them; and a process that runs them.

Run as a program, it runs conversions until it is killed: `runner_child.py RUNNER ROOT CONVERSION...`.
"""

import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rhapsode.jobs.conversions import ConversionDismissed, ConversionEnded, ConversionRunner, Slice
from rhapsode.jobs.thread_runner import ThreadRunner
from rhapsode.studio.errors import EngineFailed, StorageFull
from rhapsode.studio.ids import ConversionId, WorkspaceId, new_id

WORKSPACE = WorkspaceId("default")


def dbos_runner(root: Path) -> ConversionRunner:
    """The runner on DBOS, with two slots."""
    # Here, as it takes a second to load, in each process that is killed.
    from rhapsode.jobs.dbos_runner import DbosRunner

    return DbosRunner(root / "jobs.sqlite3", slots=2)


def thread_runner(_root: Path) -> ConversionRunner:
    """The runner of commands, with two slots."""
    return ThreadRunner(slots=2)


def fleet_runner(root: Path) -> ConversionRunner:
    """The runner of a fleet, a member with two slots."""
    from tests.conformance.fleet_members import fleet_member

    return fleet_member(root, f"{os.getpid()}-{new_id()}", ["tone"])


RUNNERS = {"dbos": dbos_runner, "threads": thread_runner, "fleet": fleet_runner}


@dataclass(frozen=True)
class Shape:
    """A conversion: chapters of so many slices, each of which takes so long.

    failing, crashing: the step that raises an error we know, or one that nobody foresaw.
    waiting: the slice whose turn doesn't come.    engines: who speaks for the slices, in turn; nobody has to without.
    """

    slices_of_chapters: Sequence[int] = (2, 0, 3)
    slice_s: float = 0.0
    failing: str | None = None
    crashing: str | None = None
    waiting: str | None = None
    engines: Sequence[str] = ()


class FileSteps:
    """Conversions in folders of `root`: `calls` lists the steps, `made` what they made, `ended` is the end.

    shapes: by conversion, the default for all others.
    """

    def __init__(self, root: Path, shapes: Mapping[str, Shape] | None = None) -> None:
        self._root = root
        self._shapes = shapes or {}
        self._dismissed = threading.Event()

    def calls(self, conversion_id: str) -> list[str]:
        """The steps that have begun, in order."""
        return self._lines(conversion_id, "calls")

    def made(self, conversion_id: str) -> set[str]:
        """The slices and chapters that are finished."""
        return set(self._lines(conversion_id, "made"))

    def end(self, conversion_id: str) -> str | None:
        """How a conversion has ended; None before that."""
        return next(iter(self._lines(conversion_id, "ended")), None)

    def cancel(self, conversion_id: str) -> None:
        """End a conversion from outside."""
        self._append(conversion_id, "ended", "cancelled")

    def list_slices(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> Sequence[Slice]:
        """See ConversionSteps."""
        self._begin(workspace_id, conversion_id, "list slices")
        chapters = [
            c for c, count in enumerate(self._shape(conversion_id).slices_of_chapters) for _ in range(count)
        ]
        engines = self._shape(conversion_id).engines
        return [
            Slice(ordinal, chapter, (engines[ordinal % len(engines)],) if engines else ())
            for ordinal, chapter in enumerate(chapters)
        ]

    def list_chapters(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> Sequence[int]:
        """See ConversionSteps."""
        self._begin(workspace_id, conversion_id, "list chapters")
        return range(len(self._shape(conversion_id).slices_of_chapters))

    def render_slice(
        self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int, *, waits: bool = True
    ) -> None:
        """See ConversionSteps."""
        self._begin(workspace_id, conversion_id, f"render {ordinal}")
        if self._shape(conversion_id).waiting == f"render {ordinal}":
            self._dismissed.wait()
            raise ConversionDismissed
        time.sleep(self._shape(conversion_id).slice_s)
        self._append(conversion_id, "made", f"slice {ordinal}")

    def dismiss(self) -> None:
        """See ConversionSteps."""
        self._dismissed.set()

    def assemble_chapter(self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int) -> None:
        """See ConversionSteps. A chapter can't be assembled before its slices and those before them."""
        self._begin(workspace_id, conversion_id, f"assemble {ordinal}")
        needed = sum(self._shape(conversion_id).slices_of_chapters[: ordinal + 1])
        missing = {f"slice {i}" for i in range(needed)} - self.made(conversion_id)
        assert not missing, missing
        self._append(conversion_id, "made", f"chapter {ordinal}")

    def finish(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
        """See ConversionSteps."""
        self._begin(workspace_id, conversion_id, "finish")
        self._append(conversion_id, "ended", "succeeded")

    def fail(self, workspace_id: WorkspaceId, conversion_id: ConversionId, message: str) -> None:
        """See ConversionSteps."""
        self._begin(workspace_id, conversion_id, "fail")
        self._append(conversion_id, "ended", f"failed: {message}")

    def _begin(self, workspace_id: WorkspaceId, conversion_id: ConversionId, call: str) -> None:
        assert workspace_id == WORKSPACE
        if self.end(conversion_id) is not None:
            raise ConversionEnded
        self._append(conversion_id, "calls", call)
        shape = self._shape(conversion_id)
        if call == shape.failing:
            raise StorageFull("No space.") if call == "fail" else EngineFailed("The engine died.")
        if call == shape.crashing:
            msg = "a slip"
            raise ValueError(msg)

    def _shape(self, conversion_id: str) -> Shape:
        return self._shapes.get(conversion_id, Shape())

    def _lines(self, conversion_id: str, name: str) -> list[str]:
        path = self._root / conversion_id / name
        return path.read_text().splitlines() if path.exists() else []

    def _append(self, conversion_id: str, name: str, line: str) -> None:
        path = self._root / conversion_id / name
        path.parent.mkdir(exist_ok=True)
        # One write each, so that lines of several threads and processes never mix.
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(file, f"{line}\n".encode())
        os.close(file)


SLOW = Shape(slices_of_chapters=(4, 4), slice_s=0.3)


def main(name: str, root: str, *conversion_ids: str) -> None:
    """Run slow conversions until somebody ends this process."""
    steps = FileSteps(Path(root), dict.fromkeys(conversion_ids, SLOW))
    runner = RUNNERS[name](Path(root))
    runner.start(steps, [(WORKSPACE, ConversionId(conversion_id)) for conversion_id in conversion_ids])
    time.sleep(600)


if __name__ == "__main__":
    main(*sys.argv[1:])
