"""Where commands print: results to standard output, progress and errors to standard error."""

import contextlib
import re
import sys
from collections.abc import Iterable
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, ProgressColumn, TextColumn
from rich.segment import Segment

_WIDTH_OF_FILES = 1_000
# Control characters but line feed and tab, and what turns the direction of all that follows.
_NOT_SHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class PlainConsole(Console):
    """Prints no control characters of texts: titles and names are others', and a terminal obeys what it is sent."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """See Console."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(_NOT_SHOWN.sub("", segment.text), segment.style)


def _console(stream: TextIO | None, *, stderr: bool) -> Console:
    is_terminal = stream is not None and stream.isatty()
    # Whoever reads a pipe or a file wants a line for a line, however wide.
    return PlainConsole(stderr=stderr, highlight=False, width=None if is_terminal else _WIDTH_OF_FILES)


results = _console(sys.stdout, stderr=False)
errors = _console(sys.stderr, stderr=True)


def warn(sentence: str) -> None:
    """Tell a person, on one line, what is seldom meant."""
    errors.print(f"[bold yellow]Warning:[/] {escape(sentence)}", soft_wrap=True)


def progress_bar(*columns: str | ProgressColumn) -> Progress:
    """A bar that leaves nothing behind, on a terminal; nothing at all elsewhere."""
    return Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal)


def copying_bar(what: str) -> Progress:
    """A bar of bytes, whose one task is there already."""
    bar = progress_bar(TextColumn(what), BarColumn(), DownloadColumn())
    bar.add_task("", total=None)
    return bar


def working(what: str) -> contextlib.AbstractContextManager[object]:
    """Say what is being done while it is, on a terminal."""
    return errors.status(what) if errors.is_terminal else contextlib.nullcontext()


def counted(count: int, noun: str) -> str:
    """A number with its noun, as in "1 passage" and "1,024 passages"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def in_words(duration_s: float) -> str:
    """A duration as h:mm:ss, or m:ss under an hour."""
    minutes, seconds = divmod(round(duration_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def in_megabytes(size_bytes: float) -> str:
    """A size in MB of a million bytes, with one decimal under 100."""
    megabytes = size_bytes / 1e6
    return f"{megabytes:,.0f} MB" if megabytes >= 100 else f"{megabytes:.1f} MB"
