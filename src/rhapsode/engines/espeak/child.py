"""The adapter's end of the speaking child: starts it, asks it, ends it."""

import contextlib
import subprocess
import sys
import threading

from rhapsode.engines.espeak.protocol import (
    EndOfStreamError,
    Failed,
    Request,
    Spoken,
    pack_request,
    read_frame,
    unpack_answer,
    write_frame,
)

_SERVER = "rhapsode.engines.espeak.server"
# The child enforces the request's own limit; this is for a child that has itself stopped.
_GRACE_S = 5.0


class ChildGoneError(Exception):
    """The child ended, or answered nonsense, instead of answering."""


class ChildStuckError(ChildGoneError):
    """The child did not answer in time and has been killed."""


class SpeakingChild:
    """One running child process. After any error it is of no more use and must be ended."""

    def __init__(self, *, once: bool) -> None:
        # -P: a module of ours must not be looked for in the folder somebody happens to stand in.
        command = [sys.executable, "-P", "-m", _SERVER, *(["--once"] if once else [])]
        self._process = subprocess.Popen(  # noqa: S603 -- our own module, no shell, nothing from outside
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    @property
    def process_id(self) -> int:
        """The operating system's number for the child."""
        return self._process.pid

    def ask(self, request: Request) -> Spoken | Failed:
        """Send one request and wait for its answer. Raises: ChildGoneError, ChildStuckError."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        stuck = threading.Event()
        watchdog = threading.Timer(request.wall_ms / 1000 + _GRACE_S, self._kill, (stuck,))
        watchdog.start()
        try:
            write_frame(process.stdin, pack_request(request))
            return unpack_answer(read_frame(process.stdout))
        except (EndOfStreamError, OSError) as error:
            raise (ChildStuckError if stuck.is_set() else ChildGoneError) from error
        finally:
            watchdog.cancel()
            watchdog.join()

    def _kill(self, stuck: threading.Event) -> None:
        stuck.set()
        self._process.kill()

    def end(self) -> None:
        """Kill the child, which keeps nothing, and give back its pipes and its place in the process table."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                # Closing writes what a dead child has not read.
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()
