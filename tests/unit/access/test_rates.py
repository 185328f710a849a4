"""Buckets: what was asked lately counts, and it is forgotten at an even pace."""

import pytest

from rhapsode.access.rates import Rates, retry_after


def test_a_minute_holds_as_many_as_are_allowed() -> None:
    """All at once if need be; the next has to wait until one is due."""
    rates = Rates()
    assert [rates.take("key", 3, 100.0) for _ in range(4)] == [0, 0, 0, pytest.approx(20)]
    assert rates.take("key", 3, 119.9) == pytest.approx(0.1)
    assert rates.take("key", 3, 120.1) == 0
    assert rates.take("key", 3, 120.2) > 0


def test_a_long_rest_gives_no_more_than_a_minutes_worth() -> None:
    """However long it was."""
    rates = Rates()
    rates.take("key", 2, 0.0)
    assert [rates.take("key", 2, 10_000.0) > 0 for _ in range(3)] == [False, False, True]


def test_parties_do_not_share() -> None:
    """One that has nothing left takes nothing from another."""
    rates = Rates()
    assert [rates.take(key, 1, 5.0) for key in ("a", "b")] == [0, 0]


def test_looking_takes_nothing() -> None:
    """Whoever has never asked has nothing to wait for, and isn't remembered."""
    rates = Rates()
    assert rates.wait_s("key", 1, 0.0) == 0
    rates.take("key", 1, 0.0)
    assert [rates.wait_s("key", 1, 30.0) for _ in range(2)] == [30, 30]
    assert rates.wait_s("key", 1, 60.0) == 0


def test_only_so_many_parties_are_remembered() -> None:
    """Who has asked for nothing for longest is forgotten, and may ask again."""
    rates = Rates(most_parties=2)
    for key in ("a", "b", "c"):
        rates.take(key, 1, 0.0)
    assert rates.wait_s("a", 1, 0.0) == 0
    assert rates.wait_s("c", 1, 0.0) == 60


@pytest.mark.parametrize(("wait_s", "told"), [(0.01, "1"), (1.2, "2"), (59.9, "60"), (4000, "60")])
def test_clients_are_told_whole_seconds(wait_s: float, told: str) -> None:
    """At least one, and at most sixty: nobody waits for longer."""
    assert retry_after(wait_s) == told
