"""Call a function in a child process that is limited, confined, and knows nothing but its input."""

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec, TypeVar

import rhapsode
from rhapsode.processes.answers import unpack_answer
from rhapsode.processes.children import deaf_to_interrupts
from rhapsode.processes.confinement import code_paths
from rhapsode.processes.ends import ChildDied, ChildTookTooLong
from rhapsode.processes.limits import NOTHING, Limits, Reach
from rhapsode.studio.overrides import PREFIX
from rhapsode.telemetry.metrics import CHILDREN_DIED

P = ParamSpec("P")
R = TypeVar("R")

# Without `site`, and with nothing of the environment: both take time, and the latter holds secrets.
_OPTIONS = ("-I", "-S", "-B")
_START = "import sys; sys.path[:] = sys.argv[1:]; from rhapsode.processes.limited_child import main; main()"
_ENVIRONMENT = {
    # One thread and one heap: each more takes address space, which is limited.
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "MALLOC_ARENA_MAX"), "1"),
    "LC_ALL": "C.UTF-8",
    "PATH": "",
}
_READ_BYTES = 2**20
_END_S = 5.0


def run_limited(function: Callable[P, R], limits: Limits, /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a module-level function in a child without network or files and within `limits`; return what it returns.

    Arguments are pickled; a result or error comes back as `answers` says, and has to be made of values.
    Raises: RhapsodeError that the function raises; ChildFailed for what else it raises;
    ChildTookTooLong, ChildRanOutOfMemory, ChildDied.
    """
    return run_reaching(function, limits, NOTHING, *args, **kwargs)


def run_reaching(
    function: Callable[P, R], limits: Limits, reach: Reach, /, *args: P.args, **kwargs: P.kwargs
) -> R:
    """The same for a function that opens the files of `reach`. Raises: also OSError, where it may write."""
    reach = replace(reach, reads=(*code_paths(), *reach.reads))
    request = pickle.dumps((function, limits, reach)), pickle.dumps((args, kwargs))
    with deaf_to_interrupts():
        child = _start()
    stuck = threading.Event()
    timer = threading.Timer(limits.wall_s, _kill, args=(child, stuck))
    timer.start()
    try:
        payload = _exchange(child, request, most_bytes=limits.memory_bytes)
    finally:
        timer.cancel()
        _end(child)
    if stuck.is_set() or not payload:
        CHILDREN_DIED.add(1, "limited")
        raise ChildTookTooLong if stuck.is_set() or _used_up_processor(child) else ChildDied
    return unpack_answer(payload)  # type: ignore[no-any-return]


def _start() -> "subprocess.Popen[bytes]":
    paths = [str(Path(path).absolute()) for path in sys.path]
    own = str(Path(rhapsode.__file__).parents[1])
    return subprocess.Popen(  # noqa: S603 -- this Python, and paths of its modules
        [sys.executable, *_OPTIONS, "-c", _START, *paths, own],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_ENVIRONMENT | _limits_of_operator(),
        cwd=Path(sys.executable).anchor,
        # Signals to a group reach none but it.
        start_new_session=True,
    )


def _limits_of_operator() -> dict[str, str]:
    """All that it has of our environment: limits are read where they are defined (studio.limits)."""
    return {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}


def _exchange(child: "subprocess.Popen[bytes]", request: tuple[bytes, ...], *, most_bytes: int) -> bytes:
    """Send a request and read all of the answer; empty when the child ends before that, or says too much."""
    assert child.stdin is not None
    assert child.stdout is not None
    pieces: list[bytes] = []
    size = 0
    try:
        for part in request:
            child.stdin.write(part)
        child.stdin.flush()
        while piece := os.read(child.stdout.fileno(), _READ_BYTES):
            pieces.append(piece)
            size += len(piece)
            if size > most_bytes:
                return b""
    except BrokenPipeError:
        return b""
    return b"".join(pieces)


def _kill(child: "subprocess.Popen[bytes]", stuck: threading.Event) -> None:
    stuck.set()
    child.kill()


def _end(child: "subprocess.Popen[bytes]") -> None:
    """It ends by itself when it has answered, or has nobody to answer; whatever else it does ends here."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdout.close()
    with contextlib.suppress(BrokenPipeError):
        child.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(timeout=_END_S)
    child.kill()
    child.wait()


def _used_up_processor(child: "subprocess.Popen[bytes]") -> bool:
    return hasattr(signal, "SIGXCPU") and child.returncode == -signal.SIGXCPU
