"""Work that takes long, told line by line while it goes on."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import structlog
from pydantic import TypeAdapter

from rhapsode.studio.errors import RhapsodeError

L = TypeVar("L")
_log = structlog.get_logger()


class _NobodyListens(Exception):
    """Whoever wanted to know has gone."""


def lines_of(
    name: str,
    kind: TypeAdapter[L],
    work: Callable[[Callable[[L], None]], L],
    *,
    failed: Callable[[str], L],
) -> Iterator[bytes]:
    """Do it in a thread of its own, and yield each line as JSON; closed early, it stops when it next tells something.

    work: is given what tells a line, and returns the last one.    failed: makes the last line of an error's words.
    """
    lines: queue.SimpleQueue[tuple[L, bool]] = queue.SimpleQueue()
    gone = threading.Event()

    def tell(line: L) -> None:
        if gone.is_set():
            raise _NobodyListens
        lines.put((line, False))

    def run() -> None:
        try:
            lines.put((work(tell), True))
        except _NobodyListens:
            return
        except RhapsodeError as error:
            lines.put((failed(str(error) or (type(error).__doc__ or "").partition("\n")[0]), True))
        except Exception as error:
            _log.error(f"{name}.crashed", exc_info=error)
            lines.put((failed(f"An unexpected error: {error!r}."), True))

    threading.Thread(target=run, name=name, daemon=True).start()
    try:
        yield from _until_the_end(lines, kind)
    finally:
        gone.set()


def _until_the_end(lines: "queue.SimpleQueue[tuple[L, bool]]", kind: TypeAdapter[L]) -> Iterator[bytes]:
    is_last = False
    while not is_last:
        line, is_last = lines.get()
        yield kind.dump_json(line) + b"\n"
