"""A child process that answers frames over its stdin and stdout, seen from the process that asks it."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from rhapsode.engines.frames import EndOfStreamError, read_frame, write_frame
from rhapsode.studio.overrides import PREFIX
from rhapsode.telemetry.metrics import CHILDREN_DIED

_KEPT_VARIABLES = frozenset(
    {
        *("PATH", "HOME", "TMPDIR", "TZ", "LANG", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "LD_PRELOAD"),
        # Of Windows, where Python looks for what a person has installed beneath APPDATA.
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"),
        *("TEMP", "TMP", "PROCESSOR_ARCHITECTURE"),
    }
)
# Of Python, locales, the loaders of macOS and Nix, limits (studio.overrides), and libraries that compute.
_KEPT_FAMILIES = (
    "PYTHON",
    "LC_",
    "DYLD_",
    "NIX_LD",
    PREFIX,
    "CUDA",
    "CUDNN_",
    "CUBLAS_",
    "NVIDIA",
    "ORT_",
    "OMP_",
    "MKL_",
    "OPENBLAS_",
    "MALLOC_",
)


class ChildGoneError(Exception):
    """The child ended, or answered nonsense, instead of answering."""


class ChildStuckError(ChildGoneError):
    """The child did not answer in time and has been killed."""


class PipedChild:
    """One running child process, which is a module of ours. After any error it is of no more use and must be ended.

    module, arguments: what it runs.    descriptors: open files that it shares.
    environment: variables beside those that every program may need, such as PATH; the others may hold secrets, and
      what a stranger's text or model does to a child is not known.
    Raises: ChildGoneError, when the system starts no process.
    """

    def __init__(
        self,
        module: str,
        *arguments: str,
        descriptors: Sequence[int] = (),
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- our own module, no shell, nothing from outside
                # -P: a module of ours must not be looked for in the folder somebody happens to stand in.
                [sys.executable, "-P", "-m", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=descriptors,
                env={**_kept_variables(), **environment},
            )
        except OSError as error:
            raise ChildGoneError from error

    @property
    def process_id(self) -> int:
        """The operating system's number for the child."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it is known to be of no more use."""
        return self._process.poll() is not None

    def send(self, body: bytes, *, wall_s: float) -> None:
        """Send one frame. wall_s: seconds after which a child that doesn't take it is killed.

        Raises: ChildGoneError, ChildStuckError.
        """
        assert self._process.stdin is not None
        with self._watched(wall_s):
            write_frame(self._process.stdin, body)

    def receive(self, *, wall_s: float) -> bytes:
        """Wait for one frame, for at most so many seconds. Raises: as `send` does."""
        assert self._process.stdout is not None
        with self._watched(wall_s):
            return read_frame(self._process.stdout)

    @contextlib.contextmanager
    def _watched(self, wall_s: float) -> Iterator[None]:
        """Kill a child that lets the caller wait for too long. Raises: ChildGoneError, ChildStuckError."""
        stuck = threading.Event()
        watchdog = threading.Timer(wall_s, self._kill, (stuck,))
        # Ctrl-C may come before `finally` has it in its care, and then a program must not wait for it at its end.
        watchdog.daemon = True
        watchdog.start()
        try:
            yield
        except (EndOfStreamError, OSError) as error:
            CHILDREN_DIED.add(1, "engine")
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


def _kept_variables() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _KEPT_VARIABLES or name.startswith(_KEPT_FAMILIES)
    }
