"""Being asked to stop: Ctrl-C, or a polite SIGTERM."""

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType


class StopRequest:
    """Ctrl-C while the job engine is at work: it is noted, and heeded between two looks at the progress.

    Breaking off the engine wherever it is leaves its database and threads in any state. The second Ctrl-C does.
    """

    def __init__(self) -> None:
        self._is_asked = False

    def note(self, number: int, frame: FrameType | None) -> None:
        """A handler of signals."""
        if self._is_asked:
            interrupt(number, frame)
        self._is_asked = True

    def raise_if_asked(self) -> None:
        """Raises: KeyboardInterrupt."""
        if self._is_asked:
            raise KeyboardInterrupt


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Handle a signal by breaking off at once. Raises: KeyboardInterrupt."""
    raise KeyboardInterrupt


@contextlib.contextmanager
def on_stop_signals(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle Ctrl-C and a polite end (SIGTERM) alike. For the main thread."""
    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handled in before.items():
            signal.signal(number, handled)
