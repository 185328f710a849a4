"""Threads for work that takes long, so that it leaves the other requests theirs."""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync

T = TypeVar("T")


class OwnThreads:
    """At most `count` threads of one kind of work; what comes after waits without one."""

    def __init__(self, name: str, count: int) -> None:
        self._count = count
        self._limiter: RunVar[CapacityLimiter] = RunVar(name)

    async def run(self, work: Callable[[], T]) -> T:
        """Do it in one of the threads. Raises: what it raises."""
        return await run_sync(work, limiter=self._limiter_of_loop())

    def _limiter_of_loop(self) -> CapacityLimiter:
        limiter = self._limiter.get(None)
        if limiter is None:
            limiter = CapacityLimiter(self._count)
            self._limiter.set(limiter)
        return limiter
