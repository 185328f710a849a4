"""A server as a real process: started, asked, stopped or killed."""

import contextlib
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from elevenlabs import ElevenLabs

from .processes import kill_alone
from .program import Finished, Rhapsode

LISTENS = "Rhapsode listens on "
STOPPING = "Stopping: requests under way may end, and conversions go on at the next start.\n"
_ENDING_LIMIT_S = 60
_TAIL_CHARACTERS = 10_000


@dataclass
class Server:
    """`rhapsode serve`, after it has said where it listens. said: its lines until then.

    log: the file of what it has written to standard error, as long as the block runs that it was started for.
    """

    process: subprocess.Popen[str]
    said: list[str]
    log: Path
    _clients: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def url(self) -> str:
        return self.said[-1].removeprefix(LISTENS).rstrip("\n")

    @property
    def first_key(self) -> str:
        """The key that the first start shows."""
        (found,) = re.findall(r"export ELEVENLABS_API_KEY=(\S+)$", "".join(self.said), re.MULTILINE)
        return str(found)

    def client(self, key: str) -> ElevenLabs:
        """The official SDK."""
        return ElevenLabs(
            base_url=self.url, api_key=key, httpx_client=self._open(httpx.Client(timeout=60, trust_env=False))
        )

    def http(self, key: str | None = None) -> httpx.Client:
        """Raw HTTP."""
        headers = {} if key is None else {"xi-api-key": key}
        return self._open(httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False))

    def _open(self, client: httpx.Client) -> httpx.Client:
        """The same client, open for as long as the server is."""
        return self._clients.enter_context(client)

    def close(self) -> None:
        """Close every client, and kill the server where it still runs."""
        self._clients.close()
        if self.process.poll() is None:
            kill_alone(self.process)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> Finished:
        """Ask it politely to end; how it ended, and what it printed after its start."""
        self.process.send_signal(number)
        output, _ = self.process.communicate(timeout=_ENDING_LIMIT_S)
        errors = self.log.read_text("utf-8")
        assert "Traceback" not in errors, errors
        return Finished(self.process.returncode, output, errors)

    def kill(self) -> None:
        """Kill it as the system does in need, and see that its children end."""
        kill_alone(self.process)


@contextlib.contextmanager
def serving(rhapsode: Rhapsode, *arguments: str | Path, port: int = 0, **variables: str) -> Iterator[Server]:
    """Start a server and wait until it listens; kill it at the end if it still runs."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "errors"
        with (
            log.open("a") as errors,
            rhapsode.start_logging(errors, "serve", "--port", str(port), *arguments, **variables) as process,
        ):
            server = Server(process, _lines_until_listening(process, log), log)
            try:
                yield server
            finally:
                server.close()


def _lines_until_listening(process: subprocess.Popen[str], log: Path) -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith(LISTENS):
            return lines
    raise AssertionError((lines, log.read_text("utf-8")[-_TAIL_CHARACTERS:]))
