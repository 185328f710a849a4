"""The memory of a process with many threads."""

import contextlib
import ctypes
import sys

_M_ARENA_MAX = -8
_ARENAS = 2


def share_heap() -> None:
    """Let threads share their heaps: glibc gives each its own, and keeps what was once taken for it.

    A server has some forty threads, and most of the time one of them runs: that would be 40 MB for nothing. It does
    nothing to threads that are there already, and nothing where there is no glibc.    Source: mallopt(3).
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
