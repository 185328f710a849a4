"""Hours of the day in which books are narrated, such as those of the night."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from rhapsode.cli.console import errors
from rhapsode.cli.stopping import raise_if_interrupted
from rhapsode.studio.errors import InvalidInput

_WRITTEN = re.compile(r"(\d{1,2})-(\d{1,2})")
_LOOK_S = 20.0
"""Looking at the clock again and again, instead of reckoning how long it takes, heeds whatever is done to clocks."""


@dataclass(frozen=True, slots=True)
class Hours:
    """From one full hour to before another, by the clock on the wall; over midnight where the second is smaller."""

    first: int
    last: int

    def include(self, hour: int) -> bool:
        """Whether an hour of the day, 0 to 23, is among them."""
        if self.first < self.last:
            return self.first <= hour < self.last
        return hour >= self.first or hour < self.last


def read_hours(written: str) -> Hours:
    """Hours as in "22-06". Raises: InvalidInput."""
    found = _WRITTEN.fullmatch(written)
    first, last = (int(found[1]), int(found[2])) if found else (0, 0)
    if first % 24 == last % 24 or first > 23 or last > 24:
        msg = f"--hours {written} isn't two different full hours of the day, as in 22-06."
        raise InvalidInput(msg)
    return Hours(first, last % 24)


def local_hour() -> int:
    """The hour of the day here and now, in summer and in winter."""
    return time.localtime().tm_hour


def wait_for(
    hours: Hours, hour_now: Callable[[], int] = local_hour, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Return when the hours have come, at once where they are here. Raises: KeyboardInterrupt."""
    if not hours.include(hour_now()):
        errors.print(f"Waiting until {hours.first:02}:00.")
    while not hours.include(hour_now()):
        raise_if_interrupted()
        sleep(_LOOK_S)
