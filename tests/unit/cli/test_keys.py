"""When a key ends, as a person says it."""

from datetime import UTC, datetime, timedelta

import pytest

from rhapsode.cli.keys import expiry_ms
from rhapsode.studio.errors import InvalidInput

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "meant"),
    [
        ("90d", NOW + timedelta(days=90)),
        ("2027-01-31", datetime(2027, 1, 31, tzinfo=UTC)),
        ("2027-01-31T10:00+02:00", datetime(2027, 1, 31, 8, tzinfo=UTC)),
    ],
)
def test_days_and_dates_are_understood(when: str, meant: datetime) -> None:
    """A date without a zone is one of UTC."""
    assert expiry_ms(when, NOW) == int(meant.timestamp() * 1000)


@pytest.mark.parametrize("when", ["0d", "-1d", "99999d", "soon", "2026-11-22", "2026-13-01", ""])
def test_what_is_no_later_time_is_refused(when: str) -> None:
    """In a sentence that says what to write."""
    with pytest.raises(InvalidInput, match=r"90d|later date"):
        expiry_ms(when, NOW)
