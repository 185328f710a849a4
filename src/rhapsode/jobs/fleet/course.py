"""One conversion's way through its steps, on whichever member has taken it.

It remembers nothing: every step asks the records what exists. So it can begin anew anywhere and at any moment, also
in another version, and two of them that run at once, because one was thought dead, do no harm.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any, Protocol, TypeVar

from rhapsode.jobs.conversions import Slice, last_slices
from rhapsode.jobs.fleet.progress import Observation, SliceProgress
from rhapsode.jobs.fleet.works import Work
from rhapsode.jobs.guard import DONE, ENDED, STOPPED, Guard

T = TypeVar("T")

FAILED, UNTOLD, LOST = "failed", "untold", "lost"
"""How a course ends beside the words of steps: the records know why it has failed; they couldn't be told; somebody
else has it now."""

_ASK_RECORDS_S = 15.0
"""So often a conversion that nothing happens to is looked at, because it may have been cancelled."""


class Desk(Protocol):
    """What a course has of its member, in threads of the executor. None of it remembers who asked."""

    def put(self, works: Sequence[Work]) -> None:
        """Let works wait for members."""

    def forget(self, works: Sequence[Work]) -> None:
        """Delete works that have ended, or that nobody wants any more."""

    def last_look(self) -> int:
        """The number of the last look at the fleet that has begun."""


class Course:
    """One conversion. All but `tell` and `stop` is for its event loop alone."""

    def __init__(
        self,
        guard: Guard,
        desk: Desk,
        executor: Executor,
        workspace_id: str,
        conversion_id: str,
        patience_s: float,
    ) -> None:
        self._guard = guard
        self._desk = desk
        self._executor = executor
        self._ids = (workspace_id, conversion_id)
        self._patience_s = patience_s
        self._loop = asyncio.get_running_loop()
        self._told = asyncio.Event()
        self._seen: Observation | None = None
        self._is_lost = False

    @property
    def conversion_id(self) -> str:
        """Of what it is the course."""
        return self._ids[1]

    def tell(self, seen: Observation) -> None:
        """What has become of its slices. From any thread."""

        def take() -> None:
            self._seen = seen
            self._told.set()

        self._loop.call_soon_threadsafe(take)

    def stop(self, *, is_lost: bool = False) -> None:
        """Let it end at once. is_lost: because somebody else has the conversion. From any thread."""

        def take() -> None:
            self._is_lost = self._is_lost or is_lost
            self._told.set()

        self._loop.call_soon_threadsafe(take)

    async def run(self) -> str:
        """Take all steps. Returns: a word of steps or of courses."""
        outcome = await self._convert()
        if outcome in (DONE, ENDED, STOPPED, LOST):
            return outcome
        self._guard.note_failure(self.conversion_id, outcome)
        told = await self._step(self._guard.steps.fail, outcome)
        return {DONE: FAILED, ENDED: FAILED, STOPPED: STOPPED}.get(told, UNTOLD)

    async def _convert(self) -> str:
        outcome, slices, chapters = await self._off_loop(self._guard.list_work, *self._ids)
        if outcome != DONE:
            return outcome
        progress = SliceProgress(*self._ids, slices, patience_s=self._patience_s)
        try:
            return await self._make(progress, slices, chapters)
        finally:
            if not self._is_lost and not self._guard.is_closed:
                await self._off_loop(self._desk.forget, progress.list_waiting())

    async def _make(self, progress: SliceProgress, slices: Sequence[Slice], chapters: Sequence[int]) -> str:
        steps = self._guard.steps
        if slices:
            await self._wait_for_look(self._desk.last_look())
            if self._seen is not None and self._end_word() is None:
                await self._off_loop(self._desk.forget, progress.adopt(self._seen))
        for chapter, needed in last_slices(slices, chapters).items():
            outcome = await self._render(progress, slices[:needed])
            if outcome == DONE:
                outcome = await self._step(steps.assemble_chapter, chapter)
            if outcome != DONE:
                return outcome
        return await self._step(steps.finish)

    async def _wait_for_look(self, number: int) -> None:
        while (self._seen is None or self._seen.number <= number) and self._end_word() is None:
            await self._wait_for_news(_ASK_RECORDS_S)

    async def _render(self, progress: SliceProgress, slices: Sequence[Slice]) -> str:
        """Wait until these are made, and have as many in hand meanwhile, of all, as the fleet has room for."""
        quiet_since_s = self._loop.time()
        while not progress.is_done(slices):
            if asked := progress.next_works():
                await self._off_loop(self._desk.put, asked)
                progress.note_put(asked, self._desk.last_look())
            await self._wait_for_news(_ASK_RECORDS_S)
            if (word := self._end_word()) is not None:
                return word
            if ended := progress.observe(self._seen) if self._seen is not None else []:
                quiet_since_s = self._loop.time()
                await self._off_loop(self._desk.forget, ended)
            if progress.trouble is not None:
                return progress.trouble
            if self._loop.time() - quiet_since_s > _ASK_RECORDS_S:
                quiet_since_s = self._loop.time()
                if (outcome := await self._step(self._guard.steps.list_chapters)) != DONE:
                    return outcome
        return DONE

    async def _wait_for_news(self, limit_s: float) -> None:
        """Wait for a look at the fleet, or that it has to end."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._told.wait(), limit_s)
        self._told.clear()

    def _end_word(self) -> str | None:
        if self._is_lost:
            return LOST
        return STOPPED if self._guard.is_closed else None

    async def _step(self, step: Callable[..., Any], *arguments: Any) -> str:
        if (word := self._end_word()) is not None:
            return word
        return await self._off_loop(self._guard.run, step, *self._ids, *arguments)

    async def _off_loop(self, work: Callable[..., T], *arguments: Any) -> T:
        # Not asyncio.to_thread: it takes along that this is a workflow, and DBOS would remember what is asked there.
        return await self._loop.run_in_executor(self._executor, work, *arguments)
