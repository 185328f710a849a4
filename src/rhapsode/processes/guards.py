"""What a limited child can still do here although it shouldn't: not every kernel, nor every container, lets us."""

import contextlib
import ctypes
import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

from rhapsode.processes.limited import run_limited
from rhapsode.processes.limits import Limits, own_limits

_LIMITS = Limits(memory_bytes=128 * 2**20, cpu_s=5, wall_s=20)


def find_missing_guards() -> tuple[str, ...]:
    """What a child that reads strangers' files can do besides: one tries it. Empty when all holds."""
    with tempfile.NamedTemporaryFile() as secret:
        return run_limited(try_what_is_refused, _LIMITS, secret.name, os.getpid())


def try_what_is_refused(path: str, parent: int) -> tuple[str, ...]:
    """Try it here. path: a file that isn't to be opened.    parent: a process of the same user."""
    attempts: dict[str, Callable[[], object]] = {
        "open files": Path(path).read_bytes,
        "reach the network": lambda: _called("socket", socket.AF_INET, socket.SOCK_DGRAM, 0),
        "start processes": _fork,
        "signal other processes": lambda: _called("kill", parent, 0),
        "use any amount of memory and time": _look_at_limits,
    }
    return tuple(what for what, attempt in attempts.items() if _succeeds(attempt))


def _succeeds(attempt: Callable[[], object]) -> bool:
    with contextlib.suppress(OSError, AttributeError):
        attempt()
        return True
    return False


def _called(name: str, *arguments: int) -> int:
    """Call the C library, which Python's own guards don't see."""
    result = int(getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _look_at_limits() -> None:
    if len(own_limits()) == 5 and all(limit >= 0 for limit in own_limits().values()):
        raise PermissionError
