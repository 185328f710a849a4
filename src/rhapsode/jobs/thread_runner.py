"""Conversions in threads of this process: what a command runs its one conversion with (docs/decisions/0026).

It remembers nothing. That is enough where truth is in the records and the next start is told what is unfinished,
and a command has begun to render before a job engine would have started.
"""

import itertools
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future

from rhapsode.jobs.conversions import ConversionSteps, last_slices
from rhapsode.jobs.guard import DONE, ENDED, STOPPED, Guard
from rhapsode.studio.ids import ConversionId, WorkspaceId

_STOP_WAIT_S = 30


class ThreadRunner:
    """A ConversionRunner without a memory of its own, for the one thread of a command.

    slots: how many slices run at once.
    """

    def __init__(self, *, slots: int) -> None:
        self._slots = slots
        self._failures: dict[ConversionId, str] = {}
        self._guard: Guard | None = None
        self._slices = _SliceQueue()
        self._submitted: set[ConversionId] = set()
        self._threads: list[threading.Thread] = []

    def start(self, steps: ConversionSteps, waiting: Sequence[tuple[WorkspaceId, ConversionId]]) -> None:
        """See ConversionRunner."""
        self._guard = Guard(steps, self._failures)
        for number in range(self._slots):
            self._begin(f"slices-{number}", self._slices.work)
        for workspace_id, conversion_id in waiting:
            self.submit(workspace_id, conversion_id)

    def submit(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
        """See ConversionRunner."""
        if conversion_id in self._submitted:
            return
        assert self._guard is not None
        self._submitted.add(conversion_id)
        course = _Course(self._guard, self._slices, workspace_id, conversion_id)
        self._begin(f"conversion-{conversion_id}", course.run)

    def find_failure(self, conversion_id: ConversionId) -> str | None:
        """See ConversionRunner."""
        return self._failures.get(conversion_id)

    def stop(self) -> None:
        """See ConversionRunner. Waits for the steps that are being taken."""
        if self._guard is not None:
            self._guard.close(_STOP_WAIT_S)
        self._slices.close(self._slots)
        for thread in self._threads:
            thread.join(_STOP_WAIT_S)

    def _begin(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()


class _SliceQueue:
    """Slices of all conversions; of each the first come first, so that a small one behind a big one gets its turn."""

    _LAST = 2**31

    def __init__(self) -> None:
        self._waiting: queue.PriorityQueue[tuple[int, int, Callable[[], str] | None, Future[str]]] = (
            queue.PriorityQueue()
        )
        self._numbers = itertools.count()

    def put(self, ordinal: int, work: Callable[[], str]) -> Future[str]:
        """Have a slice rendered. Returns: how that will have ended."""
        outcome: Future[str] = Future()
        self._waiting.put((ordinal, next(self._numbers), work, outcome))
        return outcome

    def close(self, worker_count: int) -> None:
        """Let so many workers end when all that waits is done."""
        for _ in range(worker_count):
            self._waiting.put((self._LAST, next(self._numbers), None, Future()))

    def work(self) -> None:
        """Render slice after slice, until `close`."""
        while True:
            _, _, work, outcome = self._waiting.get()
            if work is None:
                return
            outcome.set_result(work())


class _Course:
    """One conversion's way through its steps."""

    def __init__(
        self, guard: Guard, slices: _SliceQueue, workspace_id: WorkspaceId, conversion_id: ConversionId
    ) -> None:
        self._guard = guard
        self._slices = slices
        self._ids = (workspace_id, conversion_id)

    def run(self) -> None:
        outcome = next((outcome for outcome in self._outcomes() if outcome != DONE), DONE)
        if outcome == STOPPED:
            # Where it was another slice that failed, one before it may have been left out.
            outcome = self._guard.find_failure(self._ids[1]) or STOPPED
        if outcome not in (DONE, ENDED, STOPPED):
            self._guard.run(self._guard.steps.fail, *self._ids, outcome)

    def _outcomes(self) -> Iterator[str]:
        steps = self._guard.steps
        outcome, slices, chapters = self._guard.list_work(*self._ids)
        yield outcome
        rendered = [self._slices.put(piece.ordinal, self._rendering(piece.ordinal)) for piece in slices]
        needed, seen = last_slices(slices, chapters), 0
        for chapter in chapters:
            yield from (slice_.result() for slice_ in rendered[seen : needed[chapter]])
            seen = needed[chapter]
            yield self._guard.run(steps.assemble_chapter, *self._ids, chapter)
        yield self._guard.run(steps.finish, *self._ids)

    def _rendering(self, ordinal: int) -> Callable[[], str]:
        def render() -> str:
            if self._guard.has_failed(self._ids[1]):
                return STOPPED  # the conversion has ended with another slice's error
            return self._guard.run(self._guard.steps.render_slice, *self._ids, ordinal)

        return render
