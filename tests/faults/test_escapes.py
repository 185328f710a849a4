"""The child that reads strangers' files has no way out, and hurts nobody when it ends badly."""

from collections.abc import Callable, Iterator

import pytest
from tests.faults.escapes import ENDINGS, LIMITS, Outside, harmless, is_ended, outside, try_escapes, worked

from rhapsode.processes import run_limited
from rhapsode.processes.guards import find_missing_guards


@pytest.fixture
def there() -> Iterator[Outside]:
    """Something to be reached."""
    with outside() as found:
        yield found


def test_nothing_is_reached_from_within(there: Outside) -> None:
    """Of some seventy ways to files, networks, other processes and the kernel none works."""
    missing = find_missing_guards()
    if missing:
        pytest.skip(f"the kernel lets such children {', '.join(missing)}")

    assert run_limited(try_escapes, LIMITS, there) == ()


def test_the_ways_lead_somewhere(there: Outside) -> None:
    """Where nothing stands in their way, those that can be tried without harm work, but for what isn't here."""
    ways = harmless(there)
    seldom = {"open the terminal", "open a raw socket", "read this process's first environment"}

    assert set(ways) - set(worked(ways)) <= {*seldom, "read the parent's memory as a file", "ask for a name"}


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
def test_a_child_that_goes_wild_is_ended(ending: Callable[[], None]) -> None:
    """One that takes memory or time without end, crashes, or answers with a program or without end, is no more."""
    assert is_ended(ending)
