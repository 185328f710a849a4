"""The downloads that are being sent: for as long as they are, clean-up leaves them what they were planned with."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class RunningDownloads:
    """Those of one process, in which clean-up runs too. Thread-safe.

    clock_ms: the clock that records are dated by, Unix milliseconds.
    """

    def __init__(self, clock_ms: Callable[[], int] = _now_ms) -> None:
        self._clock_ms = clock_ms
        self._lock = threading.Lock()
        self._started_at_ms: dict[object, int] = {}

    @contextlib.contextmanager
    def download(self) -> Iterator[None]:
        """To be held from before one is planned until all its bytes are sent, however long that takes."""
        one = object()
        with self._lock:
            self._started_at_ms[one] = self._clock_ms()
        try:
            yield
        finally:
            with self._lock:
                del self._started_at_ms[one]

    def oldest_started_at_ms(self) -> int | None:
        """When the one that runs the longest began; None where none runs."""
        with self._lock:
            return min(self._started_at_ms.values(), default=None)
