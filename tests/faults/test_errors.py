"""A full disk, a broken one and a lack of descriptors are told, and nothing of them stays."""

from pathlib import Path

import pytest
from tests.faults.errors import disturb_often
from tests.faults.program import Nursery
from tests.rounds import rounds

pytestmark = [pytest.mark.slow, pytest.mark.timeout(rounds(300, 14_400))]


def test_a_call_that_fails(place: Nursery, tmp_path: Path) -> None:
    """Whichever it is, every answer is clear, and the same server then does all that was wanted."""
    seen = disturb_often(place, tmp_path, rounds(3, 300))

    assert seen.hits >= seen.points // 2
