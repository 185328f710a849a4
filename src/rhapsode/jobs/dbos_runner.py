"""Conversions as durable workflows of DBOS, on a SQLite file of its own (docs/decisions/0004).

A conversion is one asynchronous workflow, so that waiting holds no thread; its slices are steps, of which a few at a
time are in hand. Who gets a processor is decided where slices of all conversions meet, in the pool. Workflow ids are
conversion ids, so a conversion can't run twice. Workflows return words instead of raising: an error passes through a
database of JSON.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from dbos import (
    DBOS,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    SetWorkflowID,
    StepOptions,
    StepReservation,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from rhapsode.jobs.conversions import ConversionSteps, Slice, last_slices
from rhapsode.jobs.guard import DONE, ENDED, FULL_DISK, STOPPED, Guard, is_full_disk
from rhapsode.studio.errors import StorageFull
from rhapsode.studio.ids import ConversionId, WorkspaceId
from rhapsode.telemetry import tracing

_log = structlog.get_logger()

# DBOS recovers only what this very version left, step by step in the same order: whenever that order changes, this
# does, and the number of slots is part of it. What another version left is forgotten, and begins anew: the steps ask
# the records what to do.
_APPLICATION_VERSION = "2"
_EXECUTOR_ID = "rhapsode"
_WORKFLOW_NAME = "convert"
_MOST_THREADS = 512
"""So many slices of all conversions wait for their turn at once, each in a thread; further ones wait for that."""

_STOP_WAIT_S = 30
_END_WAIT_S = 5
_STOP_POLL_S = 0.02
_FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


class DbosRunner:
    """The ConversionRunner of one process; there can be only one at a time.

    slots: how many slices of a conversion are in hand at once; twice the pool's processes keep it busy while others
      are committed.
    """

    def __init__(self, database: Path, *, slots: int) -> None:
        self._database = database
        self._slots = slots
        # In another order of steps, what is remembered of a slice would be taken for another one's end.
        self._version = f"{_APPLICATION_VERSION}/{slots}"
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
            self._workflow = _register(self._guard, self._slots, asyncio.Semaphore(_MOST_THREADS))
            DBOS.launch()
            _forget_other_versions(self._version)
        for workspace_id, conversion_id in waiting:
            self.submit(workspace_id, conversion_id)

    def _config(self) -> DBOSConfig:
        return DBOSConfig(
            name="rhapsode",
            system_database_url=f"sqlite:///{self._database}",
            system_database_engine=_engine(self._database),
            application_version=self._version,
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
    """Wait for workflows that run: all steps now end at once.

    A thread that runs one when DBOS goes would wait for ever.
    """
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
        DBOS.delete_workflows([workflow.workflow_id for workflow in finished])


def _forget_other_versions(version: str) -> None:
    """Delete what has another order of steps, which would be in the way of beginning anew."""
    for queue in DBOS.list_queues():
        DBOS.delete_queue(queue.name)
    workflows = DBOS.list_workflows(load_input=False, load_output=False)
    foreign = [w.workflow_id for w in workflows if w.app_version != version]
    if foreign:
        DBOS.delete_workflows(foreign)


def _engine(database: Path) -> sa.Engine:
    # One connection: SQLite before 3.51.3 can damage a WAL that two connections write to
    # or checkpoint at once (docs/decisions/0061).
    engine = sa.create_engine(
        f"sqlite:///{database}",
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"check_same_thread": False},
        # Errors are logged.
        hide_parameters=True,
    )

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


def _register(guard: Guard, slots: int, threads: asyncio.Semaphore) -> Callable[..., Any]:
    """Make the workflow known to DBOS and return it."""

    @DBOS.workflow(name=_WORKFLOW_NAME)
    async def convert(workspace_id: str, conversion_id: str) -> str:
        return await _Course(guard, slots, threads, workspace_id, conversion_id).run()

    return convert


class _Course:
    """One conversion's way through its steps; DBOS remembers each that is done."""

    def __init__(
        self, guard: Guard, slots: int, threads: asyncio.Semaphore, workspace_id: str, conversion_id: str
    ) -> None:
        self._guard = guard
        self._slots = slots
        self._threads = threads
        self._ids = (workspace_id, conversion_id)
        self._in_hand: deque[tuple[int, asyncio.Task[str]]] = deque()

    async def run(self) -> str:
        conversion_id = self._ids[1]
        try:
            with tracing.span("conversion", conversion_id=conversion_id) as span:
                outcome = await self._first_trouble()
                span.note(outcome=outcome if outcome in (DONE, ENDED, STOPPED) else "failed")
            if outcome not in (DONE, ENDED, STOPPED):
                # No step that DBOS remembers: when it can't be told now, the next run goes another way here.
                await asyncio.to_thread(self._guard.run, self._guard.steps.fail, *self._ids, outcome)
        except Exception as error:
            # The engine's own database may be what fails, and whoever waits must hear of it.
            self._guard.note_crash(conversion_id, error)
            raise
        finally:
            # After trouble there may be slices left that end as soon as they find the conversion ended.
            await asyncio.gather(*(task for _, task in self._in_hand), return_exceptions=True)
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
        rendered, count = self._render(slices), 0
        for chapter, needed in last_slices(slices, chapters).items():
            for _ in range(count, needed):
                yield await anext(rendered)
            count = needed
            yield await self._step("assemble", steps.assemble_chapter, chapter)
        yield await self._step("finish", steps.finish)

    async def _render(self, slices: Sequence[Slice]) -> AsyncIterator[str]:
        """How each slice ended, in order; the next one is begun when the oldest of those in hand is done."""
        waiting = (piece.ordinal for piece in slices)
        for ordinal in islice(waiting, self._slots):
            self._begin_slice(ordinal)
        while self._in_hand:
            ordinal, task = self._in_hand.popleft()
            outcome = await task
            while self._is_of_the_past(outcome):
                outcome = await self._once("render again", self._guard.steps.render_slice, ordinal)
            yield outcome
            for ordinal in islice(waiting, 1):
                self._begin_slice(ordinal)

    def _begin_slice(self, ordinal: int) -> None:
        """The number of the step is drawn here, so that it doesn't depend on which slice is done first."""
        step = DBOS.reserve_step()
        self._in_hand.append((ordinal, asyncio.create_task(self._rendered(step, ordinal))))

    async def _rendered(self, step: StepReservation, ordinal: int) -> str:
        async with self._threads:
            return await step.run_async(
                StepOptions(name="render"),
                self._guard.run,
                self._guard.steps.render_slice,
                *self._ids,
                ordinal,
            )

    async def _list_work(self) -> tuple[str, list[Slice], list[int]]:
        outcome, places, chapters = await self._list_once("list")
        while self._is_of_the_past(outcome):
            outcome, places, chapters = await self._list_once("list again")
        return outcome, [Slice(*place) for place in places], chapters

    async def _list_once(self, name: str) -> tuple[str, list[tuple[int, int]], list[int]]:
        """As `Guard.list_work`, of each slice what DBOS has to remember: its ordinal and its chapter's."""

        def look() -> tuple[str, list[tuple[int, int]], list[int]]:
            outcome, slices, chapters = self._guard.list_work(*self._ids)
            return outcome, [(piece.ordinal, piece.chapter_ordinal) for piece in slices], chapters

        return await DBOS.run_step_async(StepOptions(name=name), look)

    def _is_of_the_past(self, outcome: str) -> bool:
        """Whether DBOS remembers trouble of a process that could not tell the records before it ended.

        It may remember several: of each process that was killed while it stopped.
        """
        is_trouble = outcome not in (DONE, ENDED)
        return is_trouble and not self._guard.is_closed and not self._guard.has_failed(self._ids[1])

    async def _step(self, name: str, step: Callable[..., None], *arguments: Any) -> str:
        outcome = await self._once(name, step, *arguments)
        while self._is_of_the_past(outcome):
            outcome = await self._once(f"{name} again", step, *arguments)
        return outcome

    async def _once(self, name: str, step: Callable[..., None], *arguments: Any) -> str:
        return await DBOS.run_step_async(
            StepOptions(name=name), self._guard.run, step, *self._ids, *arguments
        )
