"""Regular clean-up while a server runs."""

import threading
import time
from dataclasses import dataclass

import structlog

from rhapsode.storage.blobs import Blobs
from rhapsode.storage.cleanup import CleanupPolicy, CleanupReport, clean_up
from rhapsode.storage.membership import Part, WholePart
from rhapsode.storage.records import Records, current_ms
from rhapsode.studio.errors import RhapsodeError
from rhapsode.telemetry.metrics import CLEANED_UP, CLEANUPS

CLEAN_UP = "clean-up"
"""What only one of several processes does at a time; see `Part.may`."""

_log = structlog.get_logger()
_FIRST_AFTER_S = 60.0
_EVERY_S = 6 * 3600.0
_STOP_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class CleanUpRun:
    """A clean-up that has ended, in Unix milliseconds. error: in a few words; None where it went well."""

    ended_at_ms: int
    error: str | None


class Housekeeping:
    """Cleans up in a thread of its own, soon after the start and then every few hours.

    A run that is cut off by the end of the process is taken up by the next one: every step may be repeated.
    part: of several processes, one cleans up at a time, and heeds the downloads of all.
    policy: when what goes.
    """

    def __init__(
        self,
        records: Records,
        blobs: Blobs,
        *,
        policy: CleanupPolicy | None = None,
        first_after_s: float = _FIRST_AFTER_S,
        every_s: float = _EVERY_S,
        part: Part | None = None,
    ) -> None:
        self._records = records
        self._blobs = blobs
        self._policy = policy or CleanupPolicy()
        self._first_after_s = first_after_s
        self._every_s = every_s
        self._part = part or WholePart()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
        self._last_run: CleanUpRun | None = None

    def find_last_run(self) -> CleanUpRun | None:
        """The last one that this process has made; None before the first."""
        return self._last_run

    def start(self) -> None:
        """Begin, once."""
        self._thread.start()

    def stop(self) -> None:
        """Begin no further run, and wait some seconds for one that is under way."""
        self._stopping.set()
        self._thread.join(_STOP_WAIT_S)

    def _run(self) -> None:
        wait_s = self._first_after_s
        while not self._stopping.wait(wait_s):
            self._clean_up()
            wait_s = self._every_s

    def _clean_up(self) -> None:
        try:
            if not self._part.may(CLEAN_UP):
                return
            report = clean_up(
                self._records,
                self._blobs,
                self._policy,
                now_ms=current_ms(self._records),
                oldest_download_at_ms=self._part.oldest_download_at_ms(),
            )
        except RhapsodeError as error:
            # On a full disk packs can't be rewritten; what frees space is done before that.
            self._note("failed", type(error).__name__)
            _log.warning("clean_up.failed", error=str(error))
        except Exception as error:
            self._note("failed", type(error).__name__)
            _log.exception("clean_up.crashed")
        else:
            self._note("done")
            _count(report)
            _log.info("clean_up.done", evicted=report.evicted_segments, deleted_packs=report.deleted_packs)

    def _note(self, outcome: str, error: str | None = None) -> None:
        """error: a name alone, for what an error says may have paths and addresses in it."""
        CLEANUPS.add(1, outcome)
        self._last_run = CleanUpRun(time.time_ns() // 1_000_000, error)


def _count(report: CleanupReport) -> None:
    CLEANED_UP.add(report.evicted_segments, "segments")
    CLEANED_UP.add(report.deleted_packs, "packs")
    CLEANED_UP.add(report.purged_chapters, "chapters")
    CLEANED_UP.add(report.purged_projects, "projects")
    CLEANED_UP.add(report.dropped_masters, "masters")
