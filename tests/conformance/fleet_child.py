"""A member of a fleet, run until it is killed: `fleet_child.py ROOT EXECUTOR_ID ENGINE...`."""

import sys
import time
from pathlib import Path

from tests.conformance.fleet_members import Members, fleet_member
from tests.conformance.runner_child import FileSteps, Shape

from rhapsode.studio.ids import ConversionId, WorkspaceId

SLOW = Shape((5, 5), slice_s=0.3, engines=("tone", "espeak"))
SHAPES = {"apart": SLOW, "both": SLOW, "piper": Shape((3,), engines=("piper",)), "last": SLOW}
"""Of the conversions of a fleet, by id."""


class SignedSteps(FileSteps):
    """Conversions of files whose slices say who has made them."""

    def __init__(self, root: Path, executor_id: str) -> None:
        super().__init__(root, SHAPES)
        self._executor_id = executor_id

    def render_slice(
        self, workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int, *, waits: bool = True
    ) -> None:
        """See ConversionSteps."""
        super().render_slice(workspace_id, conversion_id, ordinal, waits=waits)
        self._append(conversion_id, "signed", f"{ordinal} {self._executor_id}")

    def signed(self, conversion_id: str) -> list[tuple[int, str]]:
        """Each slice that was made with who made it."""
        lines = [line.split() for line in self._lines(conversion_id, "signed")]
        return [(int(ordinal), executor_id) for ordinal, executor_id in lines]


def main(root: str, executor_id: str, *engines: str) -> None:
    """Be a member until somebody ends this process."""
    runner = fleet_member(Path(root), executor_id, engines)
    runner.start(SignedSteps(Path(root), executor_id), [])
    Members(Path(root)).tell_ready(executor_id)
    time.sleep(600)


if __name__ == "__main__":
    main(*sys.argv[1:])
