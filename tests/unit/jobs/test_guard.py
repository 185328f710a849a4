"""What a runner does with its steps."""

import threading
import time
from pathlib import Path

from tests.conformance.runner_child import WORKSPACE, FileSteps, Shape

from rhapsode.jobs.guard import DONE, STOPPED, Guard
from rhapsode.studio.errors import RecordsUnavailable
from rhapsode.studio.ids import ConversionId, WorkspaceId

ONE = ConversionId("one")


class LateSteps(FileSteps):
    """A slice that waits for its turn only when those that wait have been dismissed."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, {ONE: Shape(waiting="render 0")})
        self.begun, self._is_late = threading.Event(), threading.Event()

    def render_slice(
        self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int, *, waits: bool = True
    ) -> None:
        """See ConversionSteps."""
        self.begun.set()
        self._is_late.wait()
        super().render_slice(workspace_id, conversion_id, ordinal, waits=waits)

    def dismiss(self) -> None:
        """See ConversionSteps."""
        if self._is_late.is_set():
            super().dismiss()
        self._is_late.set()


def test_who_comes_to_wait_while_the_runner_stops_is_dismissed_too(tmp_path: Path) -> None:
    """A step had begun before, and looked up what is missing first."""
    steps = LateSteps(tmp_path)
    guard = Guard(steps, {})
    outcomes: list[str] = []
    slice_ = threading.Thread(
        target=lambda: outcomes.append(guard.run(steps.render_slice, WORKSPACE, ONE, 0)), daemon=True
    )
    slice_.start()
    assert steps.begun.wait(30)
    stopping = time.monotonic()
    guard.close(30)
    assert time.monotonic() - stopping < 10
    slice_.join(10)
    assert outcomes == [STOPPED]


class AwaySteps(FileSteps):
    """Records that can't be reached for a number of attempts."""

    def __init__(self, root: Path, away_count: float) -> None:
        super().__init__(root)
        self.left = away_count
        self.asked = threading.Event()

    def finish(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
        """See ConversionSteps."""
        self.asked.set()
        self.left -= 1
        if self.left >= 0:
            msg = "The database can't be reached."
            raise RecordsUnavailable(msg)
        super().finish(workspace_id, conversion_id)


def test_a_step_is_taken_again_until_the_records_can_be_reached(tmp_path: Path) -> None:
    """No conversion fails because of it."""
    steps = AwaySteps(tmp_path, 2)
    guard = Guard(steps, {})
    assert guard.run(steps.finish, WORKSPACE, ONE) == DONE
    assert guard.find_failure(ONE) is None
    assert steps.end(ONE) == "succeeded"


def test_a_runner_that_stops_does_not_wait_for_the_records(tmp_path: Path) -> None:
    """Whoever takes the conversion up again asks them."""
    steps = AwaySteps(tmp_path, float("inf"))
    guard = Guard(steps, {})
    outcomes: list[str] = []
    step = threading.Thread(
        target=lambda: outcomes.append(guard.run(steps.finish, WORKSPACE, ONE)), daemon=True
    )
    step.start()
    assert steps.asked.wait(30)
    guard.close(30)
    step.join(30)
    assert outcomes == [STOPPED]
