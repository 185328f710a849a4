"""What runs conversions in a server: with the real runner, on real records."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs
from tests.factories import (
    TONE_LOW,
    WORKSPACE,
    Studio,
    ThisProcess,
    make_document,
    make_document_chapter,
    open_studio,
)
from tests.waiting import wait_until

from rhapsode.authoring.books import BookOptions, save_book
from rhapsode.authoring.projects import delete_project
from rhapsode.jobs.conversions import ConversionSteps
from rhapsode.jobs.dbos_runner import DbosRunner
from rhapsode.rendering.conversions import Rendering
from rhapsode.rendering.freeze import RequestedConversion
from rhapsode.rendering.pool import RenderPool
from rhapsode.rendering.render_jobs import RenderJob, RenderResult
from rhapsode.rendering.sweeper import ConversionSweeper
from rhapsode.storage.conversions import Conversion
from rhapsode.storage.records import ensure_workspace
from rhapsode.studio.errors import EngineFailed, StorageFull
from rhapsode.studio.ids import ConversionId, ProjectId, WorkspaceId

pytestmark = pytest.mark.slow

WAIT_S = 30
OTHER = WorkspaceId("other")
FULL = "There is no space left."


class Door(ThisProcess):
    """A pool whose jobs wait until the door is open, and fail when it is locked."""

    def __init__(self) -> None:
        super().__init__(1)
        self.open = threading.Event()
        self.open.set()
        self.locked = False

    def render(self, job: RenderJob, check: Callable[[], None] = lambda: None) -> RenderResult:
        """See `RenderPool.render`."""
        assert self.open.wait(WAIT_S)
        if self.locked:
            msg = "The engine died."
            raise EngineFailed(msg)
        return super().render(job, check)


class FullDisk(Rendering):
    """Conversions on a disk where a failure can't be kept until there is room."""

    has_room = False

    def fail(self, workspace_id: WorkspaceId, conversion_id: ConversionId, message: str) -> None:
        """See ConversionSteps."""
        if not self.has_room:
            raise StorageFull(FULL)
        super().fail(workspace_id, conversion_id, message)


class FullAtFirst(DbosRunner):
    """A runner that has no room for the first conversions."""

    refusals = 3

    def submit(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
        """See ConversionRunner."""
        if self.refusals:
            self.refusals -= 1
            raise StorageFull(FULL)
        super().submit(workspace_id, conversion_id)


class FullAtStart(DbosRunner):
    """A runner that has no room for itself."""

    def start(self, steps: ConversionSteps, waiting: Sequence[tuple[WorkspaceId, ConversionId]]) -> None:
        """See ConversionRunner."""
        super().start(steps, waiting)
        raise StorageFull(FULL)


class Bench:
    """A studio behind a door, and the sweeper of a server that is started and stopped as a test likes."""

    def __init__(self, root: Path, studio: Studio, door: Door) -> None:
        self.root, self.studio, self.door = root, studio, door
        self._sweeper: ConversionSweeper | None = None

    @property
    def sweeper(self) -> ConversionSweeper:
        """The one that runs."""
        assert self._sweeper is not None
        return self._sweeper

    def start(self, runner: type[DbosRunner] = DbosRunner) -> None:
        """Start a server's sweeper."""
        queue = runner(self.root / "jobs.sqlite3", slots=2)
        self._sweeper = ConversionSweeper(self.studio.records, self.studio.rendering, queue)
        self._sweeper.start()

    def stop(self) -> None:
        """Stop it; safe to call twice."""
        if self._sweeper is not None:
            self._sweeper.stop()

    def save(self, *texts: str, name: str = "tides", workspace_id: WorkspaceId = WORKSPACE) -> ProjectId:
        """Make a project of a chapter for each text, or change it to that."""
        return save_book(
            self.studio.records,
            self.studio.blobs,
            workspace_id,
            make_document(*(make_document_chapter(text, name=f"Part {n}") for n, text in enumerate(texts))),
            name=name,
            origin=f"/books/{name}",
            options=BookOptions(TONE_LOW),
        )

    def request(
        self, *texts: str, name: str = "tides", workspace_id: WorkspaceId = WORKSPACE
    ) -> RequestedConversion:
        """Ask for a conversion of such a project."""
        project_id = self.save(*texts, name=name, workspace_id=workspace_id)
        return self.studio.rendering.request_conversion(workspace_id, project_id)

    def get(self, requested: RequestedConversion, workspace_id: WorkspaceId = WORKSPACE) -> Conversion:
        """A conversion as it is now."""
        return self.studio.rendering.get_conversion(workspace_id, requested.conversion_id)

    def wait(
        self, requested: RequestedConversion, state: str = "succeeded", workspace_id: WorkspaceId = WORKSPACE
    ) -> Conversion:
        """Wait until a conversion is in a state."""
        wait_until(lambda: self.get(requested, workspace_id).state == state)
        return self.get(requested, workspace_id)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    door = Door()
    with open_studio(tmp_path, door) as studio:
        bench = Bench(tmp_path, studio, door)
        yield bench
        door.open.set()
        bench.stop()


def test_what_is_requested_is_converted(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself after a moment, and at once when the sweeper is woken, which otherwise would sleep for an hour."""
    bench.start()
    bench.wait(bench.request("One."))
    monkeypatch.setattr("rhapsode.rendering.sweeper._SWEEP_S", 3_600)
    requested = bench.request("Two.")
    bench.sweeper.wake()
    bench.wait(requested)


def test_what_was_left_unfinished_goes_on_at_the_start(bench: Bench) -> None:
    """Whether it waits or had begun, and in whichever workspace."""
    with bench.studio.records.write(OTHER) as tx:
        ensure_workspace(tx)
    begun = bench.request("One.")
    bench.studio.rendering.list_slices(WORKSPACE, begun.conversion_id)
    foreign = bench.request("Two.", name="ebb", workspace_id=OTHER)
    bench.start()
    bench.wait(begun)
    bench.wait(foreign, workspace_id=OTHER)


def test_conversions_of_a_project_run_one_after_another(bench: Bench) -> None:
    """Those of other projects run meanwhile; what waits begins when what was asked for before has ended."""
    bench.start()
    bench.door.open.clear()
    first = bench.request("One.", "Two.")
    bench.wait(first, "converting")
    second = bench.request("One.", "Two changed.")
    other = bench.request("Three.", name="ebb")
    bench.wait(other, "converting")
    assert bench.get(second).state == "in_queue"

    bench.door.open.set()
    ended = [bench.wait(requested) for requested in (first, second)]
    bench.wait(other)

    times = [conversion.finished_at_ms for conversion in ended]
    assert int(times[0] or 0) <= int(times[1] or 0)
    assert bench.studio.count_spoken(second) == 1


def test_what_waits_can_be_cancelled(bench: Bench) -> None:
    """It never begins, and what runs goes on."""
    bench.start()
    bench.door.open.clear()
    first = bench.request("One.")
    bench.wait(first, "converting")
    second = bench.request("Two.")
    assert bench.studio.rendering.cancel_conversion(WORKSPACE, second.conversion_id)
    bench.door.open.set()
    bench.wait(first)
    assert bench.get(second).state == "cancelled"


def test_conversions_of_a_deleted_project_end(bench: Bench) -> None:
    """The one that runs and the one that waits behind it."""
    bench.start()
    bench.door.open.clear()
    first = bench.request("One.")
    bench.wait(first, "converting")
    second = bench.request("Two.")
    delete_project(bench.studio.records, WORKSPACE, bench.get(first).project_id)
    bench.door.open.set()
    bench.wait(bench.request("Three.", name="ebb"))
    assert [bench.get(requested).state for requested in (first, second)] == ["cancelled"] * 2


def test_a_failure_is_in_the_records_and_the_next_conversion_succeeds(bench: Bench) -> None:
    """With the reason, for people."""
    bench.start()
    bench.door.locked = True
    failed = bench.wait(bench.request("One."), "failed")
    assert failed.error == "The engine died."
    bench.door.locked = False
    bench.wait(bench.request("One."))


def test_a_failure_that_could_not_be_kept_is_kept_when_there_is_room(tmp_path: Path) -> None:
    """Until then the conversion is unfinished, and no other of its project can begin."""
    door = Door()
    door.locked = True
    with open_studio(tmp_path, door) as studio:
        rendering = FullDisk(studio.records, studio.blobs, door)
        studio.rendering = rendering
        bench = Bench(tmp_path, studio, door)
        with capture_logs() as logs:
            bench.start()
            requested = bench.request("One.")
            wait_until(lambda: bool(logs))
            assert bench.get(requested).state == "converting"
            time.sleep(0.6)
            rendering.has_room = True
            assert bench.wait(requested, "failed").error == "The engine died."
            bench.stop()
    assert [log["error"] for log in logs if log["event"] == "sweeper.failed"] == [FULL]


def test_a_queue_without_room_is_tried_again(bench: Bench) -> None:
    """The trouble is told once, and the conversion runs when it is over."""
    with capture_logs() as logs:
        bench.start(FullAtFirst)
        bench.wait(bench.request("One."))
    assert [log["error"] for log in logs if log["event"] == "sweeper.failed"] == [FULL]


def test_a_runner_that_cannot_start_is_an_error_of_the_start(bench: Bench) -> None:
    """A server says so instead of listening."""
    with pytest.raises(StorageFull, match="no space left"):
        bench.start(FullAtStart)
    bench.start()
    bench.wait(bench.request("One."))


def test_a_stopped_sweeper_leaves_the_rest_for_the_next(bench: Bench) -> None:
    """What runs stops between two steps, and goes on at the next start."""
    bench.start()
    bench.stop()
    requested = bench.request("One.")
    time.sleep(0.4)
    assert bench.get(requested).state == "in_queue"
    bench.start()
    bench.wait(requested)


def test_a_process_that_is_killed_at_work_is_replaced(tmp_path: Path) -> None:
    """The slice it was at is rendered by another one, and the conversion succeeds."""
    pool = RenderPool(1)
    with open_studio(tmp_path, pool) as studio:
        bench = Bench(tmp_path, studio, Door())
        bench.start()
        try:
            requested = bench.request(" ".join(f"Wave {number} came in." for number in range(300)))
            bench.sweeper.wake()
            wait_until(lambda: bool(list_workers()))
            # Its start takes about a second.
            time.sleep(1)
            killed = list_workers()
            for worker in killed:
                worker.kill()
            bench.wait(requested)
            assert {worker.pid for worker in list_workers()}.isdisjoint(worker.pid for worker in killed)
        finally:
            bench.stop()
            pool.stop()


def list_workers() -> list[psutil.Process]:
    """The processes of this test's pool."""
    return [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]
