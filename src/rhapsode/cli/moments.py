"""Moments as commands show them, and as they are told."""

import re
import time
from datetime import UTC, datetime

from rhapsode.studio.errors import InvalidInput

_HOUR_MS = 3_600_000
_UNITS_MS = {"h": _HOUR_MS, "d": 24 * _HOUR_MS, "w": 7 * 24 * _HOUR_MS}


def moment(moment_ms: int) -> str:
    """A moment in UTC, to the minute. moment_ms: Unix milliseconds."""
    return f"{datetime.fromtimestamp(moment_ms // 1000, UTC):%Y-%m-%d %H:%M} UTC"


def moment_since(said: str) -> int:
    """Unix milliseconds of a date, see `find_moment`, or of so long ago (12h, 7d, 2w). Raises: InvalidInput."""
    ago = re.fullmatch(r"(\d{1,5})([hdw])", said)
    if ago is not None:
        return time.time_ns() // 1_000_000 - int(ago[1]) * _UNITS_MS[ago[2]]
    moment_ms = find_moment(said)
    if moment_ms is None:
        msg = f"{said} is no date such as 2026-03-01, and no time such as 12h, 7d or 2w."
        raise InvalidInput(msg)
    return moment_ms


def find_moment(said: str) -> int | None:
    """Unix milliseconds of a date (2026-03-01) or a moment (2026-03-01T12:00+02:00), in UTC unless it says else.

    None for what is neither.
    """
    try:
        found = datetime.fromisoformat(said)
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
