"""The steps as runners take them: each with a word for how it ended, and none once the runner stops."""

import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError
from structlog.contextvars import bound_contextvars

from rhapsode.jobs.conversions import ConversionDismissed, ConversionEnded, ConversionSteps, Slice
from rhapsode.studio.errors import RecordsUnavailable, RhapsodeError
from rhapsode.studio.ids import ConversionId, WorkspaceId

DONE, ENDED, STOPPED = "done", "ended", "stopped"
"""How steps end. Any other word is the message of an error."""

FULL_DISK = "There is no space left to run the conversion; everything finished before is kept."

_DISMISS_EVERY_S = 0.1
_UNAVAILABLE_PAUSE_S = 0.5

_FULL_CODES = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_CANTOPEN,
}
_log = structlog.get_logger()


def is_full_disk(error: Exception) -> bool:
    """Whether a database failed for want of room."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(original, sqlite3.Error) and original.sqlite_errorcode in _FULL_CODES


class Guard:
    """The steps of one runner, with every failure kept. Thread-safe.

    failures: why conversions failed in this process, filled here.
    """

    def __init__(self, steps: ConversionSteps, failures: dict[ConversionId, str]) -> None:
        self.steps = steps
        self._failures = failures
        self._closed = False
        self._running = 0
        self._changed = threading.Condition()

    @property
    def is_closed(self) -> bool:
        """Whether the runner is stopping."""
        return self._closed

    def has_failed(self, conversion_id: str) -> bool:
        """Whether something went wrong with a conversion in this process."""
        return conversion_id in self._failures

    def find_failure(self, conversion_id: ConversionId) -> str | None:
        """What went wrong with a conversion in this process first."""
        return self._failures.get(conversion_id)

    def shut(self) -> None:
        """Let no further step begin, and those end that only wait for their turn."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.steps.dismiss()

    def close(self, wait_s: float) -> None:
        """Let no further step begin, and wait for those that have begun and don't only wait for their turn."""
        deadline = time.monotonic() + wait_s
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            while self._running and time.monotonic() < deadline:
                # Not once: a step that had begun may come to where it waits for its turn only now.
                self.steps.dismiss()
                self._changed.wait(_DISMISS_EVERY_S)

    def list_work(self, workspace_id: str, conversion_id: str) -> tuple[str, list[Slice], list[int]]:
        """How that ended, the slices and the chapters."""
        slices: list[Slice] = []
        chapters: list[int] = []

        def look(workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
            slices.extend(self.steps.list_slices(workspace_id, conversion_id))
            chapters.extend(self.steps.list_chapters(workspace_id, conversion_id))

        return self.run(look, workspace_id, conversion_id), slices, chapters

    def run(self, step: Callable[..., None], *arguments: Any) -> str:
        """Take a step unless the runner is stopping, and return how it ended. arguments: as the step has them.

        While the records can't be reached it is taken again and again: no conversion fails because of that.
        """
        while True:
            with self._changed:
                if self._closed:
                    return STOPPED
                self._running += 1
            try:
                return self._outcome(step, *arguments)
            except RecordsUnavailable as error:
                _log.warning("conversion.waits_for_records", conversion_id=arguments[1], error=str(error))
            finally:
                with self._changed:
                    self._running -= 1
                    self._changed.notify_all()
            with self._changed:
                self._changed.wait_for(lambda: self._closed, _UNAVAILABLE_PAUSE_S)

    def _outcome(self, step: Callable[..., None], *arguments: Any) -> str:
        workspace_id, conversion_id = arguments[:2]
        try:
            with bound_contextvars(workspace_id=workspace_id, conversion_id=conversion_id):
                step(*arguments)
        except ConversionEnded:
            return ENDED
        except ConversionDismissed:
            return STOPPED
        except RecordsUnavailable:
            raise
        except RhapsodeError as error:
            return self.note_failure(conversion_id, str(error))
        except Exception as error:
            return self.note_crash(conversion_id, error)
        return DONE

    def note_crash(self, conversion_id: str, error: Exception) -> str:
        """Keep an error that nobody foresaw, and log where it came from."""
        if is_full_disk(error):
            return self.note_failure(conversion_id, FULL_DISK)
        _log.error("conversion.crashed", conversion_id=conversion_id, exc_info=error)
        return self.note_failure(conversion_id, f"An unexpected error: {error!r}.")

    def note_failure(self, conversion_id: str, message: str) -> str:
        """Keep why a conversion fails, unless something went wrong with it before. Returns: the message."""
        self._failures.setdefault(ConversionId(conversion_id), message)
        return message
