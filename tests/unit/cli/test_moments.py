"""Moments as commands are told them."""

import time
from datetime import UTC, datetime

import pytest

from rhapsode.cli.moments import moment_since
from rhapsode.studio.errors import InvalidInput

MARCH_MS = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1000)
HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("said", "meant_ms"),
    [
        ("2026-03-01", MARCH_MS),
        ("2026-03-01T02:00", MARCH_MS + 2 * HOUR_MS),
        ("2026-03-01T00:00+02:00", MARCH_MS - 2 * HOUR_MS),
        ("2026-03-01T00:00Z", MARCH_MS),
    ],
)
def test_a_date_is_in_utc_unless_it_says_otherwise(said: str, meant_ms: int) -> None:
    """An offset that is given is heeded."""
    assert moment_since(said) == meant_ms


def test_so_long_ago() -> None:
    """In hours, days or weeks."""
    now_ms = time.time_ns() // 1_000_000
    for said, hours in (("12h", 12), ("7d", 7 * 24), ("2w", 14 * 24)):
        assert 0 <= moment_since(said) - (now_ms - hours * HOUR_MS) < 60_000


@pytest.mark.parametrize("said", ["", "yesterday", "12m", "2026-13-01"])
def test_what_is_no_moment(said: str) -> None:
    """It is said, with examples of what is one."""
    with pytest.raises(InvalidInput, match="no date such as 2026-03-01"):
        moment_since(said)
