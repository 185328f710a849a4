"""Ctrl-C in the middle of a text: no process stays, and the next text is right."""

import contextlib
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from rhapsode.engines.conformance.subject import (
    SENTENCE,
    Check,
    Speaker,
    expect,
    expect_same,
    shortened,
)

_LONG = "The lamp on the headland was lit a little before dusk, and nobody in the village saw it. " * 10
_MOMENTS = (0.02, 0.6)
"""When in the speaking of a text it is interrupted, as shares of how long that takes."""

_ENDING_S = 5.0
"""How long a child process may take to end after its engine was closed."""


def an_interrupted_engine_goes_on(speaker: Speaker) -> None:
    """Whenever Ctrl-C comes, it says the next text as ever; when it is closed instead, no process of it stays."""
    text = shortened(_LONG, speaker.traits)
    before = speaker.speak(SENTENCE)
    speaker.engine.close()
    # With those that Python itself starts with a first child, and keeps.
    children = _children()
    speaker.speak(SENTENCE)
    began = time.monotonic()
    speaker.speak(text)
    took_s = time.monotonic() - began
    for moment in _MOMENTS:
        _interrupted(lambda: speaker.speak(text), after_s=moment * took_s)
        after = speaker.speak(SENTENCE)
        expect_same(speaker, before, after, sentence="After an interruption a text is said otherwise.")
    _interrupted(lambda: speaker.speak(text), after_s=_MOMENTS[-1] * took_s)
    speaker.engine.close()
    expect(_have_ended(children), "A process stays of an engine that was interrupted and closed.")


def _interrupted(speak: Callable[[], object], *, after_s: float) -> None:
    """Speak, and send SIGINT after some time: what it breaks off ends quietly, and so does what was faster."""
    main = threading.main_thread()
    if threading.current_thread() is not main:
        msg = "This check interrupts the main thread, so it has to run there."
        raise RuntimeError(msg)
    is_over = False

    def handler(_number: int, _frame: FrameType | None) -> None:
        if not is_over:
            raise KeyboardInterrupt

    usual = signal.signal(signal.SIGINT, handler)
    timer = threading.Timer(after_s, signal.pthread_kill, (main.ident, signal.SIGINT))
    try:
        timer.start()
        speak()
        is_over = True
    except KeyboardInterrupt:
        pass
    finally:
        is_over = True
        timer.join()
        signal.signal(signal.SIGINT, usual)


def _have_ended(known: set[int]) -> bool:
    """Whether no other child of this process is left than those known, soon."""
    patience = time.monotonic() + _ENDING_S
    while _children() - known:
        if time.monotonic() > patience:
            return False
        time.sleep(0.01)
    return True


def _children() -> set[int]:
    """The children of this process; none where the system has no list of them."""
    listed = Path("/proc/self/task").glob("*/children")
    return {int(number) for path in listed for number in _read(path).split()}


def _read(path: Path) -> str:
    # The thread may have ended meanwhile.
    with contextlib.suppress(OSError):
        return path.read_text("ascii")
    return ""


CHECKS = (Check(an_interrupted_engine_goes_on),)
