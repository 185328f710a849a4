"""What a fleet costs and how it shares: a slice in statements and milliseconds, halves of two workspaces, a kill.

Slices sleep, so that the machine's speed is not what is measured. Needs the packages of the development environment.

    python -m benchmarks.fleet_runner
"""

# ruff: noqa: ARG002 -- the steps of a conversion have the arguments that their contract gives them.

import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from tests.conformance import fleet_child
from tests.conformance.fleet_child import SignedSteps
from tests.conformance.fleet_members import DATABASE, fleet_member
from tests.conformance.runner_child import WORKSPACE
from tests.postgres import PostgresServer, postgres_server

from rhapsode.jobs.conversions import Slice
from rhapsode.studio.ids import ConversionId, WorkspaceId

SLICES, CHARACTERS = 200, 2_500
SLICE_S = 0.1
BOOKS, BOOK_SLICES = 10, 20
HEARTBEAT_AGE_S = 8.0
WAIT_S = 300


class Sleeping:
    """Conversions in memory, of one chapter each, whose slices sleep. made: (when, workspace) of each slice."""

    def __init__(self, slice_count: int, slice_s: float) -> None:
        self._slice_count = slice_count
        self._slice_s = slice_s
        self.made: list[tuple[float, str]] = []
        self.finished = threading.Semaphore(0)

    def list_slices(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> Sequence[Slice]:
        """See ConversionSteps."""
        return [Slice(n, 0, ("tone",), CHARACTERS) for n in range(self._slice_count)]

    def list_chapters(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> Sequence[int]:
        """See ConversionSteps."""
        return [0]

    def render_slice(
        self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int, *, waits: bool = True
    ) -> None:
        """See ConversionSteps."""
        time.sleep(self._slice_s)
        self.made.append((time.monotonic(), workspace_id))

    def dismiss(self) -> None:
        """See ConversionSteps."""

    def assemble_chapter(self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int) -> None:
        """See ConversionSteps."""

    def finish(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
        """See ConversionSteps."""
        self.finished.release()

    def fail(self, workspace_id: WorkspaceId, conversion_id: ConversionId, message: str) -> None:
        """See ConversionSteps."""
        raise SystemExit(message)


def new_root(postgres: PostgresServer, folder: Path, name: str) -> Path:
    """A folder with a database of its own."""
    root = folder / name
    root.mkdir()
    (root / DATABASE).write_text(postgres.new_database())
    return root


def measure_slice(root: Path) -> None:
    """One member, slices that do nothing: all that is left is the job engine."""
    steps = Sleeping(SLICES, 0.0)
    runner = fleet_member(root, "measured", ["tone"])
    counted: Counter[str] = Counter()

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        counted[statement.split(None, 1)[0]] += 1

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    runner.start(steps, [])
    before, cpu_s = counted.total(), time.process_time()
    began_s = time.monotonic()
    runner.submit(WORKSPACE, ConversionId("book"))
    steps.finished.acquire(timeout=WAIT_S)
    took_s = time.monotonic() - began_s
    cpu_s = time.process_time() - cpu_s
    statements = counted.total() - before
    sa.event.remove(sa.Engine, "before_cursor_execute", count)
    runner.stop()
    print(
        f"a slice: {statements / SLICES:.1f} statements, {1000 * cpu_s / SLICES:.1f} ms of this process' processor,"
    )
    print(f"  {1000 * took_s / SLICES:.1f} ms elapsed with two slots and no work in it")


def measure_shares(root: Path) -> None:
    """Ten books of one workspace, and one of another that comes later."""
    steps = Sleeping(BOOK_SLICES, SLICE_S)
    runner = fleet_member(root, "sharing", ["tone"])
    runner.start(steps, [(WorkspaceId("many"), ConversionId(f"book{n}")) for n in range(BOOKS)])
    time.sleep(2)
    asked_s = time.monotonic()
    runner.submit(WorkspaceId("one"), ConversionId("other"))
    while sum(1 for _, workspace in steps.made if workspace == "one") < BOOK_SLICES:
        time.sleep(0.05)
    made = [workspace for when_s, workspace in steps.made]
    first = made.index("one")
    during = Counter(made[first : len(made) - made[::-1].index("one")])
    waited_s = steps.made[first][0] - asked_s
    runner.stop()
    print(f"one book beside {BOOKS}: {during['one'] / during.total():.0%} of the slices while it lasts,")
    print(f"  its first slice done after {waited_s:.2f} s, of which {SLICE_S} s are its own")


def measure_kill(root: Path) -> None:
    """A member that is killed, heard of after the age of a heartbeat, beside one that goes on."""
    steps = SignedSteps(root, "here")
    command = [sys.executable, "-m", fleet_child.__name__, str(root), "there", "espeak"]
    with subprocess.Popen(command) as there:
        runner = fleet_member(root, "here", ["tone"])
        runner.start(steps, [(WORKSPACE, ConversionId("both"))])
        while not any(who == "there" for _, who in steps.signed("both")):
            time.sleep(0.05)
        there.kill()
    killed_s = time.monotonic()
    command[4:] = ["after", "espeak"]
    with subprocess.Popen(command) as after:
        while not any(who == "after" for _, who in steps.signed("both")):
            time.sleep(0.05)
        print(
            f"a kill: work goes on {time.monotonic() - killed_s:.1f} s after it, with the start of another member,"
        )
        print(f"  to which the age of a heartbeat comes, {HEARTBEAT_AGE_S:g} s")
        after.kill()
    runner.stop()


def main() -> None:
    """Print all of it."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        postgres_server() as postgres,
    ):
        for measure in (measure_slice, measure_shares, measure_kill):
            measure(new_root(postgres, Path(folder), measure.__name__))
    print(f"largest process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
