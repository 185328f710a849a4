"""A narration that is killed at random moments, as by a power switch, and started again each time."""

import sys

import pytest
from tests.rounds import rounds

from .killing import CHECK_EVERY, Victim, assert_nothing_made_twice, kill_at_random
from .program import Rhapsode, long_book

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform == "win32", reason="process groups are those of POSIX"),
]
KILLS = rounds(3, 12)
PARAGRAPHS = rounds(60, 100)


def test_killed_narration_loses_only_open_packs(rhapsode: Rhapsode) -> None:
    """After some kills the archive is the one of a run in peace, and nothing that was stored is spoken again.

    Each kill hits the first process alone; all others end by themselves, what is stored is whole, and
    there is no archive or a whole one.
    """
    book = rhapsode.write("long.md", long_book(PARAGRAPHS))

    killing, _ = kill_at_random(Victim(rhapsode, book), kills=KILLS, seed=7)

    assert_nothing_made_twice(killing)
    assert len(killing.killed) > KILLS
    assert killing.checks >= KILLS // CHECK_EVERY
    # Kills have hit it before anything was spoken, between two packs, and after the last.
    grown = [len(stored.speech) for stored in killing.after]
    assert grown[0] < grown[-1]
    assert len(set(grown)) >= 3
