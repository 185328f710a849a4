"""What becomes of a fork that hangs when nobody is left to end it."""

import signal
import subprocess
import sys
import time

import psutil


def test_a_fork_that_hangs_ends_by_itself_after_its_parent_was_killed() -> None:
    """The system's clock ends it about a second after its limit."""
    code = (
        "import os, time\n"
        "from rhapsode.processes import bytes_from_fork\n"
        "def hang():\n"
        "    print(os.getpid(), flush=True)\n"
        "    while True: time.sleep(1)\n"
        "bytes_from_fork(hang, wall_s=1)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout is not None
        fork = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        assert fork.is_running()
        deadline = time.monotonic() + 10
        while fork.is_running() and fork.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
            time.sleep(0.02)

    assert time.monotonic() < deadline
