"""Doing again what has failed because an engine, or its process, died: that may have been another text's fault."""

from collections.abc import Callable
from typing import TypeVar

import structlog

from rhapsode.studio.errors import EngineFailed, EngineUnavailable

T = TypeVar("T")

ATTEMPTS = 3

_log = structlog.get_logger()


def attempted(work: Callable[[], T], *, event: str) -> T:
    """Do it, and again when the engine has failed. event: what the log calls that. Raises: what `work` raises.

    An engine on another machine that is away was asked several times already, and is worth asking only after a while.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return work()
        except EngineUnavailable as error:
            _log.warning(event, attempt=attempt, error=str(error))
            raise
        except EngineFailed as error:
            _log.warning(event, attempt=attempt, error=str(error))
            if attempt == ATTEMPTS:
                raise
    raise AssertionError
