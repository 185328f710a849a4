"""The processes of a command: those that are alive, and what is left when the first of them is killed."""

import os
import subprocess
import time
from collections.abc import Callable

import psutil

ENDING_LIMIT_S = 30
_HAPPENING_LIMIT_S = 60
_PYTHON_BYTES = 24 * 2**20
"""Twice what Python has when it has started."""


def has_begun(process: subprocess.Popen[str]) -> bool:
    """Whether a command is about its own work, if only importing: Python itself does with signals what it wants."""
    return bool(psutil.Process(process.pid).memory_info().rss > _PYTHON_BYTES)


def wait_while_running(process: subprocess.Popen[str], is_so: Callable[[], object]) -> None:
    """Until something is so, which must be before the command has ended."""
    until_s = time.monotonic() + _HAPPENING_LIMIT_S
    while not is_so():
        assert process.poll() is None
        assert time.monotonic() < until_s
        time.sleep(0.02)


def living_group(leader_id: int) -> list[psutil.Process]:
    """The living processes of a group, its leader among them; dead ones that nobody has waited for are none."""
    members = []
    for process_id in psutil.pids():
        try:
            if os.getpgid(process_id) == leader_id:
                process = psutil.Process(process_id)
                if process.status() != psutil.STATUS_ZOMBIE:
                    members.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return members


def kill_alone(process: subprocess.Popen[str]) -> float:
    """Kill the first process of its group, as the system does in need; seconds until all others have ended."""
    process.kill()
    process.wait()
    killed_at_s = time.monotonic()
    while left := living_group(process.pid):
        assert time.monotonic() - killed_at_s < ENDING_LIMIT_S, [member.cmdline() for member in left]
        time.sleep(0.01)
    return time.monotonic() - killed_at_s
