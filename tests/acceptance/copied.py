"""Commands that are copies of one process which has imported the program: importing it takes up to two seconds.

All else is as if the script had been started: its own process and session, folder, environment, output and signals.
"""

import atexit
import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import IO, Any

from tests.rounds import rounds

from rhapsode.studio.overrides import PREFIX

_COPYING = Path(__file__).with_name("copying.py")
_ENDING_LIMIT_S = 30
_READ_WHEN_NEEDED = ("RHAPSODE_", "AWS_")
"""Beginnings of the variables that nothing reads while it is imported, but for limits."""
IS_POSSIBLE = (
    sys.platform == "linux"
    and "PYTEST_VERSION" in os.environ
    and "COVERAGE_PROCESS_START" not in os.environ
    and rounds(1, 0) == 1
)
"""Only in tests, and not in all that take long: there, as in benchmarks, each command is started anew."""


def may_be_copied(variables: Mapping[str, str]) -> bool:
    """Whether a command that is given these variables finds the same with them as if it imported everything anew."""
    return IS_POSSIBLE and all(
        name.startswith(_READ_WHEN_NEEDED) and not name.startswith(PREFIX) for name in variables
    )


class Copied(subprocess.Popen[str]):
    """A command. output: where it writes; None for a pipe, which is `stdout`."""

    # What would start a process is not called.
    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path,
        environment: Mapping[str, str],
        original: Mapping[str, str],
        output: IO[str] | None,
        errors: IO[str],
    ) -> None:
        """original: the variables of the process that is copied, which is one for all commands with the same."""
        self.args: Any = [str(argument) for argument in command]
        self.stdin = self.stdout = self.stderr = None
        self.returncode: Any = None
        message = {"arguments": self.args, "folder": str(folder), "environment": dict(environment)}
        with contextlib.ExitStack() as theirs:
            told, tells = os.pipe()
            theirs.callback(os.close, tells)
            self._told = open(told)  # noqa: SIM115, PTH123 -- until the process has ended
            if output is None:
                ours, written = os.pipe()
                theirs.callback(os.close, written)
                self.stdout = open(ours, encoding="utf-8")  # noqa: SIM115, PTH123
            else:
                written = output.fileno()
            asked = _start_original(self.args[0], tuple(sorted(original.items())))
            socket.send_fds(asked, [json.dumps(message).encode()], [written, errors.fileno(), tells])
        self.pid = int(self._told.readline())

    def poll(self) -> int | None:
        """See Popen."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return None if self.returncode is None else int(self.returncode)

    def wait(self, timeout: float | None = None) -> int:
        """See Popen."""
        if self.returncode is None:
            if not wait([self._told.fileno()], timeout):
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = int(self._told.readline())
            self._told.close()
        return int(self.returncode)

    def communicate(
        self,
        input: str | None = None,  # noqa: A002 -- as Popen has it
        timeout: float | None = None,
    ) -> tuple[str, Any]:
        """See Popen. Of output that a pipe holds until somebody reads it."""
        assert self.stdout is not None
        self.wait(timeout)
        with self.stdout:
            return self.stdout.read(), None

    def send_signal(self, sig: int) -> None:
        """See Popen."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def kill(self) -> None:
        """See Popen."""
        self.send_signal(signal.SIGKILL)


@functools.cache
def _start_original(script: str, variables: tuple[tuple[str, str], ...]) -> socket.socket:
    """Start the process that is copied; where it is asked to. It ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, str(_COPYING), script],
            cwd="/",
            env=dict(variables),
            stdin=theirs.fileno(),
            # As most commands' are: what Python has noted of them at the start is copied, too.
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    atexit.register(process.wait, _ENDING_LIMIT_S)
    atexit.register(ours.close)
    return ours
