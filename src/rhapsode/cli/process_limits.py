"""What a server asks of the system for itself: memory for many threads, and files for many clients."""

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


_OWN_FILES = 256
_FILES_PER_CLIENT = 3


def most_clients(wanted: int) -> int:
    """How many clients there are files for, and no more than are wanted; some files are left to the server itself."""
    if sys.platform == "win32":
        return wanted
    import resource

    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, (soft - _OWN_FILES) // _FILES_PER_CLIENT))


def allow_many_files() -> None:
    """Let this process open as many files as it may: each client is one, and up to three while it downloads.

    The usual 1,024 are there for programs that can't count further. Windows has no such limit.
    """
    if sys.platform != "win32":
        import resource

        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
