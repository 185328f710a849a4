"""Doing again what has failed because an engine, or its process, died: that may have been another text's fault."""

from collections.abc import Callable
from typing import TypeVar

import structlog

from rhapsode.studio.errors import EngineFailed

T = TypeVar("T")

ATTEMPTS = 3

_log = structlog.get_logger()


def attempted(work: Callable[[], T], *, event: str) -> T:
    """Do it, and again when the engine has failed. event: what the log calls that. Raises: what `work` raises."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return work()
        except EngineFailed as error:
            _log.warning(event, attempt=attempt, error=str(error))
            if attempt == ATTEMPTS:
                raise
    raise AssertionError
