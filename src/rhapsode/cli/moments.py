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
    """Unix milliseconds of a date (2026-03-01, in UTC), or of so long ago (12h, 7d, 2w). Raises: InvalidInput."""
    ago = re.fullmatch(r"(\d{1,5})([hdw])", said)
    if ago is not None:
        return time.time_ns() // 1_000_000 - int(ago[1]) * _UNITS_MS[ago[2]]
    try:
        return int(datetime.fromisoformat(said).replace(tzinfo=UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        msg = f"{said} is no date such as 2026-03-01, and no time such as 12h, 7d or 2w."
        raise InvalidInput(msg) from None
