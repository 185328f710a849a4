"""The child's end of `limited`: it learns what to do, gives up what it may not have, does it and answers.

Its standard input is the request, and stays open for as long as anybody waits. Its standard output is the answer.
What is imported before the input is read is this program's own, and comes from where its modules are.
"""

import os
import pickle
import sys
import threading
import traceback
from collections.abc import Callable
from typing import IO, Any

from rhapsode.processes.answers import pack_answer, pack_failure
from rhapsode.processes.confinement import confine, leave_network
from rhapsode.processes.ends import ChildFailed, ChildRanOutOfMemory
from rhapsode.processes.limits import limit_this_process
from rhapsode.studio.errors import RhapsodeError


def main() -> None:
    """Answer the one request."""
    requests, answers = sys.stdin.buffer, _private_stdout()
    leave_network()
    # Written by our own parent, both of them.
    function, limits, reach = pickle.load(requests)  # noqa: S301
    args, kwargs = pickle.load(requests)  # noqa: S301
    limit_this_process(limits, reach)
    confine(reach)
    threading.Thread(target=_end_with_parent, args=(requests,), daemon=True).start()
    told = (RhapsodeError, OSError) if reach.writes else (RhapsodeError,)
    answers.write(_answer(function, args, kwargs, told))
    answers.flush()
    # There is nothing to tidy up, and libraries take their time for it.
    os._exit(0)


def _private_stdout() -> IO[bytes]:
    """The answer's pipe, out of the way of libraries that print."""
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return private


def _answer(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    told: tuple[type[Exception], ...],
) -> bytes:
    """told: what it may raise on purpose; where it writes, its disk may be full."""
    try:
        return pack_answer(function(*args, **kwargs))
    except Exception as error:
        if _wants_memory(error):
            return pack_failure(ChildRanOutOfMemory())
        return pack_failure(error if isinstance(error, told) else ChildFailed(_where(error)))


def _wants_memory(error: Exception) -> bool:
    """Whether an error is for want of memory: also when a library finds no place to be loaded into."""
    is_unloaded = isinstance(error, ImportError) and ("map segment" in str(error) or "allocate" in str(error))
    return is_unloaded or isinstance(error, MemoryError)


def _where(error: Exception) -> str:
    """What was raised and where, without what it says: that may be somebody's text."""
    frames = traceback.extract_tb(error.__traceback__)
    return " ".join([type(error).__name__, *(f"{frame.filename}:{frame.lineno}" for frame in frames[-6:])])


def _end_with_parent(requests: IO[bytes]) -> None:
    while requests.read(1):
        pass
    os._exit(1)
