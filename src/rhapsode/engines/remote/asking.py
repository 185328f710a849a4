"""What other machines are asked for by threads that nobody waits for: the end of a command does, for a moment."""

import threading
import time
from collections.abc import Callable

_LONGEST_WAIT_S = 10.0

_asking: set[threading.Thread] = set()


def ask_meanwhile(ask: Callable[[], None]) -> None:
    """Ask in a thread of its own."""

    def run() -> None:
        try:
            ask()
        finally:
            _asking.discard(threading.current_thread())

    thread = threading.Thread(target=run, name="asking", daemon=True)
    _asking.add(thread)
    thread.start()


def wait_for_answers() -> bool:
    """Wait until what was asked has come or failed, but not for ever; False where nothing was asked."""
    asking = list(_asking)
    until_s = time.monotonic() + _LONGEST_WAIT_S
    for thread in asking:
        thread.join(max(0.0, until_s - time.monotonic()))
    return bool(asking)
