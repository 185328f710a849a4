"""What is logged, and how it is written."""

import logging
import sys

import structlog


def configure_logs(level: str) -> None:
    """From now on: JSON, a line for each event, on standard error. level: of the least severe that is written."""
    # It has a line on stderr for every form that a client sends broken, and the client is told anyway.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
