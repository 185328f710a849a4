"""Conversions that wait for an engine which is away: they try again after growing pauses, until patience ends."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from rhapsode.jobs.conversions import ConversionDismissed
from rhapsode.studio.errors import EngineUnavailable
from rhapsode.studio.ids import ConversionId

_log = structlog.get_logger()

_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 60.0


@dataclass(slots=True)
class _Outage:
    """Of one conversion. since_s: of its first failure.    ends: how often somebody was to try at once."""

    since_s: float
    ends: int = 0


class Outages:
    """Who waits holds a thread of the runner, and neither a place of the pool nor its slice. Thread-safe.

    patience_s: how long an engine may stay away until the conversion fails, counted anew when something was made.
    """

    def __init__(self, patience_s: float, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._patience_s = patience_s
        self._clock_s = clock_s
        self._changed = threading.Condition()
        self._outages: dict[ConversionId, _Outage] = {}
        self._dismissals = 0

    def wait(self, conversion_id: ConversionId, error: EngineUnavailable) -> None:
        """Wait until it is worth while to try again.

        Raises: EngineUnavailable, when the patience is at its end; ConversionDismissed.
        """
        with self._changed:
            now_s = self._clock_s()
            outage = self._outages.setdefault(conversion_id, _Outage(now_s))
            gone_s = now_s - outage.since_s
            if gone_s >= self._patience_s:
                msg = (
                    f"{error} It was waited for {_duration(self._patience_s)}. What is finished is kept;"
                    " convert again when the engine is back."
                )
                raise EngineUnavailable(msg) from error
            pause_s = _pause_s(gone_s, left_s=self._patience_s - gone_s)
            _log.warning(
                "conversion.waits_for_engine", conversion_id=conversion_id, error=str(error), pause_s=pause_s
            )
            ends, dismissals = outage.ends, self._dismissals
            self._changed.wait_for(
                lambda: outage.ends != ends or self._dismissals != dismissals, timeout=pause_s
            )
            if self._dismissals != dismissals:
                raise ConversionDismissed

    def over(self, conversion_id: ConversionId) -> None:
        """Let all that waits of a conversion go on at once: its engine is back, or nobody wants it any more."""
        with self._changed:
            outage = self._outages.pop(conversion_id, None)
            if outage is not None:
                outage.ends += 1
                self._changed.notify_all()

    def dismiss(self) -> None:
        """Let all who wait now wait no longer."""
        with self._changed:
            self._dismissals += 1
            self._changed.notify_all()


def _pause_s(gone_s: float, *, left_s: float) -> float:
    """Half as long again as it has been away, so that it is missed for no more than that when it is back."""
    return min(max(gone_s / 2, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S, left_s)


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:g} s"
