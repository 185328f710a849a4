"""Forks of this process, each for one answer."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from typing import NoReturn

from rhapsode.processes.ends import ChildDied, ChildTookTooLong

CAN_FORK = hasattr(os, "fork")
_READ_BYTES = 2**16
_ALARM_GRACE_S = 1.0


def bytes_from_fork(function: Callable[[], bytes], *, wall_s: float) -> bytes:
    """Call `function` in a fork of this process and return the bytes it returns (only where `CAN_FORK`).

    The fork sees this process as it is now and leaves nothing behind in it. For processes of one thread.
    Raises: ChildTookTooLong; ChildDied, when the fork raised, crashed or was killed.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _write_and_exit(function, writer, wall_s)
    os.close(writer)
    try:
        return _bytes_of_child(child, reader, time.monotonic() + wall_s)
    finally:
        os.close(reader)


def _write_and_exit(function: Callable[[], bytes], writer: int, wall_s: float) -> NoReturn:
    status = 1
    # Should the parent be killed, nobody is left to end a fork that hangs: the system's clock does.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, wall_s + _ALARM_GRACE_S)
    with contextlib.suppress(BaseException):
        view = memoryview(function())
        while view:
            view = view[os.write(writer, view) :]
        status = 0
    os._exit(status)


def _bytes_of_child(child: int, reader: int, deadline: float) -> bytes:
    pieces = []
    while select.select([reader], [], [], max(0.0, deadline - time.monotonic()))[0]:
        piece = os.read(reader, _READ_BYTES)
        if not piece:
            break
        pieces.append(piece)
    else:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise ChildTookTooLong
    status = os.waitpid(child, 0)[1]
    if status != 0:
        raise ChildDied
    return b"".join(pieces)
