"""Who was found by what they show, remembered for a moment: a client shows the same with every request."""

import asyncio
import time
from collections.abc import Callable
from typing import Literal

from cachetools import LRUCache

from rhapsode.access.caller import Caller
from rhapsode.access.digests import digest_of
from rhapsode.studio.limits import MAX_COUNTED_PARTIES

KEY_MEMORY_S = 2.0
"""How long a key that was found valid isn't looked up again, and so how long a revoked one may still work."""

Shown = Literal["key", "login", "session"]


class KnownCallers:
    """Finds callers in the records, each at most once in KEY_MEMORY_S. For one event loop.

    Of what they show only digests are remembered, and whoever has shown nothing for longest is forgotten.
    """

    def __init__(self, most: int = MAX_COUNTED_PARTIES) -> None:
        self._known: LRUCache[bytes, tuple[Caller, float]] = LRUCache(most)

    def knows(self, kind: Shown, secret: str) -> bool:
        """Whether this was good when it was last looked up."""
        return _digest(kind, secret) in self._known

    async def find(self, kind: Shown, secret: str, find: Callable[[str], Caller | None]) -> Caller | None:
        """Whoever shows this; None where it is nothing that works."""
        now, shown = time.monotonic(), _digest(kind, secret)
        known = self._known.get(shown)
        if known is not None and now < known[1]:
            return known[0]
        # Not among the threads that routes run in: those may all be busy for as long as somebody speaks.
        found = await asyncio.to_thread(find, secret)
        if found is None:
            self._known.pop(shown, None)
        else:
            self._known[shown] = found, now + KEY_MEMORY_S
        return found


def _digest(kind: Shown, secret: str) -> bytes:
    return digest_of(f"{kind}:{secret}")
