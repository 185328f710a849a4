"""What parties have had."""

import pytest

from rhapsode.jobs.shares import Shares


@pytest.fixture
def shares() -> Shares:
    """Of two parties that are there, of which one has had 10."""
    shares = Shares()
    shares.come("a")
    shares.come("b")
    shares.take("a", 10)
    return shares


def test_who_has_had_more_is_ahead(shares: Shares) -> None:
    """Of those that are compared."""
    assert shares.leads(["a", "b"]) == {"a": 10, "b": 0}


def test_nobody_is_ahead_of_those_who_want_nothing(shares: Shares) -> None:
    """What nobody else asks for is free to all."""
    assert shares.leads(["a"]) == {"a": 0}
    assert shares.leads([]) == {}


def test_who_comes_has_had_as_much_as_the_least(shares: Shares) -> None:
    """So nobody is put off for what was done before they came, by them or by others."""
    shares.take("b", 8)
    shares.come("late")
    assert shares.leads(["a", "b", "late"]) == {"a": 2, "b": 0, "late": 0}


def test_who_wants_more_than_one_thing_has_one_account(shares: Shares) -> None:
    """All of them count, and none is a new beginning."""
    shares.come("b")
    for _ in range(2):
        shares.take("b", 6)
    shares.go("b")
    assert shares.leads(["a", "b"]) == {"a": 0, "b": 2}


def test_who_goes_and_comes_again_has_gained_nothing(shares: Shares) -> None:
    """What they had before still counts, as long as somebody is there who has had less."""
    shares.go("a")
    shares.come("a")
    assert shares.leads(["a", "b"]) == {"a": 10, "b": 0}


def test_nobody_is_remembered_when_all_have_gone(shares: Shares) -> None:
    """However long a server runs and however many workspaces it has."""
    shares.go("a")
    assert set(shares._accounts) == {"a", "b"}
    shares.go("b")
    assert not shares._accounts
