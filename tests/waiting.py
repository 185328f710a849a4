"""Waiting for what happens by itself."""

import time
from collections.abc import Callable


def wait_until(is_so: Callable[[], object], limit_s: float = 60, *, pause_s: float = 0.02) -> None:
    """Ask until it is so. Raises: AssertionError, when it isn't in time."""
    until_s = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < until_s, f"it isn't so after {limit_s} s"
        time.sleep(pause_s)
