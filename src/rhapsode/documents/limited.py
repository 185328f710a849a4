"""Read what others have sent in a child process that can't do harm."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ParamSpec, TypeVar

import structlog

from rhapsode.processes import (
    ChildDied,
    ChildFailed,
    ChildRanOutOfMemory,
    ChildTookTooLong,
    Limits,
    run_limited,
)
from rhapsode.studio.errors import DocumentRefused
from rhapsode.studio.limits import PARSER_CPU_S, PARSER_MEMORY_BYTES, PARSER_WALL_S

P = ParamSpec("P")
R = TypeVar("R")

_log = structlog.get_logger()

PARSER_LIMITS = Limits(memory_bytes=PARSER_MEMORY_BYTES, cpu_s=PARSER_CPU_S, wall_s=PARSER_WALL_S)


def read_in_child(read: Callable[P, R], limits: Limits, /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a reader in a child without network or files and within `limits`, beside which it has its input.

    Raises: DocumentRefused, also when the child runs into a limit or dies, or the reader has a fault; what else the
    reader means to raise.
    """
    try:
        return run_limited(read, _with_input(limits, args), *args, **kwargs)
    except ChildRanOutOfMemory as error:
        msg = f"Reading it takes more than {limits.memory_bytes // 2**20} MiB of memory. Try a smaller one."
        raise DocumentRefused(msg) from error
    except ChildTookTooLong as error:
        msg = (
            "Reading the file took too long, so it was given up. Try a smaller file, or another format of it."
        )
        raise DocumentRefused(msg) from error
    except ChildDied as error:
        if isinstance(error, ChildFailed):
            # Ours to mend: who sent the file can only send another.
            _log.error("document_reader_failed", where=str(error))
        msg = "The file can't be read: it made the reader fail. It may be damaged; try another copy."
        raise DocumentRefused(msg) from error


def _with_input(limits: Limits, args: tuple[Any, ...]) -> Limits:
    sent_bytes = sum(len(argument) for argument in args if isinstance(argument, bytes))
    return replace(limits, memory_bytes=limits.memory_bytes + sent_bytes)
