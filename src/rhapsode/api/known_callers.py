"""Who was found by what they show, remembered for a moment: a client shows the same with every request."""

import asyncio
import time
from collections.abc import Callable
from typing import Literal

from rhapsode.access.caller import Caller

KEY_MEMORY_S = 2.0
"""How long a key that was found valid isn't looked up again, and so how long a revoked one may still work."""

Shown = Literal["key", "login", "session"]


class KnownCallers:
    """Finds callers in the records, each at most once in KEY_MEMORY_S. For one event loop."""

    def __init__(self) -> None:
        self._known: dict[tuple[Shown, str], tuple[Caller, float]] = {}

    def knows(self, kind: Shown, secret: str) -> bool:
        """Whether this was good when it was last looked up."""
        return (kind, secret) in self._known

    async def find(self, kind: Shown, secret: str, find: Callable[[str], Caller | None]) -> Caller | None:
        """Whoever shows this; None where it is nothing that works."""
        now = time.monotonic()
        known = self._known.get((kind, secret))
        if known is not None and now < known[1]:
            return known[0]
        # Not among the threads that routes run in: those may all be busy for as long as somebody speaks.
        found = await asyncio.to_thread(find, secret)
        if found is None:
            self._known.pop((kind, secret), None)
        else:
            self._known[kind, secret] = found, now + KEY_MEMORY_S
        return found
