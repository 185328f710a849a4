"""The program itself, started as a person starts it: its console script, in a folder and a home of its own."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .copied import Copied, may_be_copied

SCRIPT = Path(sys.executable).with_name("rhapsode")
KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "TMPDIR", "LD_LIBRARY_PATH", "COVERAGE_PROCESS_START")
_LIMIT_S = 240


@dataclass(frozen=True)
class Finished:
    """How a command ended, and what it printed."""

    exit_status: int
    output: str
    errors: str

    @property
    def error(self) -> str:
        """The one sentence of a command that refused, and that it is no more than that."""
        lines = self.errors.splitlines()
        assert self.exit_status == 1, self
        assert len(lines) == 1, self
        assert lines[0].startswith("Error: "), self
        assert lines[0].endswith((".", "?")), self
        return lines[0].removeprefix("Error: ")


@dataclass(frozen=True)
class Rhapsode:
    """Starts commands in `folder`; what they keep is in `folder/data`, or in `elsewhere`.

    anew: `run` and servers, too, start the script each time, and aren't copies of a process (see `copied`).
    """

    folder: Path
    elsewhere: Path | None = None
    anew: bool = False

    @property
    def data(self) -> Path:
        return self.elsewhere or self.folder / "data"

    @property
    def packs(self) -> list[Path]:
        """All that has been finished."""
        return sorted(self.data.glob("blobs/packs/*/*.pack"))

    def environment(self, **variables: str) -> dict[str, str]:
        """What a command sees of the world: none of this machine's settings, and one process for the work."""
        own = {
            "HOME": str(self.folder / "home"),
            "RHAPSODE_DATA": str(self.data),
            "RHAPSODE_PROCESSES": "1",
        }
        return _kept_variables() | own | variables

    def start(self, *arguments: str | Path, **variables: str) -> subprocess.Popen[str]:
        """Start the script in a process group of its own, as a shell does. Somebody has to read both of its pipes."""
        return self._start(arguments, variables, subprocess.PIPE, subprocess.PIPE)

    def start_logging(
        self, log: IO[str], /, *arguments: str | Path, **variables: str
    ) -> subprocess.Popen[str]:
        """Begin a command that writes its errors and its log to a file: a pipe that nobody reads is full some day."""
        return self._begin(arguments, variables, None, log)

    def _begin(
        self,
        arguments: Sequence[str | Path],
        variables: Mapping[str, str],
        output: IO[str] | None,
        errors: IO[str],
    ) -> subprocess.Popen[str]:
        """Begin a command as a copy where that is the same. output: None for a pipe."""
        if self.anew or not may_be_copied(variables):
            return self._start(arguments, variables, subprocess.PIPE if output is None else output, errors)
        return Copied(
            [SCRIPT, *arguments],
            folder=self.folder,
            environment=self.environment(**variables),
            original=_kept_variables(),
            output=output,
            errors=errors,
        )

    def _start(
        self,
        arguments: Sequence[str | Path],
        variables: Mapping[str, str],
        output: IO[str] | int,
        errors: IO[str] | int,
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [SCRIPT, *arguments],
            cwd=self.folder,
            env=self.environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            encoding="utf-8",
            start_new_session=True,
        )

    def run(self, *arguments: str | Path, **variables: str) -> Finished:
        """Run a command to its end; it never shows a traceback."""
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8") as output,
            tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
            self._begin(arguments, variables, output, errors) as process,
        ):
            try:
                process.wait(_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            for file in (output, errors):
                file.seek(0)
            finished = Finished(process.returncode, output.read(), errors.read())
        assert "Traceback" not in finished.errors, finished.errors
        return finished

    def on_terminal(self, *arguments: str | Path) -> tuple[Finished, str]:
        """Run a command whose errors and progress go to a terminal; what that was shown."""
        import pty

        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [SCRIPT, *arguments],
            cwd=self.folder,
            env=self.environment(TERM="xterm", COLUMNS="160"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=theirs,
            encoding="utf-8",
        ) as process:
            os.close(theirs)
            shown = b""
            # Linux answers EIO when the other side is closed.
            with contextlib.suppress(OSError):
                while piece := os.read(ours, 2**16):
                    shown += piece
            os.close(ours)
            output, _ = process.communicate(timeout=60)
        return Finished(process.returncode, output, ""), shown.decode()

    def narrate(self, *arguments: str | Path, voice: str | None = "Tone Low", **variables: str) -> str:
        """Narrate, with the instant voice unless said otherwise; return the line that says what was made."""
        voices: Sequence[str | Path] = () if voice is None else ("--voice", voice)
        finished = self.run("narrate", *arguments, *voices, **variables)
        assert finished.exit_status == 0, finished
        assert finished.output.count("\n") == 1, finished
        return finished.output.rstrip("\n")

    def write(self, name: str, text: str) -> Path:
        """Write a small document beside everything else."""
        path = self.folder / name
        path.write_text(text, "utf-8")
        return path


def _kept_variables() -> dict[str, str]:
    return {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}


TALE = """\
# The Harbour

The boat came in at six. Nobody stood on the quay.

"Are we late?" asked Ines.

# The Hill

They climbed without a word. Far below, the boat was turning.
"""
"""Two chapters with five passages: two headings and three paragraphs."""


def long_book(paragraph_count: int) -> str:
    """A book of chapters of ten paragraphs, each of some 20 seconds by the instant voice."""
    paragraphs = []
    for number in range(paragraph_count):
        if number % 10 == 0:
            paragraphs.append(f"# Chapter {number // 10 + 1}")
        paragraphs.append(f"Paragraph {number} says what its number is. " * 8)
    return "\n\n".join(paragraphs)
