"""The power fails: what was acknowledged had been synced."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.disk import Syncs
from tests.faults.power import CONTROLS, Recording, fail_often, recorded
from tests.faults.program import Nursery
from tests.rounds import rounds

pytestmark = [pytest.mark.slow, pytest.mark.timeout(rounds(300, 14_400))]


@pytest.fixture(scope="module")
def recording(place: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recording]:
    """A run that was written down call by call."""
    with recorded(place, tmp_path_factory.mktemp("recorded")) as found:
        yield found


def test_power_fails_at_any_moment(place: Nursery, recording: Recording, tmp_path: Path) -> None:
    """Whatever unsynced bytes and names are lost or torn, all that was acknowledged is there, and all is sound."""
    states = rounds(12, 1000)
    seen = fail_often(recording, tmp_path, states, nursery=place, go_on_every=rounds(0, 40))

    assert seen.states == states
    assert not seen.broken, "\n".join(seen.broken)


@pytest.mark.parametrize("syncs", CONTROLS, ids=str)
def test_without_syncs_it_would_show(recording: Recording, tmp_path: Path, syncs: Syncs) -> None:
    """Were files or folders not synced, the same look at the same moments would find something lost or damaged."""
    assert fail_often(recording, tmp_path, rounds(6, 100), syncs=syncs).broken
