"""The program keeps answering while others keep it waiting; the benchmark has the large crowd."""

import sys

import psutil
import pytest
from benchmarks import slow_clients
from benchmarks.server import Server as Measured
from tests.rounds import rounds

from .program import Rhapsode
from .server import serving

KEY = "a-key-for-slow-clients"
SCALE = rounds(100, 1)
# Every test starts the program, which takes longer than most tests elsewhere.
pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="it counts Linux's way")]


def test_slow_clients_keep_nobody_waiting_and_leave_nothing(rhapsode: Rhapsode) -> None:
    """All who ask are answered beside half heads, slow bodies and slow readers; what those had is back soon."""
    crowd = slow_clients.Crowd(
        slow_clients.HALF_HEADS // SCALE,
        slow_clients.SLOW_BODIES // SCALE,
        slow_clients.SLOW_READERS // SCALE,
    )
    with serving(rhapsode, RHAPSODE_API_KEY=KEY) as server:
        measured = Measured(server.process, server.url, {"xi-api-key": KEY})
        target = slow_clients.target_of(measured)
        slow_clients.fill_pools(measured, target)
        process = psutil.Process(server.process.pid)
        rest = slow_clients.Held.by(process)
        with slow_clients.besieged(target, crowd):
            waits = slow_clients.ask_for(measured, 1)
            assert slow_clients.Held.by(process).files >= rest.files + crowd.count
        assert waits.waits_s
        assert waits.failures == 0
        assert slow_clients.seconds_until_back(process, rest) < slow_clients.BACK_BAR_S
        slow_clients.abort_downloads(target, slow_clients.ABORTED // SCALE)
        assert slow_clients.seconds_until_back(process, rest) < slow_clients.BACK_BAR_S
