"""Conversions as durable workflows of DBOS, on a SQLite file of its own (docs/decisions/0004).

A conversion is one asynchronous workflow, so that waiting holds no thread; its slices are workflows of a queue.
Workflow ids are conversion ids, so a conversion can't run twice. Workflows return words instead of raising:
an error passes through a database of JSON.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
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

from rhapsode.jobs.conversions import ConversionEnded, ConversionSteps, last_slices
from rhapsode.studio.errors import RhapsodeError
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
_FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_DONE, _ENDED = "done", "ended"


class DbosRunner:
    """The ConversionRunner of one process; there can be only one at a time.

    slots: how many slices run at once; twice the pool's processes keep it busy between the queue's polls.
    """

    def __init__(self, database: Path, *, slots: int) -> None:
        self._database = database
        self._slots = slots
        self._failures: dict[ConversionId, str] = {}

    def start(self, steps: ConversionSteps, waiting: Sequence[tuple[WorkspaceId, ConversionId]]) -> None:
        """Go on with what was running and begin what waits.

        waiting: all unfinished conversions; those without a workflow get one.
        """
        DBOS(config=self._config())
        self._workflow = _register(_Guard(steps, self._failures))
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
            log_level="ERROR",
            use_listen_notify=False,
        )

    def submit(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
        """See ConversionRunner."""
        _forget_finished()
        with SetWorkflowID(conversion_id):
            DBOS.start_workflow(self._workflow, workspace_id, conversion_id)

    def find_failure(self, conversion_id: ConversionId) -> str | None:
        """Why a conversion failed in this process: also when the disk is too full for the records to say so."""
        return self._failures.get(conversion_id)

    def stop(self) -> None:
        """See ConversionRunner. Waits for slices that are being rendered."""
        DBOS.destroy(workflow_completion_timeout_sec=_STOP_WAIT_S, destroy_registry=True)


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
        # NORMAL may lose the last moments in a power failure; the records then start those steps again.
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "busy_timeout = 30000"):
            connection.execute(f"PRAGMA {pragma}").close()

    return engine


class _Guard:
    """The steps, with a word for how each ended, and every failure kept."""

    def __init__(self, steps: ConversionSteps, failures: dict[ConversionId, str]) -> None:
        self.steps = steps
        self._failures = failures

    def list_work(self, workspace_id: str, conversion_id: str) -> tuple[list[tuple[int, int]], list[int]]:
        """Slices and chapters; nothing, when the conversion has ended: `finish` then says so."""
        ids = (WorkspaceId(workspace_id), ConversionId(conversion_id))
        try:
            return [*self.steps.list_slices(*ids)], [*self.steps.list_chapters(*ids)]
        except ConversionEnded:
            return [], []

    def run(self, step: Callable[..., None], *arguments: Any) -> str:
        conversion_id = arguments[1]
        try:
            step(*arguments)
        except ConversionEnded:
            return _ENDED
        except RhapsodeError as error:
            return self._failed(conversion_id, str(error))
        except Exception as error:
            return self.note_crash(conversion_id, error)
        return _DONE

    def note_crash(self, conversion_id: str, error: Exception) -> str:
        """Keep an error that nobody foresaw, and log where it came from."""
        _log.error("conversion.crashed", conversion_id=conversion_id, exc_info=error)
        return self._failed(ConversionId(conversion_id), f"An unexpected error: {error!r}.")

    def _failed(self, conversion_id: ConversionId, message: str) -> str:
        self._failures.setdefault(conversion_id, message)
        return message


def _register(guard: _Guard) -> Callable[..., Any]:
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
        self, guard: _Guard, render_slice: Callable[..., Any], workspace_id: str, conversion_id: str
    ) -> None:
        self._guard = guard
        self._render_slice = render_slice
        self._ids = (workspace_id, conversion_id)

    async def run(self) -> str:
        conversion_id = self._ids[1]
        try:
            outcome = await self._first_trouble()
            if outcome not in (_DONE, _ENDED):
                await self._step("fail", self._guard.steps.fail, outcome)
        except Exception as error:
            # The engine's own database may be what fails, and whoever waits must hear of it.
            self._guard.note_crash(conversion_id, error)
            raise
        return outcome

    async def _first_trouble(self) -> str:
        async for outcome in self._outcomes():
            if outcome != _DONE:
                return outcome
        return _DONE

    async def _outcomes(self) -> AsyncIterator[str]:
        steps = self._guard.steps
        slices, chapters = await DBOS.run_step_async(
            StepOptions(name="list_work"), self._guard.list_work, *self._ids
        )
        if len(slices) == 1:
            yield await self._step("render", steps.render_slice, slices[0][0])
            slices = []
        handles = [await self._enqueue(ordinal) for ordinal, _ in slices]
        needed, rendered = last_slices(slices, chapters), 0
        for chapter in chapters:
            for handle in handles[rendered : needed[chapter]]:
                yield await handle.get_result(polling_interval_sec=_RESULT_POLL_S)
            rendered = needed[chapter]
            yield await self._step("assemble", steps.assemble_chapter, chapter)
        yield await self._step("finish", steps.finish)

    async def _step(self, name: str, step: Callable[..., None], *arguments: Any) -> str:
        return await DBOS.run_step_async(
            StepOptions(name=name), self._guard.run, step, *self._ids, *arguments
        )

    async def _enqueue(self, ordinal: int) -> WorkflowHandleAsync[str]:
        # A small conversion behind a big one gets its turn, because priority counts within each conversion.
        with SetWorkflowID(f"{self._ids[1]}-{ordinal}"), SetEnqueueOptions(priority=ordinal + 1):
            return await DBOS.enqueue_workflow_async(_QUEUE, self._render_slice, *self._ids, ordinal)
