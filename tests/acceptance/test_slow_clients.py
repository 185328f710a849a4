"""The program keeps answering while others keep it waiting; the benchmark has the large crowd."""

import sys

import psutil
import pytest
from benchmarks import slow_clients
from benchmarks.server import Server as Measured
from tests.rounds import rounds
from tests.waiting import wait_until

from .program import Rhapsode
from .server import serving

KEY = "a-key-for-slow-clients"
SCALE = rounds(100, 1)
SETTLED_S = rounds(0, 5)
BACK_S = rounds(30, 5)
# Every test starts the program, which takes longer than most tests elsewhere.
pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="it counts Linux's way")]


def connections_of(process: psutil.Process) -> list[object]:
    return [each for each in process.net_connections() if each.status != psutil.CONN_LISTEN]


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
        process = psutil.Process(server.process.pid)
        slow_clients.fill_pools(measured, target, SETTLED_S)
        wait_until(lambda: not connections_of(process))
        rest = slow_clients.Held.by(process)
        with slow_clients.besieged(target, crowd, SETTLED_S):
            wait_until(lambda: slow_clients.Held.by(process).files >= rest.files + crowd.count)
            waits = slow_clients.ask_for(measured, 1)
        assert waits.waits_s
        assert waits.failures == 0
        wait_until(lambda: slow_clients.Held.by(process).is_back_at(rest), BACK_S)
        slow_clients.abort_downloads(target, slow_clients.ABORTED // SCALE)
        wait_until(lambda: slow_clients.Held.by(process).is_back_at(rest), BACK_S)
