"""A check of everything that is stored, told line by line while it goes on."""

import queue
import threading
from collections.abc import Iterator

import structlog
from pydantic import TypeAdapter

from rhapsode.api.own_wire import CheckLine, CheckOutcome
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.check import check_storage, rebuild_segments
from rhapsode.storage.records import Records
from rhapsode.studio.errors import RhapsodeError

_log = structlog.get_logger()
_LINE: TypeAdapter[CheckLine] = TypeAdapter(CheckLine)


class _NobodyListens(Exception):
    """Whoever wanted to know has gone."""


def check_lines(records: Records, blobs: Blobs, *, rebuild: bool) -> Iterator[bytes]:
    """Check in a thread of its own, and yield each CheckLine as a line of JSON; closed early, it stops checking."""
    lines: queue.SimpleQueue[CheckLine] = queue.SimpleQueue()
    gone = threading.Event()

    def note(done_bytes: int, total_bytes: int) -> None:
        if gone.is_set():
            raise _NobodyListens
        lines.put(CheckLine(done_bytes, total_bytes))

    def run() -> None:
        try:
            rebuilt = rebuild_segments(records, blobs) if rebuild else None
            report = check_storage(records, blobs, on_progress=note)
            lines.put(CheckLine(outcome=CheckOutcome(report, rebuilt)))
        except _NobodyListens:
            return
        except RhapsodeError as error:
            lines.put(CheckLine(error=str(error)))
        except Exception as error:
            _log.error("check.crashed", exc_info=error)
            lines.put(CheckLine(error=f"An unexpected error: {error!r}."))

    threading.Thread(target=run, name="check", daemon=True).start()
    try:
        yield from _until_the_end(lines)
    finally:
        gone.set()


def _until_the_end(lines: "queue.SimpleQueue[CheckLine]") -> Iterator[bytes]:
    while True:
        line = lines.get()
        yield _LINE.dump_json(line) + b"\n"
        if line.outcome is not None or line.error is not None:
            return
