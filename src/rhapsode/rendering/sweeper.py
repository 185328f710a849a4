"""What gives conversions to the runner of a server: a conversion's row is the outbox (docs/decisions/0004)."""

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future

import structlog

from rhapsode.jobs.conversions import ConversionRunner
from rhapsode.rendering.conversions import Rendering
from rhapsode.storage.conversions import DueConversion, list_due_conversions
from rhapsode.storage.records import Records
from rhapsode.studio.errors import RhapsodeError
from rhapsode.studio.ids import ConversionId
from rhapsode.telemetry.readiness import NotReady

_log = structlog.get_logger()
_SWEEP_S = 0.25
_SWEEP = "sweep"


class ConversionSweeper:
    """Runs every conversion of an installation, each when those before it in its project have ended.

    A thread looks every quarter of a second, or when it is woken, for those that may run, whoever asked for them
    and whichever process began them.
    """

    def __init__(self, records: Records, rendering: Rendering, runner: ConversionRunner) -> None:
        self._records = records
        self._rendering = rendering
        self._runner = runner
        self._submitted: set[ConversionId] = set()
        self._troubles: dict[str, str] = {}
        self._woken = threading.Event()
        self._stopping = False
        self._started: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="conversion-sweeper", daemon=True)

    def start(self) -> None:
        """Start the runner, and go on with all that is unfinished. Raises: StorageFull."""
        self._thread.start()
        self._started.result()

    def check(self) -> str:
        """Say that conversions are being run. Raises: NotReady."""
        if not self._thread.is_alive():
            msg = "Conversions aren't run any more; the log says why."
            raise NotReady(msg)
        if _SWEEP in self._troubles:
            msg = "Conversions that wait can't be looked for; the log says why."
            raise NotReady(msg)
        return "Conversions are run."

    def wake(self) -> None:
        """Look now: a conversion was requested."""
        self._woken.set()

    def stop(self) -> None:
        """Submit nothing more, and stop the runner; what runs goes on at the next start. Safe to call twice."""
        self._stopping = True
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()
            self._runner.stop()

    def _run(self) -> None:
        # Not in the caller's thread: the job engine would take up work on an event loop that runs there.
        try:
            self._runner.start(self._rendering, ())
        except BaseException as error:
            self._runner.stop()
            self._started.set_exception(error)
            return
        self._started.set_result(None)
        while not self._stopping:
            self._woken.clear()
            with self._survived(_SWEEP):
                self._sweep()
            self._woken.wait(_SWEEP_S)

    def _sweep(self) -> None:
        due = list_due_conversions(self._records)
        self._submitted &= {conversion.conversion_id for conversion in due}
        for conversion in due:
            with self._survived(conversion.conversion_id):
                self._attend(conversion)

    def _attend(self, conversion: DueConversion) -> None:
        ids = conversion.workspace_id, conversion.conversion_id
        if conversion.conversion_id not in self._submitted:
            self._runner.submit(*ids)
            self._submitted.add(conversion.conversion_id)
        else:
            failure = self._runner.find_failure(conversion.conversion_id)
            if failure is not None:
                # The runner has given up, and the disk may have been too full to say so.
                self._rendering.fail(*ids, failure)

    @contextlib.contextmanager
    def _survived(self, name: str) -> Iterator[None]:
        """Let the thread go on after an error, which is logged once and not every quarter of a second."""
        try:
            yield
        except Exception as error:
            if self._troubles.get(name) != str(error):
                self._troubles[name] = str(error)
                trace = None if isinstance(error, RhapsodeError) else error
                _log.error("sweeper.failed", conversion_id=name, error=str(error), exc_info=trace)
        else:
            self._troubles.pop(name, None)
