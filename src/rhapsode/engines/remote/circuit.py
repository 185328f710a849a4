"""Whether a server is worth asking: after some failures in a row nobody asks for a while, and then one tries."""

from dataclasses import dataclass, replace

_FAILURES = 5
"""So many in a row, of all processes together, and it is taken to be away."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0

TRIAL_S = 30.0
"""How long others wait for the one that tries. It may have been killed, or the server may load a model first."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """What is known of a server.

    failures: in a row.    shut_until_s: nobody asks before that, in Unix seconds.    reason: why, of the last one.
    """

    failures: int = 0
    shut_until_s: float = 0.0
    reason: str = ""

    @property
    def is_broken(self) -> bool:
        """Whether the last ones have all failed."""
        return self.failures >= _FAILURES

    def wait_s(self, now_s: float) -> float:
        """How long nobody asks; 0 where somebody may. A clock that was set back shuts nothing for ever."""
        wait_s = self.shut_until_s - now_s
        return wait_s if self.is_broken and 0 < wait_s <= _LONGEST_PAUSE_S + TRIAL_S else 0.0

    def tried(self, now_s: float) -> "Circuit":
        """After somebody was let through: of a server that was away, one finds out, and the others wait for that."""
        return replace(self, shut_until_s=now_s + TRIAL_S) if self.is_broken else self

    def failed(self, now_s: float, reason: str) -> "Circuit":
        """After a request that came to nothing."""
        failures = self.failures + 1
        doublings = min(failures - _FAILURES, 10)
        pause_s = min(_FIRST_PAUSE_S * 2**doublings, _LONGEST_PAUSE_S) if doublings >= 0 else 0.0
        return Circuit(failures, now_s + pause_s, reason)
