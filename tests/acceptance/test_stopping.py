"""Ctrl-C ends a narration with what is finished kept; a polite SIGTERM does the same."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from tests.rounds import rounds

from .processes import has_begun, wait_while_running
from .program import Rhapsode, long_book
from .stored import look

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="process groups and SIGTERM are those of POSIX"),
]
PARAGRAPHS = 30
MORE_PARAGRAPHS = 150
LIMIT_S = 60
STOPPING = "Stopping: finished passages are kept, and the same command goes on from there.\n"

MOMENTS: dict[str, Callable[[Rhapsode, subprocess.Popen[str]], object]] = {
    "it imports": lambda _, process: has_begun(process),
    "it opens its records": lambda rhapsode, _: (rhapsode.data / "records.sqlite3").exists(),
    "it has started processes": lambda _, process: psutil.Process(process.pid).children(),
    "it speaks": lambda rhapsode, _: list(rhapsode.data.glob("blobs/.temporary/*")),
}
DELAYS_S = (0, 0.1, 0.2, 0.3)
TRIES = [(is_background, delay_s) for is_background in (False, True) for delay_s in DELAYS_S]


def interrupt(process: subprocess.Popen[str], signal_name: str) -> None:
    """As a terminal does, whose Ctrl-C reaches the whole process group, or as `kill` does."""
    number = signal.Signals[signal_name]
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)


def stop_when_more_is_finished(rhapsode: Rhapsode, book: Path, signal_name: str) -> None:
    """Narrate until there is another pack, and stop it."""
    before = rhapsode.packs
    with rhapsode.start("narrate", book, "--voice", "tone_low") as process:
        wait_while_running(process, lambda: rhapsode.packs != before)
        children = psutil.Process(process.pid).children(recursive=True)
        interrupt(process, signal_name)
        output, errors = process.communicate(timeout=LIMIT_S)

    assert process.returncode == 130, (output, errors)
    assert output == ""
    assert errors == STOPPING
    assert not (rhapsode.folder / "long.zip").exists()
    assert children
    assert not psutil.wait_procs(children, timeout=10)[1]


def test_stopped_narration_goes_on(rhapsode: Rhapsode) -> None:
    """What was finished isn't spoken again, and the archive is that of a narration nobody has stopped."""
    book = rhapsode.write("long.md", long_book(PARAGRAPHS))
    for signal_name in ("SIGINT", "SIGTERM"):
        stop_when_more_is_finished(rhapsode, book, signal_name)

    finished = look(rhapsode.data)
    passages = PARAGRAPHS + PARAGRAPHS // 10
    line = rhapsode.narrate(book)
    spoken = re.search(r"(\d+) passages? spoken", line)
    assert spoken is not None
    assert 0 < int(spoken[1]) <= passages - len(finished.speech) < passages
    stopped = (rhapsode.folder / "long.zip").read_bytes()

    fresh = rhapsode.narrate(book, "--data", "fresh")
    assert f"; {passages} passages spoken in " in fresh
    assert (rhapsode.folder / "long.zip").read_bytes() == stopped


@pytest.mark.parametrize(("is_background", "delay_s"), TRIES[:: rounds(7, 1)])
@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_is_heeded_at_any_moment(
    rhapsode: Rhapsode, moment: str, is_background: bool, delay_s: float
) -> None:
    """While modules are imported and processes start, too, it ends and says at most where it goes on.

    Its shell has what a script starts in the background begin with Ctrl-C ignored, which it must not be left.
    """
    book = rhapsode.write("long.md", long_book(MORE_PARAGRAPHS))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN if is_background else signal.default_int_handler)
    try:
        started = rhapsode.start("narrate", book, "--voice", "tone_low")
    finally:
        signal.signal(signal.SIGINT, before)
    with started as process:
        wait_while_running(process, lambda: has_begun(process))
        wait_while_running(process, lambda: MOMENTS[moment](rhapsode, process))
        time.sleep(delay_s)
        interrupt(process, "SIGINT")
        output, errors = process.communicate(timeout=LIMIT_S)

    assert process.returncode == 130, (output, errors)
    assert output == ""
    assert errors in ("", STOPPING)
