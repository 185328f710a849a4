"""Who may ask a server now: not while it is away, so many at once, so many in a minute. It counts what passes."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import structlog

from rhapsode.engines.remote.circuit import Circuit
from rhapsode.engines.remote.settings import RemoteSettings
from rhapsode.engines.remote.shared_state import Known, SharedState
from rhapsode.engines.remote.slots import Slots
from rhapsode.studio.errors import EngineFailed

_log = structlog.get_logger()

_WAITS = 10
"""So many times what one text may take, a request waits for a place: then somebody holds one who shouldn't."""

LONGEST_WAIT_S = 20.0
"""Who is to wait longer isn't kept waiting: a conversion waits by itself, and a person is told."""

_LONGEST_BUSY_S = 300.0
"""Whatever a server says; a moment further away may be one of a clock that was set back, too."""


class ServerAwayError(Exception):
    """Nobody asks now. Its text says why."""


class Gate:
    """Lets requests to one server through. Thread-safe; what is counted is common to all processes of the machine."""

    def __init__(self, folder: Path, settings: RemoteSettings) -> None:
        self._settings = settings
        self._state = SharedState(folder)
        self._slots = Slots(folder, settings.concurrency)

    @contextlib.contextmanager
    def passed(self) -> Iterator[None]:
        """Wait until a request may be sent, which happens in the block.

        Raises: ServerAwayError, at once; EngineFailed, when the folder of state can't be written.
        """
        with contextlib.ExitStack() as place:
            with _reported():
                if not place.enter_context(self._slots.hold(wait_s=_WAITS * self._settings.timeout_s)):
                    msg = "all its places are taken"
                    raise ServerAwayError(msg)
                delay_s = self._admitted_in_s()
            time.sleep(delay_s)
            yield

    def _admitted_in_s(self) -> float:
        """Take the next moment at which a request may begin; seconds until then."""
        now_s = time.time()
        with self._state.changed() as known:
            if known.circuit.wait_s(now_s):
                raise ServerAwayError(known.circuit.reason)
            busy_s = _left_s(known.busy_until_s, now_s, most_s=_LONGEST_BUSY_S)
            if busy_s > LONGEST_WAIT_S:
                msg = f"it has asked to be left alone for another {busy_s:.0f} s"
                raise ServerAwayError(msg)
            known.circuit = known.circuit.tried(now_s)
            known.counters = replace(known.counters, requests=known.counters.requests + 1)
            return max(busy_s, self._delay_s(known, now_s))

    def _delay_s(self, known: Known, now_s: float) -> float:
        per_minute = self._settings.requests_per_minute
        share_s = 60 / per_minute if per_minute else 0.0
        # No more can wait for their moment than have a place.
        delay_s = _left_s(known.next_at_s, now_s, most_s=(self._settings.concurrency + 1) * share_s)
        known.next_at_s = now_s + delay_s + share_s
        return delay_s

    def failed(self, reason: str) -> None:
        """Note that the server didn't answer as one that works."""
        with _noted(), self._state.changed() as known:
            known.circuit = known.circuit.failed(time.time(), reason)
            known.counters = replace(known.counters, failures=known.counters.failures + 1)

    def refused(self, wait_s: float) -> None:
        """Note that it answers, but doesn't speak; whoever asks next, in any process, does so after so long."""
        with _noted(), self._state.changed() as known:
            known.circuit = Circuit()
            known.busy_until_s = max(known.busy_until_s, time.time() + min(wait_s, _LONGEST_BUSY_S))
            known.counters = replace(known.counters, failures=known.counters.failures + 1)

    def repeated(self) -> None:
        """Note that a request is made again."""
        with _noted(), self._state.changed() as known:
            known.counters = replace(known.counters, retries=known.counters.retries + 1)

    def answered(self, *, characters: int, audio_ms: int) -> None:
        """Note that it works, and what it has spoken."""
        price = self._settings.price_per_1000 or 0.0
        with _noted(), self._state.changed() as known:
            known.circuit = Circuit()
            counted = known.counters
            known.counters = replace(
                counted,
                characters=counted.characters + characters,
                audio_ms=counted.audio_ms + audio_ms,
                cost=counted.cost + characters / 1_000 * price,
            )


def _left_s(moment_s: float, now_s: float, *, most_s: float) -> float:
    """Seconds until a moment that isn't over; none where it is so far away that the clock was set back."""
    left_s = moment_s - now_s
    return left_s if 0 < left_s <= most_s else 0.0


@contextlib.contextmanager
def _reported() -> Iterator[None]:
    """Say what can be done where the state can't be kept: without it, nobody is let through."""
    try:
        yield
    except OSError as error:
        msg = f"What is known of a speech server can't be kept ({error}): name a folder with RHAPSODE_ENGINE_STATE."
        raise EngineFailed(msg) from error


@contextlib.contextmanager
def _noted() -> Iterator[None]:
    """Go on where a note can't be kept: what was spoken is there, and somebody may have paid for it."""
    try:
        yield
    except OSError as error:
        _log.warning("engine.state_not_kept", error=str(error))
