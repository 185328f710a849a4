"""How a server is, as its operator is told."""

import time
from dataclasses import dataclass
from typing import Literal

from rhapsode.engines.remote.shared_state import Counters, Known

CircuitState = Literal["closed", "open", "half_open"]
"""Whether the server is asked: `closed` as usual; `open` not now; `half_open` by one, who finds out."""


@dataclass(frozen=True, slots=True)
class RemoteStatus:
    """What all processes of this machine know of a server.

    address: without any key.    is_up: whether the last request was answered, however that was.
    reason: why not, in words for everybody.    counters: what it was asked.
    """

    address: str
    is_up: bool
    circuit: CircuitState
    reason: str
    counters: Counters


def status_of(known: Known, address: str) -> RemoteStatus:
    """What is known of a server, now."""
    circuit = known.circuit
    state: CircuitState = "closed"
    if circuit.is_broken:
        state = "open" if circuit.wait_s(time.time()) else "half_open"
    return RemoteStatus(address, circuit.failures == 0, state, circuit.reason, known.counters)
