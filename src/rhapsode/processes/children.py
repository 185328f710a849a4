"""What a child process and its parent know of each other: Ctrl-C is the parent's, and neither outlives the other."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Let children that start meanwhile not hear Ctrl-C, which a terminal sends to every process of a command.

    Only the parent decides what it means. The mask holds from a child's first instruction on, which a handler
    that the child sets would not.
    """
    with _interrupts_put_off():
        if not hasattr(signal, "pthread_sigmask"):
            yield
            return
        # Not above: limited children have no use for it, and would wait for its import.
        from multiprocessing import resource_tracker

        # The tracker of multiprocessing starts with the first child, and ends with SIGINT unmasked.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _interrupts_put_off() -> Iterator[None]:
    """Heed Ctrl-C only afterwards: another thread hears it, and it would break off the start of a child."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[tuple[int, FrameType | None]] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if heard and callable(before):
            before(*heard[0])


def exit_with_parent() -> None:
    """End this multiprocessing child as soon as its parent has ended, however that ended."""
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is None:
        return

    def wait_and_exit() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait_and_exit, name="exit-with-parent", daemon=True).start()
