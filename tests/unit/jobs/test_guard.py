"""What a runner does with its steps."""

import threading
import time
from pathlib import Path

from tests.conformance.runner_child import WORKSPACE, FileSteps, Shape

from rhapsode.jobs.guard import STOPPED, Guard
from rhapsode.studio.ids import ConversionId, WorkspaceId

ONE = ConversionId("one")


class LateSteps(FileSteps):
    """A slice that waits for its turn only when those that wait have been dismissed."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, {ONE: Shape(waiting="render 0")})
        self.begun, self._is_late = threading.Event(), threading.Event()

    def render_slice(self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int) -> None:
        """See ConversionSteps."""
        self.begun.set()
        self._is_late.wait()
        super().render_slice(workspace_id, conversion_id, ordinal)

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
