"""Ctrl-C ends a narration with what is finished kept; a polite SIGTERM does the same."""

import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest

from .program import Rhapsode, long_book

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="process groups and SIGTERM are those of POSIX"),
]
PARAGRAPHS = 40
MORE_PARAGRAPHS = 400
STOPPING = "Stopping: finished passages are kept, and the same command goes on from there.\n"


def wait_for_packs(rhapsode: Rhapsode, process: subprocess.Popen[str]) -> None:
    """Until something has been finished."""
    deadline = time.monotonic() + 60
    while not list(rhapsode.data.glob("blobs/packs/*/*.pack")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)


def interrupt(process: subprocess.Popen[str], signal_name: str) -> None:
    """As a terminal does, whose Ctrl-C reaches the whole process group, or as `kill` does."""
    number = signal.Signals[signal_name]
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)


@pytest.mark.parametrize("signal_name", ["SIGINT", "SIGTERM"])
def test_stopped_narration_goes_on(rhapsode: Rhapsode, signal_name: str) -> None:
    """What was finished isn't spoken again, and the archive is that of a narration nobody has stopped."""
    book = rhapsode.write("long.md", long_book(PARAGRAPHS))
    with rhapsode.start("narrate", book, "--voice", "tone_low") as process:
        wait_for_packs(rhapsode, process)
        children = psutil.Process(process.pid).children(recursive=True)
        interrupt(process, signal_name)
        output, errors = process.communicate(timeout=60)

    assert process.returncode == 130
    assert output == ""
    assert errors == STOPPING
    assert not (rhapsode.folder / "long.zip").exists()
    assert children
    assert not psutil.wait_procs(children, timeout=10)[1]

    passages = PARAGRAPHS + PARAGRAPHS // 10
    line = rhapsode.narrate(book)
    spoken = re.search(r"(\d+) passages? spoken", line)
    assert spoken is not None
    assert 0 < int(spoken[1]) < passages
    stopped = (rhapsode.folder / "long.zip").read_bytes()

    fresh = rhapsode.narrate(book, "--data", "fresh")
    assert f"; {passages} passages spoken in " in fresh
    assert (rhapsode.folder / "long.zip").read_bytes() == stopped


@pytest.mark.parametrize("delay_s", [0.3, 0.6, 0.9, 1.2, 1.5, 1.8])
def test_what_a_script_starts_in_the_background_heeds_it_too(rhapsode: Rhapsode, delay_s: float) -> None:
    """Its shell has it begin with Ctrl-C ignored, at any moment of which it must not be left."""
    book = rhapsode.write("long.md", long_book(MORE_PARAGRAPHS))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        started = rhapsode.start("narrate", book, "--voice", "tone_low")
    finally:
        signal.signal(signal.SIGINT, before)
    with started as process:
        time.sleep(delay_s)
        interrupt(process, "SIGINT")
        _, errors = process.communicate(timeout=20)

    assert process.returncode == 130
    assert errors in ("", STOPPING)


@pytest.mark.parametrize("delay_s", [0.2, 0.5, 0.8, 1.1, 1.4, 1.7, 2.0, 2.5])
def test_ctrl_c_is_heeded_at_any_moment(rhapsode: Rhapsode, delay_s: float) -> None:
    """While processes and the job engine start, too, it ends within seconds and says at most where it goes on."""
    book = rhapsode.write("long.md", long_book(MORE_PARAGRAPHS))
    with rhapsode.start("narrate", book, "--voice", "tone_low") as process:
        time.sleep(delay_s)
        interrupt(process, "SIGINT")
        output, errors = process.communicate(timeout=20)

    assert process.returncode == 130
    assert output == ""
    assert errors in ("", STOPPING)
