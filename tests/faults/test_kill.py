"""Killed at any call that changes a file, a server loses nothing that it has acknowledged."""

import pytest
from tests.faults.kill import Victim, kill_at_random, sweep, sweep_start
from tests.rounds import rounds

pytestmark = [pytest.mark.slow, pytest.mark.timeout(rounds(300, 14_400))]


def test_a_kill_at_every_call(victim: Victim) -> None:
    """The next start has all that was acknowledged, makes no finished pack again, and ends with the same archive."""
    step = rounds(victim.calls, 1)
    kills = sweep(victim, range(1 + step // 3, victim.calls, step))

    assert kills.points >= rounds(1, victim.calls // 2)


@pytest.mark.skipif(rounds(1, 0) == 1, reason="takes long: RHAPSODE_TEST_FULL=1 has it run")
def test_kills_while_it_starts_and_at_random(victim: Victim) -> None:
    """So it is where the first start of all is killed, and where the first process alone is killed at any time."""
    assert sweep_start(victim, range(1, 2000)).points > 100
    assert kill_at_random(victim, 200, seed=1).points == 200
