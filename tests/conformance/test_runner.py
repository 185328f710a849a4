"""The contract `ConversionRunner`, for every runner: whoever adds one adds it to `RUNNERS`."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.conformance import queue_child, runner_child
from tests.conformance.fleet_databases import put_database
from tests.conformance.queue_child import SlowPool
from tests.conformance.runner_child import RUNNERS, SLOW, WORKSPACE, FileSteps, Shape
from tests.conftest import ROOT
from tests.factories import Studio, open_studio
from tests.postgres import PostgresServer
from tests.rounds import rounds
from tests.waiting import wait_until

from rhapsode.jobs.conversions import ConversionRunner
from rhapsode.storage import conversions
from rhapsode.storage.conversions import Conversion
from rhapsode.studio.ids import ConversionId

pytestmark = pytest.mark.slow

AT_ONCE_S = rounds(20, 5)
"""Less than the 30 seconds for which a runner that is stopped waits for what is being made."""
KILLS = rounds(2, 3)
STEPS = ["render 0", "render 1", "render 2", "render 3", "render 4"]
CHAPTERS = ["assemble 0", "assemble 1", "assemble 2"]


class Bench:
    """A runner of one kind on one folder, started and stopped as a test likes."""

    def __init__(self, name: str, root: Path) -> None:
        self.name, self.root = name, root
        self.steps = FileSteps(root)
        self._runner: ConversionRunner | None = None

    @property
    def runner(self) -> ConversionRunner:
        """The one that runs."""
        assert self._runner is not None
        return self._runner

    def start(self, *conversion_ids: str, shape: Shape = Shape()) -> None:  # noqa: B008 -- it is frozen
        """Start a runner with these conversions waiting, all of one shape."""
        self.start_shapes(dict.fromkeys(conversion_ids, shape))

    def start_shapes(self, shapes: Mapping[str, Shape]) -> None:
        """Start a runner with these conversions waiting, each of a shape of its own."""
        self.steps = FileSteps(self.root, shapes)
        self._runner = RUNNERS[self.name](self.root)
        self._runner.start(self.steps, [(WORKSPACE, ConversionId(c)) for c in shapes])

    def stop(self) -> None:
        """Stop it; safe to call twice."""
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.stop()

    def wait(self, conversion_id: str) -> str:
        """Wait until a conversion has ended, and return how."""
        wait_until(lambda: self.steps.end(conversion_id) is not None)
        return str(self.steps.end(conversion_id))


@pytest.fixture(params=RUNNERS)
def name(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a runner that can work on the test's folder."""
    if request.param == "fleet":
        postgres: PostgresServer = request.getfixturevalue("postgres")
        put_database(tmp_path, postgres)
    return str(request.param)


@pytest.fixture
def bench(name: str, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(name, tmp_path)
    yield bench
    bench.stop()


def test_every_step_is_taken_in_order(bench: Bench) -> None:
    """Each chapter after its slices and those before them, and the end after all; a quiet run does each once."""
    bench.start("one")
    assert bench.wait("one") == "succeeded"
    calls = bench.steps.calls("one")
    assert calls[:2] == ["list slices", "list chapters"]
    assert sorted(calls[2:]) == sorted([*STEPS, *CHAPTERS, "finish"])
    assert [call for call in calls if call in CHAPTERS] == CHAPTERS
    assert calls[-1] == "finish"


def test_small_conversions_are_conversions(bench: Bench) -> None:
    """Without chapters, without slices, or with a single one."""
    shapes = {str(slices): Shape(slices) for slices in [(), (0,), (1,), (0, 1, 0)]}
    bench.start_shapes(shapes)
    for name, shape in shapes.items():
        assert bench.wait(name) == "succeeded"
        slices = shape.slices_of_chapters
        assert len(bench.steps.made(name)) == len(slices) + sum(slices)


def test_a_chapter_is_assembled_while_later_ones_render(bench: Bench) -> None:
    """The finished part of a book can be heard before the rest is."""
    bench.start("one", shape=SLOW)
    bench.wait("one")
    calls = bench.steps.calls("one")
    assert calls.index("assemble 0") < calls.index("render 7")


def test_conversions_may_come_at_any_time(bench: Bench) -> None:
    """Those that wait at the start, and those submitted later; one that is submitted twice runs once."""
    bench.start("one", "two")
    bench.runner.submit(WORKSPACE, ConversionId("three"))
    bench.runner.submit(WORKSPACE, ConversionId("one"))
    for conversion_id in ("one", "two", "three"):
        assert bench.wait(conversion_id) == "succeeded"
        assert bench.steps.calls(conversion_id).count("finish") == 1


def test_a_small_conversion_need_not_wait_for_a_big_one(bench: Bench) -> None:
    """It is begun while the big one's later slices wait."""
    bench.start("big", shape=Shape((24,), 0.05))
    wait_until(lambda: "slice 3" in bench.steps.made("big"))
    bench.runner.submit(WORKSPACE, ConversionId("small"))
    bench.wait("small")
    assert bench.steps.end("big") is None
    bench.wait("big")


def test_a_step_that_fails_ends_its_conversion_with_the_reason(bench: Bench) -> None:
    """Whichever step it is, and whether or not anybody foresaw the error; other conversions go on."""
    steps = ["list slices", "list chapters", "render 3", "assemble 1", "finish"]
    failing = {f"failing {step}": Shape(failing=step) for step in steps}
    crashing = {f"crashing {step}": Shape(crashing=step) for step in steps}
    messages = dict.fromkeys(failing, "The engine died.") | dict.fromkeys(crashing, "a slip")
    bench.start_shapes(failing | crashing)
    bench.runner.submit(WORKSPACE, ConversionId("well"))

    for name, message in messages.items():
        ended = bench.wait(name)
        assert ended.startswith("failed: "), name
        assert message in ended, name
        assert message in str(bench.runner.find_failure(ConversionId(name))), name
    assert bench.wait("well") == "succeeded"
    assert bench.runner.find_failure(ConversionId("well")) is None


def test_a_single_slice_that_fails_ends_its_conversion_too(bench: Bench) -> None:
    """A short way round the queue makes no difference."""
    bench.start("one", shape=Shape((1,), failing="render 0"))
    assert bench.wait("one") == "failed: The engine died."


def test_a_failure_that_cannot_be_kept_is_known_and_tried_again(bench: Bench) -> None:
    """On a full disk only this process knows; the next start takes the conversion up, and it succeeds."""
    bench.start("one", shape=Shape((1, 2), crashing="render 1", failing="fail"))
    wait_until(lambda: "fail" in bench.steps.calls("one"))
    assert "a slip" in str(bench.runner.find_failure(ConversionId("one")))
    bench.stop()
    assert bench.steps.end("one") is None

    bench.start("one", shape=Shape((1, 2)))
    assert bench.wait("one") == "succeeded"


def test_a_cancelled_conversion_is_no_failure(bench: Bench) -> None:
    """Nothing more is done for it, and nothing is said."""
    bench.start("one", shape=SLOW)
    wait_until(lambda: "slice 1" in bench.steps.made("one"))
    bench.steps.cancel("one")
    bench.runner.submit(WORKSPACE, ConversionId("two"))
    assert bench.wait("two") == "succeeded"
    bench.stop()
    assert bench.steps.end("one") == "cancelled"
    assert "finish" not in bench.steps.calls("one")


def test_stopping_after_a_cancellation_is_quick(bench: Bench) -> None:
    """Whoever presses Ctrl-C doesn't wait for slices that nobody wants any more."""
    bench.start("one", shape=Shape((60,), 0.3))
    wait_until(lambda: len(bench.steps.made("one")) >= 2)
    bench.steps.cancel("one")
    bench.stop()
    assert len(bench.steps.made("one")) < 40
    assert bench.steps.end("one") == "cancelled"


def test_what_was_running_at_a_stop_goes_on_at_the_next_start(bench: Bench) -> None:
    """Stopping waits for the steps that are being taken and not for all the others."""
    long = Shape((20,), 0.3)
    bench.start("one", shape=long)
    wait_until(lambda: len(bench.steps.made("one")) >= 2)
    bench.stop()
    made = bench.steps.made("one")
    assert bench.steps.end("one") is None
    assert {f"slice {call.split()[1]}" for call in bench.steps.calls("one")[2:]} == made

    bench.start("one", shape=Shape((20,)))
    assert bench.wait("one") == "succeeded"


def test_a_slice_that_waits_for_its_turn_is_not_waited_for(bench: Bench) -> None:
    """Others may be before it for long; it has its turn after the next start."""
    bench.start("one", shape=Shape((3,), waiting="render 1"))
    wait_until(lambda: "render 1" in bench.steps.calls("one"))
    stopping = time.monotonic()
    bench.stop()
    assert time.monotonic() - stopping < AT_ONCE_S
    assert bench.steps.end("one") is None

    bench.start("one", shape=Shape((3,)))
    assert bench.wait("one") == "succeeded"
    assert len(bench.steps.made("one")) == 4


def test_what_was_running_at_a_kill_goes_on(bench: Bench) -> None:
    """Killed again and again, at work on several slices: nothing is left out, and the order holds."""
    ids = ("one", "two")
    for count in range(1, KILLS + 1):
        command = [sys.executable, "-m", runner_child.__name__, bench.name, str(bench.root), *ids]
        with subprocess.Popen(command, cwd=ROOT) as child:
            wait_until(lambda: sum(len(bench.steps.made(i)) for i in ids) >= 2 * count)  # noqa: B023
            child.kill()
    assert [bench.steps.end(i) for i in ids] == [None, None]

    bench.start(*ids, shape=SLOW)
    for conversion_id in ids:
        assert bench.wait(conversion_id) == "succeeded"
        assert len(bench.steps.made(conversion_id)) == 10
        assert bench.steps.calls(conversion_id)[-1] == "finish"


def is_at_work(studio: Studio, share: float) -> bool:
    """Whether so much of one conversion is done while another one waits."""
    unfinished = studio.rendering.list_unfinished(WORKSPACE)
    if len(unfinished) < 2:
        return False
    progress = studio.rendering.get_progress(WORKSPACE, unfinished[0].conversion_id)
    return progress.segments_done >= share * progress.segments_wanted


@contextlib.contextmanager
def killed(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """Kill a process at the end, whatever happens."""
    try:
        yield
    finally:
        child.kill()


def test_what_ran_and_what_waited_at_a_kill_goes_on_in_order(name: str, tmp_path: Path) -> None:
    """Killed twice at work on a book that was changed meanwhile: both versions come, the newer one last."""
    with open_studio(tmp_path, SlowPool(1)) as studio:
        for share in (0.2, 0.5):
            command = [sys.executable, "-m", queue_child.__name__, name, str(tmp_path)]
            with subprocess.Popen(command, cwd=ROOT) as child, killed(child):
                wait_until(lambda: is_at_work(studio, share) or child.poll() is not None, pause_s=0.1)  # noqa: B023
                assert child.poll() is None
        running, waiting = studio.rendering.list_unfinished(WORKSPACE)
        assert (running.state, waiting.state) == ("converting", "in_queue")

        sweeper = queue_child.convert_all(studio, name, tmp_path)
        wait_until(lambda: not studio.rendering.list_unfinished(WORKSPACE), pause_s=0.1)
        sweeper.stop()

        made = [studio.rendering.get_conversion(WORKSPACE, c.conversion_id) for c in (running, waiting)]
        assert [conversion.state for conversion in made] == ["succeeded", "succeeded"]
        assert int(made[0].finished_at_ms or 0) <= int(made[1].finished_at_ms or 0)
        assert [last_words(studio, c) for c in made] == ["It was night.", "It was day."]
        with studio.records.read(WORKSPACE) as tx:
            assert conversions.get_usage(tx, made[1].conversion_id, "speech").segment_count == 1


def last_words(studio: Studio, conversion: Conversion) -> str:
    """The last paragraph of what a conversion has left."""
    assert conversion.project_snapshot_id is not None
    last = studio.chapter_snapshots(conversion.project_snapshot_id)[-1]
    return "".join(part.text for part in studio.parts(last.chapter_snapshot_id)).splitlines()[-1]
