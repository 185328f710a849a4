"""Threads for work that takes long, so that it leaves the other requests theirs."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync
from fastapi import Request
from starlette.requests import ClientDisconnect

T = TypeVar("T")


class OwnThreads:
    """At most `count` threads of one kind of work; what comes after waits without one."""

    def __init__(self, name: str, count: int) -> None:
        self._count = count
        self._limiter: RunVar[CapacityLimiter] = RunVar(name)

    async def run(self, work: Callable[[], T]) -> T:
        """Do it in one of the threads. Raises: what it raises."""
        return await run_sync(work, limiter=self._limiter_of_loop())

    async def run_for(self, request: Request, work: Callable[[Callable[[], bool]], T]) -> T:
        """Do it for a client, unless that leaves before the work has a thread.

        request: its body has been read.    work: is given a function that says whether the client still waits.
        Raises: ClientDisconnect; what the work raises.
        """
        gone = threading.Event()

        def work_if_wanted() -> T:
            if gone.is_set():
                raise ClientDisconnect
            return work(lambda: not gone.is_set())

        leaving = asyncio.create_task(_note_leaving(request, gone))
        try:
            return await self.run(work_if_wanted)
        finally:
            # A server that ends cancels this, and its client has left as well.
            gone.set()
            leaving.cancel()
            await asyncio.wait([leaving])

    def _limiter_of_loop(self) -> CapacityLimiter:
        limiter = self._limiter.get(None)
        if limiter is None:
            limiter = CapacityLimiter(self._count)
            self._limiter.set(limiter)
        return limiter


async def _note_leaving(request: Request, gone: threading.Event) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    gone.set()
