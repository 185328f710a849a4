"""Conversions as durable workflows of DBOS, on a SQLite file of its own (docs/decisions/0004).

A conversion is one asynchronous workflow, so that waiting holds no thread; its slices are workflows of a queue.
Workflow ids are conversion ids, so a conversion can't run twice. Workflows return words instead of raising:
an error passes through a database of JSON.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from dbos import (
    DBOS,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    SetEnqueueOptions,
    SetWorkflowID,
    StepOptions,
    WorkflowHandleAsync,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from rhapsode.jobs.conversions import ConversionSteps, last_slices
from rhapsode.jobs.guard import DONE, ENDED, FULL_DISK, STOPPED, Guard, is_full_disk
from rhapsode.studio.errors import StorageFull
from rhapsode.studio.ids import ConversionId, WorkspaceId

_log = structlog.get_logger()

# DBOS recovers only what this very version left; the steps ask the records what to do, so any version may go on.
_APPLICATION_VERSION = "1"
_EXECUTOR_ID = "rhapsode"
_QUEUE = "slices"
_WORKFLOW_NAME = "convert"
_QUEUE_POLL_S = 0.1
_RESULT_POLL_S = 0.05
_STOP_WAIT_S = 30
_END_WAIT_S = 5
_STOP_POLL_S = 0.02
_FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


class DbosRunner:
    """The ConversionRunner of one process; there can be only one at a time.

    slots: how many slices run at once; twice the pool's processes keep it busy between the queue's polls.
    """

    def __init__(self, database: Path, *, slots: int) -> None:
        self._database = database
        self._slots = slots
        self._failures: dict[ConversionId, str] = {}
        self._guard: Guard | None = None

    def start(self, steps: ConversionSteps, waiting: Sequence[tuple[WorkspaceId, ConversionId]]) -> None:
        """Go on with what was running and begin what waits.

        waiting: all unfinished conversions; those without a workflow get one.
        Raises: StorageFull.
        """
        self._guard = Guard(steps, self._failures)
        with _translated_full_disk():
            DBOS(config=self._config())
            self._workflow = _register(self._guard)
            DBOS.launch()
            DBOS.register_queue(
                _QUEUE,
                worker_concurrency=self._slots,
                polling_interval_sec=_QUEUE_POLL_S,
                on_conflict="always_update",
            )
        for workspace_id, conversion_id in waiting:
            self.submit(workspace_id, conversion_id)

    def _config(self) -> DBOSConfig:
        return DBOSConfig(
            name="rhapsode",
            system_database_url=f"sqlite:///{self._database}",
            system_database_engine=_engine(self._database),
            application_version=_APPLICATION_VERSION,
            executor_id=_EXECUTOR_ID,
            serializer=DBOSPortableJSONSerializer(),
            # What goes wrong comes to us as an error, and is said once.
            log_level="CRITICAL",
            use_listen_notify=False,
        )

    def submit(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
        """See ConversionRunner."""
        with _translated_full_disk(), SetWorkflowID(conversion_id):
            _forget_finished()
            DBOS.start_workflow(self._workflow, workspace_id, conversion_id)

    def find_failure(self, conversion_id: ConversionId) -> str | None:
        """Why a conversion failed in this process: also when the disk is too full for the records to say so."""
        return self._failures.get(conversion_id)

    def stop(self) -> None:
        """See ConversionRunner. Waits for the steps that are being taken."""
        if self._guard is not None:
            self._guard.close(_STOP_WAIT_S)
            # On a full disk it can't be told; the process then ends without it.
            with contextlib.suppress(SQLAlchemyError):
                _end_workflows(_END_WAIT_S)
        # Its own wait takes at least a second.
        DBOS.destroy(workflow_completion_timeout_sec=0, destroy_registry=True)


@contextlib.contextmanager
def _translated_full_disk() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if is_full_disk(error):
            raise StorageFull(FULL_DISK) from error
        raise


def _end_workflows(wait_s: float) -> None:
    """Take nothing more from the queue, and wait for workflows that run: all steps now end at once.

    A thread that runs one when DBOS goes would wait for ever.
    """
    DBOS.delete_queue(_QUEUE)
    if _has_workflows("ENQUEUED"):
        time.sleep(2 * _QUEUE_POLL_S)  # until the queue's thread has looked for the queue again
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline and _has_workflows("PENDING"):
        time.sleep(_STOP_POLL_S)


def _has_workflows(status: str) -> bool:
    return bool(DBOS.list_workflows(status=status, limit=1, load_input=False, load_output=False))


def _forget_finished() -> None:
    """Delete workflows that have ended, so that a conversion whose end the records never heard of can run again.

    A conversion that the records know to have ended is never submitted, so nothing is done twice for it.
    """
    finished = DBOS.list_workflows(
        name=_WORKFLOW_NAME, status=_FINISHED, load_input=False, load_output=False, sort_desc=False
    )
    if finished:
        DBOS.delete_workflows([workflow.workflow_id for workflow in finished], delete_children=True)


def _engine(database: Path) -> sa.Engine:
    engine = sa.create_engine(f"sqlite:///{database}", connect_args={"check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        if sqlite3.sqlite_version_info < (3, 42):
            # From Python 3.12 on DBOS takes milliseconds from unixepoch('subsec'), which SQLite learned in 3.42;
            # many systems have an older one, where it is NULL.
            connection.create_function("unixepoch", 1, lambda _: round(time.time(), 3))
        # NORMAL may lose the last moments in a power failure; the records then start those steps again.
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "busy_timeout = 30000"):
            connection.execute(f"PRAGMA {pragma}").close()

    return engine


def _register(guard: Guard) -> Callable[..., Any]:
    """Make the two workflows known to DBOS and return the conversion's."""

    @DBOS.workflow(name="render_slice")
    async def render_slice(workspace_id: str, conversion_id: str, ordinal: int) -> str:
        return await asyncio.to_thread(
            guard.run, guard.steps.render_slice, workspace_id, conversion_id, ordinal
        )

    @DBOS.workflow(name=_WORKFLOW_NAME)
    async def convert(workspace_id: str, conversion_id: str) -> str:
        return await _Course(guard, render_slice, workspace_id, conversion_id).run()

    return convert


class _Course:
    """One conversion's way through its steps; DBOS remembers each that is done."""

    def __init__(
        self, guard: Guard, render_slice: Callable[..., Any], workspace_id: str, conversion_id: str
    ) -> None:
        self._guard = guard
        self._render_slice = render_slice
        self._ids = (workspace_id, conversion_id)

    async def run(self) -> str:
        conversion_id = self._ids[1]
        try:
            outcome = await self._first_trouble()
            if outcome not in (DONE, ENDED, STOPPED):
                # No step that DBOS remembers: when it can't be told now, the next run goes another way here.
                await asyncio.to_thread(self._guard.run, self._guard.steps.fail, *self._ids, outcome)
        except Exception as error:
            # The engine's own database may be what fails, and whoever waits must hear of it.
            self._guard.note_crash(conversion_id, error)
            raise
        return outcome

    async def _first_trouble(self) -> str:
        async for outcome in self._outcomes():
            if outcome != DONE:
                return outcome
        return DONE

    async def _outcomes(self) -> AsyncIterator[str]:
        steps = self._guard.steps
        outcome, slices, chapters = await self._list_work()
        yield outcome
        if len(slices) == 1:
            yield await self._step("render", steps.render_slice, slices[0][0])
            slices = []
        handles = [(ordinal, await self._enqueue(ordinal)) for ordinal, _ in slices]
        needed, rendered = last_slices(slices, chapters), 0
        for chapter in chapters:
            for ordinal, handle in handles[rendered : needed[chapter]]:
                yield await self._rendered(ordinal, handle)
            rendered = needed[chapter]
            yield await self._step("assemble", steps.assemble_chapter, chapter)
        yield await self._step("finish", steps.finish)

    async def _list_work(self) -> tuple[str, list[tuple[int, int]], list[int]]:
        work = await DBOS.run_step_async(StepOptions(name="list"), self._guard.list_work, *self._ids)
        if self._is_of_the_past(work[0]):
            work = await DBOS.run_step_async(
                StepOptions(name="list again"), self._guard.list_work, *self._ids
            )
        return work

    async def _rendered(self, ordinal: int, handle: WorkflowHandleAsync[str]) -> str:
        outcome = await self._result(handle)
        if self._is_of_the_past(outcome):
            return await self._step("render again", self._guard.steps.render_slice, ordinal)
        return outcome

    def _is_of_the_past(self, outcome: str) -> bool:
        """Whether DBOS remembers trouble of a process that could not tell the records before it ended."""
        return outcome not in (DONE, ENDED) and not self._guard.has_failed(self._ids[1])

    async def _result(self, handle: WorkflowHandleAsync[str]) -> str:
        """How a slice ended; or that the runner is stopping, and nobody takes the slice from the queue any more."""
        result = asyncio.ensure_future(handle.get_result(polling_interval_sec=_RESULT_POLL_S))
        while not result.done() and not self._guard.is_closed:
            await asyncio.wait([result], timeout=_RESULT_POLL_S)
        if not result.done():
            result.cancel()
            await asyncio.wait([result])
            return STOPPED
        return result.result()

    async def _step(self, name: str, step: Callable[..., None], *arguments: Any) -> str:
        outcome = await self._once(name, step, *arguments)
        if self._is_of_the_past(outcome):
            return await self._once(f"{name} again", step, *arguments)
        return outcome

    async def _once(self, name: str, step: Callable[..., None], *arguments: Any) -> str:
        return await DBOS.run_step_async(
            StepOptions(name=name), self._guard.run, step, *self._ids, *arguments
        )

    async def _enqueue(self, ordinal: int) -> WorkflowHandleAsync[str]:
        # A small conversion behind a big one gets its turn, because priority counts within each conversion.
        with SetWorkflowID(f"{self._ids[1]}-{ordinal}"), SetEnqueueOptions(priority=ordinal + 1):
            return await DBOS.enqueue_workflow_async(_QUEUE, self._render_slice, *self._ids, ordinal)
