"""Child processes: the one module that forks, limits and cuts off, with a way round where the system can't.

Nothing here needs POSIX at import. Where `fork` is missing, callers start a process for each unit of work
(`CAN_FORK`); where resource limits are missing, the wall-clock limit still holds.
"""

import contextlib
import ctypes
import multiprocessing
import os
import pickle
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, ParamSpec, TypeVar

from rhapsode.studio.errors import RhapsodeError
from rhapsode.telemetry.metrics import CHILDREN_DIED

P = ParamSpec("P")
R = TypeVar("R")

CAN_FORK = hasattr(os, "fork")
_READ_BYTES = 2**16
_ALARM_GRACE_S = 1.0
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000


@dataclass(frozen=True, slots=True)
class Limits:
    """What a limited child may use. `memory_bytes` is address space, `cpu_s` processor time."""

    memory_bytes: int
    cpu_s: int
    wall_s: float


class ChildDied(RhapsodeError):
    """The child process ended without an answer."""


class ChildTookTooLong(ChildDied):
    """The child process used up its processor or wall-clock time."""


class ChildRanOutOfMemory(ChildDied):
    """The child process asked for more memory than it may have."""


@contextlib.contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Let children that start meanwhile not hear Ctrl-C, which a terminal sends to every process of a command.

    Only the parent decides what it means. The mask holds from a child's first instruction on, which a handler
    that the child sets would not.
    """
    with _interrupts_put_off():
        if not hasattr(signal, "pthread_sigmask"):
            yield
            return
        # The tracker of multiprocessing starts with the first child, and ends with SIGINT unmasked.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _interrupts_put_off() -> Iterator[None]:
    """Heed Ctrl-C only afterwards: another thread hears it, and it would break off the start of a child."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[tuple[int, FrameType | None]] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if heard and callable(before):
            before(*heard[0])


def run_limited(function: Callable[P, R], limits: Limits, /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a module-level function in a child without network and within `limits`; return what it returns.

    Arguments, result and errors are pickled. Raises: what the function raises; ChildTookTooLong,
    ChildRanOutOfMemory, ChildDied.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_limited_child, args=(sender, limits, function, args, kwargs), daemon=True)
    with deaf_to_interrupts():
        child.start()
    sender.close()
    try:
        return _answer(child, receiver, limits.wall_s)  # type: ignore[no-any-return]
    except ChildDied:
        CHILDREN_DIED.add(1, "limited")
        raise
    finally:
        receiver.close()
        child.kill()
        child.join()


def _answer(child: Any, receiver: Connection, wall_s: float) -> Any:
    if not receiver.poll(wall_s):
        raise ChildTookTooLong
    try:
        payload = receiver.recv_bytes()
    except EOFError:
        child.join(5)
        if hasattr(signal, "SIGXCPU") and child.exitcode == -signal.SIGXCPU:
            raise ChildTookTooLong from None
        raise ChildDied from None
    succeeded, value = pickle.loads(payload)  # noqa: S301 -- written by our own child
    if succeeded:
        return value
    raise value


def _limited_child(
    sender: Connection, limits: Limits, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Any
) -> None:
    exit_with_parent()
    _cut_network()
    _set_limits(limits)
    try:
        answer: tuple[bool, Any] = (True, function(*args, **kwargs))
    except Exception as error:
        answer = (False, ChildRanOutOfMemory() if _wants_memory(error) else error)
    sender.send_bytes(_pickled(answer))
    sender.close()


def _wants_memory(error: Exception) -> bool:
    """Whether an error is for want of memory: also when a library finds no place to be loaded into."""
    is_unloaded = isinstance(error, ImportError) and ("map segment" in str(error) or "allocate" in str(error))
    return is_unloaded or isinstance(error, MemoryError)


def _pickled(answer: tuple[bool, Any]) -> bytes:
    try:
        payload = pickle.dumps(answer)
        if not answer[0]:
            pickle.loads(payload)  # noqa: S301 -- some foreign exceptions pickle but don't come back
    except Exception:
        return pickle.dumps((False, ChildDied(repr(answer[1])[:2000])))
    return payload


def _set_limits(limits: Limits) -> None:
    _set("RLIMIT_AS", limits.memory_bytes, limits.memory_bytes)
    # At the soft limit the process ends by a signal that names the reason, at the hard one by SIGKILL.
    _set("RLIMIT_CPU", limits.cpu_s, limits.cpu_s + 5)
    _set("RLIMIT_CORE", 0, 0)


def _set(kind: str, soft: int, hard: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(getattr(resource, kind), (soft, hard))


def limit_own_memory(memory_bytes: int) -> None:
    """Let this process have no more memory of its own, and be the first to end where the machine has none left.

    What is mapped of files or reserved doesn't count, as it does for `run_limited`: large libraries do a lot of that.
    """
    _set("RLIMIT_DATA", memory_bytes, memory_bytes)
    _set("RLIMIT_CORE", 0, 0)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _cut_network() -> None:
    """Leave the network: by a namespace of its own where the kernel lets us, and in Python everywhere."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    sys.addaudithook(_refuse_network)


def _refuse_network(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in {
        "socket.connect",
        "socket.bind",
        "socket.getaddrinfo",
        "subprocess.Popen",
        "os.exec",
        "os.system",
    }:
        msg = f"{event} is not allowed here"
        raise PermissionError(msg)


def exit_with_parent() -> None:
    """End this multiprocessing child as soon as its parent has ended, however that ended."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait_and_exit() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait_and_exit, name="exit-with-parent", daemon=True).start()


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
