"""Exports on demand: each is made once, in threads of their own, while those who want it wait or come back."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import structlog

from rhapsode.delivery.export_orders import ExportOrder
from rhapsode.delivery.export_store import ReadyExport, find_ready, write_export
from rhapsode.delivery.formats.format import ExportSource
from rhapsode.rendering.transcoding import Transcoding
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records
from rhapsode.storage.speaking import end_speaking, owner_of_work
from rhapsode.studio.errors import ExportFailed, RhapsodeError
from rhapsode.studio.ids import WorkspaceId, new_id

_log = structlog.get_logger()

_THREADS = 2
"""More would only wait for the same cores."""
_MAX_FAILURES = 256


class Making:
    """An export that is being made, or that failed.

    progress: the share of the work that is done, 0 to 1.    future: ends with the work, and has what that raised.
    """

    def __init__(self) -> None:
        self.progress = 0.0
        self.future: Future[Exception | None] = Future()
        # Whoever waits for it and leaves can't cancel it.
        self.future.set_running_or_notify_cancel()

    @property
    def error(self) -> RhapsodeError | None:
        """Why it failed; None as long as it didn't."""
        error = self.future.result() if self.future.done() else None
        if error is None or isinstance(error, RhapsodeError):
            return error
        return ExportFailed("The export failed, and the server's log says why. Ask for it again.")


class Exporting:
    """Makes the files that are ordered. Thread-safe.

    Killed or stopped in the middle, nothing half is seen; what was encoded is kept, and the next order goes on.
    """

    def __init__(self, records: Records, blobs: Blobs, transcoding: Transcoding) -> None:
        self._records = records
        self._blobs = blobs
        self._transcoding = transcoding
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="exporting")
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._making: dict[bytes, Making] = {}

    def find(self, workspace_id: WorkspaceId, order: ExportOrder) -> ReadyExport | None:
        """The file, if it exists."""
        return self.find_all(workspace_id, [order])[0]

    def find_all(self, workspace_id: WorkspaceId, orders: Sequence[ExportOrder]) -> list[ReadyExport | None]:
        """Each of the files, if it exists."""
        return find_ready(self._records, self._blobs, workspace_id, orders)

    def find_making(self, order: ExportOrder) -> Making | None:
        """How far the file is, or why it failed; None where nobody has asked for it, and when it is there."""
        with self._lock:
            return self._making.get(order.key)

    def begin(self, workspace_id: WorkspaceId, order: ExportOrder) -> Making:
        """Have the file made, unless it is being made: then that is joined. One that failed is begun again."""
        with self._lock:
            making = self._making.get(order.key)
            if making is None or making.future.done():
                making = self._making[order.key] = Making()
                self._threads.submit(self._run, workspace_id, order, making)
            return making

    def forget(self, order: ExportOrder, making: Making) -> None:
        """Its failure was told: the next who asks has the file begun again."""
        with self._lock:
            if self._making.get(order.key) is making and making.future.done():
                del self._making[order.key]

    def stop_soon(self) -> None:
        """Let what is being made end unfinished, and nobody wait for it. Returns at once, to a signal too."""
        self._stopping.set()

    def stop(self) -> None:
        """Begin no further file, and wait for those under way to see that they shall end."""
        self.stop_soon()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _run(self, workspace_id: WorkspaceId, order: ExportOrder, making: Making) -> None:
        try:
            self._make(workspace_id, order, making)
        except RhapsodeError as error:
            if self._stopping.is_set():
                # No failure: whoever waits is told to come back, and then it goes on.
                self._end(order, making)
            else:
                _log.warning("export.failed", format=order.format.name, error=str(error))
                self._keep_failure(making, error)
        except Exception as error:
            _log.exception("export.crashed", format=order.format.name)
            self._keep_failure(making, error)
        else:
            self._end(order, making)

    def _end(self, order: ExportOrder, making: Making) -> None:
        with self._lock:
            self._making.pop(order.key, None)
        making.future.set_result(None)

    def _keep_failure(self, making: Making, error: Exception) -> None:
        making.future.set_result(error)
        self._drop_failures()

    def _drop_failures(self) -> None:
        """Those that nobody ever asked after, the oldest first."""
        with self._lock:
            failed = [key for key, making in self._making.items() if making.future.done()]
            for key in failed[:-_MAX_FAILURES]:
                del self._making[key]

    def _make(self, workspace_id: WorkspaceId, order: ExportOrder, making: Making) -> None:
        if self.find(workspace_id, order) is not None:
            # It was finished between a look and the order.
            return
        work_id = new_id()
        source = self._source(workspace_id, order, making, work_id)
        try:
            write_export(
                self._records,
                self._blobs,
                workspace_id,
                order,
                work_id=work_id,
                parts=order.format.make(source),
                check=self._check,
            )
        except BaseException:
            # What was made of it so far stays for a while, as all does that nobody refers to.
            with self._records.write(workspace_id) as tx:
                end_speaking(tx, work_id)
            raise

    def _source(
        self, workspace_id: WorkspaceId, order: ExportOrder, making: Making, work_id: str
    ) -> ExportSource:
        def note_progress(share: float) -> None:
            self._check()
            making.progress = share

        return ExportSource(
            records=self._records,
            blobs=self._blobs,
            transcoding=self._transcoding,
            workspace_id=workspace_id,
            owner_id=owner_of_work(work_id),
            project=order.project,
            snapshot=order.snapshot,
            chapters=order.chapters,
            note_progress=note_progress,
        )

    def _check(self) -> None:
        if self._stopping.is_set():
            msg = "The export was stopped. Ask for it again, and it goes on from there."
            raise ExportFailed(msg)
