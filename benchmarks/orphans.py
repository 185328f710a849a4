"""What processes cost that outlive those who started them: whoever measures is told of their time as of a child's."""

import contextlib
import ctypes
import os
from pathlib import Path

_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Have the processes that are left behind below this one become its children (Linux). Raises: OSError."""
    if ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "this system has no way to adopt orphans")


def wait_for_orphans() -> None:
    """Until no child is left, but for what multiprocessing keeps for itself."""
    from multiprocessing import resource_tracker

    tracker = resource_tracker._resource_tracker._pid  # type: ignore[attr-defined] # nothing public tells it
    with contextlib.suppress(ChildProcessError):
        while _others(tracker):
            os.wait3(0)


def _others(tracker: int | None) -> bool:
    """Whether this process has children beside the tracker."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split()
    return any(int(child) != tracker for child in children)
