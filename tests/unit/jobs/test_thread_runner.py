"""What the conformance suite of runners can't bring about: an order of events that needs luck."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from tests.conformance.runner_child import WORKSPACE, FileSteps, Shape

from rhapsode.jobs.guard import Guard
from rhapsode.jobs.thread_runner import _Course, _SliceQueue
from rhapsode.studio.ids import ConversionId

ONE = ConversionId("one")


class Backwards(_SliceQueue):
    """Two slices, of which the second is rendered first."""

    def __init__(self) -> None:
        super().__init__()
        self._put: list[tuple[Future[str], Callable[[], str]]] = []

    def put(self, ordinal: int, work: Callable[[], str]) -> Future[str]:
        """See `_SliceQueue.put`."""
        outcome: Future[str] = Future()
        self._put.append((outcome, work))
        if len(self._put) == 2:
            for each, render in reversed(self._put):
                each.set_result(render())
        return outcome


def test_a_slice_that_is_left_out_hides_no_failure(tmp_path: Path) -> None:
    """Of two slices that are begun at once, the second may fail before the first is looked at."""
    steps = FileSteps(tmp_path, {ONE: Shape((2,), failing="render 1")})
    _Course(Guard(steps, {}), Backwards(), WORKSPACE, ONE).run()
    assert steps.end(ONE) == "failed: The engine died."
    assert "render 0" not in steps.calls(ONE)
