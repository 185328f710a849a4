"""Conversions that wait for what is away: they try again, after growing pauses and until patience ends.

That is for an engine or an object store, which may have been named wrongly. The records are there again some day.
"""

import threading
import time
from collections.abc import Callable

import structlog

from rhapsode.jobs.conversions import ConversionDismissed
from rhapsode.jobs.patience import Patience
from rhapsode.studio.errors import EngineUnavailable, ObjectStoreFailed, RecordsUnavailable
from rhapsode.studio.ids import ConversionId

_log = structlog.get_logger()

_RECORDS_PAUSE_S = 0.5

Away = EngineUnavailable | ObjectStoreFailed
"""What may pass by itself, and has been tried several times already."""


class Outages:
    """Who waits holds a thread of the runner, and neither a place of the pool nor its slice. Thread-safe.

    patience_s: how long an engine or a store may stay away until the conversion fails, counted anew when something
      was made.
    """

    def __init__(self, patience_s: float, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._patience = Patience(patience_s, clock_s)
        self._changed = threading.Condition()
        self._outages: dict[ConversionId, object] = {}
        self._dismissals = 0

    def wait(self, conversion_id: ConversionId, error: Away) -> None:
        """Wait until it is worth while to try again.

        Raises: one of the error's class, when the patience is at its end; ConversionDismissed.
        """
        with self._changed:
            pause_s = self._patience.miss(conversion_id)
            if pause_s is None:
                raise type(error)(self._patience.explain(str(error))) from error
            _log.warning("conversion.waits", conversion_id=conversion_id, error=str(error), pause_s=pause_s)
            outage = self._outages.setdefault(conversion_id, object())
            self._pause(pause_s, lambda: self._outages.get(conversion_id) is not outage)

    def wait_for_records(self, conversion_id: ConversionId, error: RecordsUnavailable) -> None:
        """Wait a moment, with what is to be recorded at hand. Raises: ConversionDismissed."""
        _log.warning("conversion.waits_for_records", conversion_id=conversion_id, error=str(error))
        with self._changed:
            self._pause(_RECORDS_PAUSE_S, lambda: False)

    def _pause(self, pause_s: float, is_over: Callable[[], bool]) -> None:
        dismissals = self._dismissals
        self._changed.wait_for(lambda: is_over() or self._dismissals != dismissals, timeout=pause_s)
        if self._dismissals != dismissals:
            raise ConversionDismissed

    def over(self, conversion_id: ConversionId) -> None:
        """Let all that waits of a conversion go on at once: what was away is back, or nobody wants it any more."""
        with self._changed:
            self._patience.found(conversion_id)
            if self._outages.pop(conversion_id, None) is not None:
                self._changed.notify_all()

    def dismiss(self) -> None:
        """Let all who wait now wait no longer."""
        with self._changed:
            self._dismissals += 1
            self._changed.notify_all()
