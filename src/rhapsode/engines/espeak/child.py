"""The adapter's end of the speaking child: starts it, asks it, ends it."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator

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
from rhapsode.engines.espeak.samples_file import SamplesFile

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
        self._samples = None if once else SamplesFile.create()
        self._begun: Request | None = None
        shared = [] if self._samples is None else [self._samples.descriptor]
        manner = ["--once"] if self._samples is None else ["--samples", str(self._samples.descriptor)]
        # -P: a module of ours must not be looked for in the folder somebody happens to stand in.
        command = [sys.executable, "-P", "-m", _SERVER, *manner]
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- our own module, no shell, nothing from outside
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=shared,
            )
        except OSError:
            self._close_samples()
            raise

    @property
    def process_id(self) -> int:
        """The operating system's number for the child."""
        return self._process.pid

    def begin(self, request: Request) -> None:
        """Send one request, which the child answers while the caller does something else.

        What was begun before and not asked for is waited for, and forgotten.
        Raises: ChildGoneError, ChildStuckError.
        """
        if self._begun is not None:
            self._answer()
        assert self._process.stdin is not None
        with self._watched(request):
            write_frame(self._process.stdin, pack_request(request))
        self._begun = request

    def ask(self, request: Request) -> Spoken | Failed:
        """Wait for the answer to a request, which is sent unless it was begun. Raises: as `begin` does."""
        if self._begun != request:
            self.begin(request)
        return self._answer()

    def _answer(self) -> Spoken | Failed:
        """What the child says to the request that was begun."""
        request, self._begun = self._begun, None
        assert request is not None
        assert self._process.stdout is not None
        with self._watched(request):
            return unpack_answer(read_frame(self._process.stdout), self._read_samples)

    @contextlib.contextmanager
    def _watched(self, request: Request) -> Iterator[None]:
        """Kill a child that lets the caller wait for too long. Raises: ChildGoneError, ChildStuckError."""
        stuck = threading.Event()
        watchdog = threading.Timer(request.wall_ms / 1000 + _GRACE_S, self._kill, (stuck,))
        watchdog.start()
        try:
            yield
        except (EndOfStreamError, OSError) as error:
            raise (ChildStuckError if stuck.is_set() else ChildGoneError) from error
        finally:
            watchdog.cancel()
            watchdog.join()

    def _read_samples(self, size_bytes: int) -> bytes:
        content = b"" if self._samples is None else self._samples.read(size_bytes)
        if len(content) < size_bytes:
            raise EndOfStreamError
        return content

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
        self._close_samples()

    def _close_samples(self) -> None:
        if self._samples is not None:
            self._samples.close()
