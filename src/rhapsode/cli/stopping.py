"""Being asked to stop: Ctrl-C, or a polite SIGTERM."""

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType


class Stopped(Exception):
    """Work was broken off that goes on later, with what is finished kept."""


def never() -> bool:
    """Of work that may take as long as it takes."""
    return False


class StopRequest:
    """Ctrl-C or SIGTERM while breaking off would do harm: it is noted, and heeded by `raise_if_asked`.

    The job engine would leave its database and threads in any state, and imports swallow what is raised. The second
    signal breaks off.
    is_over: whether the time for it is up, which is heeded as well.
    """

    def __init__(self, is_over: Callable[[], bool] = never) -> None:
        self._is_asked = False
        self._is_over = is_over

    def note(self, number: int, frame: FrameType | None) -> None:
        """A handler of signals."""
        if self._is_asked:
            interrupt(number, frame)
        self._is_asked = True

    @property
    def is_asked(self) -> bool:
        """Whether a signal has come."""
        return self._is_asked

    def raise_if_asked(self) -> None:
        """Raises: KeyboardInterrupt; Stopped, when its time is up."""
        self.raise_if_interrupted()
        if self._is_over():
            raise Stopped

    def raise_if_interrupted(self) -> None:
        """For when the work is done, and more would follow. Raises: KeyboardInterrupt."""
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
