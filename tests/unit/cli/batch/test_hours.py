"""Hours of the day in which books are narrated."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rhapsode.cli.batch.hours import Hours, read_hours, wait_for
from rhapsode.studio.errors import InvalidInput


@pytest.mark.parametrize(
    ("written", "included"),
    [
        ("22-06", {22, 23, 0, 1, 2, 3, 4, 5}),
        ("9-17", set(range(9, 17))),
        ("0-1", {0}),
        ("20-24", {20, 21, 22, 23}),
        ("23-0", {23}),
    ],
)
def test_hours_may_go_over_midnight(written: str, included: set[int]) -> None:
    """The first is in, the last is out."""
    hours = read_hours(written)

    assert {hour for hour in range(24) if hours.include(hour)} == included


@pytest.mark.parametrize(
    "written", ["", "22", "22-", "22-25", "24-6", "6-6", "0-24", "22:00-06:00", "-1-5", "a-b"]
)
def test_what_are_no_hours(written: str) -> None:
    """Neither are the whole day, which needs no saying."""
    with pytest.raises(InvalidInput, match="as in 22-06"):
        read_hours(written)


@pytest.mark.parametrize("day", [datetime(2026, 3, 28), datetime(2026, 10, 24)])
def test_clocks_that_are_changed(day: datetime) -> None:
    """The clock on the wall decides, also in the nights in which it is put forward or back."""
    zone = ZoneInfo("Europe/Berlin")
    now = [day.replace(hour=12, tzinfo=zone)]

    def sleep(seconds: float) -> None:
        now[0] = (now[0].astimezone(ZoneInfo("UTC")) + timedelta(seconds=seconds)).astimezone(zone)

    for first, day_after in ((22, 0), (6, 1), (22, 1)):
        wait_for(Hours(first, (first + 1) % 24), lambda: now[0].hour, sleep)
        assert (now[0].day - day.day, now[0].hour, now[0].minute) == (day_after, first, 0)
