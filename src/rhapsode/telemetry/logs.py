"""What is logged, and how it is written: the same in every process that speaks for itself."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

DEFAULT_LEVEL = "warning"

# Of keys that are made here; where somebody has put one into an address or a name, the log needs no more of it.
_KEY = re.compile(r"sk_[0-9A-Za-z]{8,}")
_level = DEFAULT_LEVEL


def configure_logs(level: str) -> None:
    """From now on: JSON, a line for each event, on standard error. level: of the least severe that is written."""
    global _level
    _level = level
    # It has a line on stderr for every form that a client sends broken, and the client is told anyway.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_keys,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        # Each line in one call: several processes write to the same place.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )


def configured_level() -> str:
    """What `configure_logs` was told, for processes that are started."""
    return _level


def _without_keys(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str) and "sk_" in value:
            event[name] = _KEY.sub("sk_...", value)
    return event
