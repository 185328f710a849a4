"""Being asked to stop: Ctrl-C, or a polite SIGTERM."""

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

_broken_off = threading.Event()
"""That `interrupt` has raised. Signals are the process's, and so is what is remembered of them."""


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
        raise_if_interrupted()
        if self._is_asked:
            raise KeyboardInterrupt


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Handle a signal by breaking off at once, which is remembered for `raise_if_interrupted`.

    Where the exception comes in a destructor, a careless `except`, or a callback such as imports have, nobody hears
    of it.
    Raises: KeyboardInterrupt.
    """
    _broken_off.set()
    raise KeyboardInterrupt


def raise_if_interrupted() -> None:
    """At a safe point, break off what a signal should have broken off before. Raises: KeyboardInterrupt."""
    if _broken_off.is_set():
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


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Have Ctrl-C and SIGTERM break off what runs within, at its end at the latest. For the main thread.

    Raises: KeyboardInterrupt.
    """
    before, sys.unraisablehook = sys.unraisablehook, _tell_ignored
    try:
        with on_stop_signals(interrupt):
            yield
    finally:
        sys.unraisablehook = before
        was_broken_off = _broken_off.is_set()
        _broken_off.clear()
        if was_broken_off:
            raise KeyboardInterrupt


def _tell_ignored(ignored: "sys.UnraisableHookArgs") -> None:
    """Tell what Python can't raise, but for an interrupt, which is heeded soon."""
    if not issubclass(ignored.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(ignored)
