"""When a server is worth asking."""

import pytest

from rhapsode.engines.remote.circuit import TRIAL_S, Circuit

NOW_S = 1_800_000_000.0


def broken(failures: int = 5) -> Circuit:
    circuit = Circuit()
    for _ in range(failures):
        circuit = circuit.failed(NOW_S, "it was refused")
    return circuit


def test_some_failures_shut_nothing() -> None:
    """A server that fails now and then is asked as before."""
    assert broken(4).wait_s(NOW_S) == 0
    assert not broken(4).is_broken


@pytest.mark.parametrize(("failures", "pause_s"), [(5, 1), (6, 2), (8, 8), (10, 30), (99, 30)])
def test_failures_in_a_row_shut_it_for_longer_and_longer(failures: int, pause_s: float) -> None:
    """Up to half a minute, and the reason is kept."""
    assert broken(failures).wait_s(NOW_S) == pause_s
    assert broken(failures).reason == "it was refused"


def test_one_tries_and_the_others_wait_for_that() -> None:
    """For as long as a trial may take, but not for ever: whoever tried may have been killed."""
    later_s = NOW_S + 1
    assert broken().wait_s(later_s) == 0
    tried = broken().tried(later_s)
    assert tried.wait_s(later_s) == TRIAL_S
    assert tried.wait_s(later_s + TRIAL_S) == 0


def test_a_clock_that_was_set_back_shuts_nothing_for_ever() -> None:
    """A moment too far away is none."""
    assert broken().wait_s(NOW_S - 3_600) == 0


def test_a_server_that_works_is_asked_by_all() -> None:
    """There is nothing to try."""
    assert Circuit().tried(NOW_S) == Circuit()
