"""Whether a server can do its work: what it needs is looked at, and the answer is good for a moment."""

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import structlog

_log = structlog.get_logger()
_GOOD_FOR_S = 1.0
"""Many may ask, and none of them makes more work than one."""
_PATIENCE_S = 3.0
"""Elapsed seconds after which what doesn't answer is taken for gone: probes wait for a few."""

Check = Callable[[], str]
"""Says in a few words how it is with something. Raises: anything, when it isn't well; the log says what."""


class NotReady(Exception):
    """Something the server needs isn't there. Its words are shown to everybody."""


@dataclass(frozen=True, slots=True)
class Look:
    """How it was with one thing."""

    state: Literal["ok", "failed"]
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """How it was with everything, by its name."""

    looks: Mapping[str, Look]

    @property
    def is_ready(self) -> bool:
        """Whether requests should come."""
        return all(look.state == "ok" for look in self.looks.values())


class Readiness:
    """Looks at all that a server needs, at most once a second however many ask. For one event loop.

    What doesn't answer, as a disk behind a network that is gone, keeps a thread and no event loop waiting.
    """

    def __init__(self, checks: Mapping[str, Check], clock_s: Callable[[], float] = time.monotonic) -> None:
        self._checks = checks
        self._clock_s = clock_s
        self._threads = {name: ThreadPoolExecutor(1, thread_name_prefix=f"ready-{name}") for name in checks}
        self._running: dict[str, Future[Look]] = {}
        self._latest: tuple[float, Report] | None = None
        self._is_draining = False

    def drain(self) -> None:
        """From now on it isn't ready, whatever else is well: it is about to end."""
        self._is_draining = True

    @property
    def is_draining(self) -> bool:
        """Whether it is about to end."""
        return self._is_draining

    async def look(self) -> Report:
        """How it is now, or was less than a second ago."""
        now_s = self._clock_s()
        if self._latest is None or now_s - self._latest[0] >= _GOOD_FOR_S:
            names = list(self._checks)
            looks = await asyncio.gather(*map(self._answer, names))
            self._latest = now_s, Report(dict(zip(names, looks, strict=True)))
        if not self._is_draining:
            return self._latest[1]
        return Report({**self._latest[1].looks, "server": Look("failed", "It is about to end.")})

    async def _answer(self, name: str) -> Look:
        """One that still hangs from before is waited for again, and not asked twice."""
        running = self._running.get(name)
        if running is None:
            running = self._running[name] = self._threads[name].submit(self._check, name)
        done, _ = await asyncio.wait([asyncio.wrap_future(running)], timeout=_PATIENCE_S)
        if not done:
            return Look("failed", f"There was no answer in {_PATIENCE_S:g} s.")
        self._running.pop(name, None)
        return running.result()

    def _check(self, name: str) -> Look:
        try:
            return Look("ok", self._checks[name]())
        except NotReady as error:
            return Look("failed", str(error))
        except Exception as error:
            # Paths and addresses, which may be in its words, are for the operator alone.
            _log.warning("readiness.failed", check=name, error=str(error) or type(error).__name__)
            return Look("failed", "It doesn't answer; the log says why.")

    def stop(self) -> None:
        """Look no more."""
        for thread in self._threads.values():
            thread.shutdown(wait=False)
