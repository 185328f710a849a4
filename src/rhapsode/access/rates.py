"""How often somebody asks, and how much at once: counted in the memory of one process (docs/decisions/0057)."""

import math
from collections import OrderedDict
from dataclasses import dataclass

from rhapsode.studio.limits import MAX_COUNTED_PARTIES, MAX_RETRY_AFTER_S

_MINUTE_S = 60.0


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at_s: float


class Rates:
    """A bucket of tokens for each party: full, it holds what may be asked in a minute, and it fills as fast.

    All times are seconds of one clock that never goes back.
    """

    def __init__(self, most_parties: int = MAX_COUNTED_PARTIES) -> None:
        self._most_parties = most_parties
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, party: str, per_minute: int, now_s: float) -> float:
        """Take a token for a request: 0, or the seconds until there is one, and then nothing was taken."""
        bucket = self._filled(party, per_minute, now_s)
        if bucket.tokens < 1:
            return (1 - bucket.tokens) * _MINUTE_S / per_minute
        bucket.tokens -= 1
        return 0.0

    def wait_s(self, party: str, per_minute: int, now_s: float) -> float:
        """The seconds until there is a token; 0 where there is one. Nothing is taken."""
        bucket = self._buckets.get(party)
        if bucket is None:
            return 0.0
        missing = 1 - self._filled(party, per_minute, now_s).tokens
        return max(0.0, missing) * _MINUTE_S / per_minute

    def _filled(self, party: str, per_minute: int, now_s: float) -> _Bucket:
        bucket = self._buckets.setdefault(party, _Bucket(per_minute, now_s))
        grown = (now_s - bucket.filled_at_s) * per_minute / _MINUTE_S
        bucket.tokens, bucket.filled_at_s = min(per_minute, bucket.tokens + grown), now_s
        self._buckets.move_to_end(party)
        while len(self._buckets) > self._most_parties:
            self._buckets.popitem(last=False)
        return bucket


def retry_after(wait_s: float) -> str:
    """What a client is told to wait: whole seconds, at least one."""
    return str(min(MAX_RETRY_AFTER_S, max(1, math.ceil(wait_s))))
