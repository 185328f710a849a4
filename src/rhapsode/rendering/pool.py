"""The pool of child processes that speak and encode, one for each core."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from structlog.contextvars import bound_contextvars, get_contextvars

from rhapsode.processes import deaf_to_interrupts, exit_with_parent
from rhapsode.rendering import child_jobs
from rhapsode.rendering.render_jobs import (
    EncodeJob,
    KeptStream,
    PeaksJob,
    RenderJob,
    RenderResult,
    SpeakJob,
    Tell,
)
from rhapsode.rendering.running import DIED, Notices, Running
from rhapsode.rendering.turns import IsWanted, Load, Turns, always
from rhapsode.studio.errors import EngineFailed
from rhapsode.studio.ids import new_id
from rhapsode.telemetry.counting import Changes, take_changes
from rhapsode.telemetry.logs import configure_logs, configured_level
from rhapsode.telemetry.metrics import CHILDREN_DIED, COUNTERS

if TYPE_CHECKING:
    from rhapsode.audio.mastering import Level
    from rhapsode.audio.pace import Pace
    from rhapsode.engines.aligner import AlignedReading
    from rhapsode.rendering.align_worker import AlignJob
    from rhapsode.rendering.draft import SpeechRequest
    from rhapsode.rendering.live_worker import LiveStretch
    from rhapsode.rendering.speakers import Speakers
    from rhapsode.rendering.trial import Trial
    from rhapsode.storage.packs import ClosedPack

P = ParamSpec("P")
T = TypeVar("T")

_CHARACTERS_PER_S = 1_000
"""About what a slow machine speaks and encodes; two shared cores made 2,800 of them with espeak."""


class RenderPool:
    """Runs jobs in child processes, which start with the first job or `warm_up`. Thread-safe.

    Where more wants to be done than there are processes, workspaces share them, and so do conversions of each. A
    single text, which somebody waits for, is like a conversion of its own.
    """

    def __init__(self, process_count: int | None = None) -> None:
        self.process_count = process_count or os.cpu_count() or 1
        self._lock = threading.Lock()
        self._turns = Turns(self.process_count)
        self._executor: ProcessPoolExecutor | None = None

    def warm_up(self, process_count: int | None = None) -> None:
        """Start so many of the processes, or all of them, without waiting for them."""
        for _ in range(process_count or self.process_count):
            self._submit_ready()

    def _submit_ready(self) -> Future[None]:
        with deaf_to_interrupts():
            return self._running().submit(child_jobs.ready)

    def render(self, job: RenderJob, check: Callable[[], None] = lambda: None) -> RenderResult:
        """Wait for a job's turn and its result.

        check: called when the turn has come, which may be long after; what it raises ends the job.
        Raises: what `render` and `check` raise; EngineFailed when the process died; Withdrawn when it was dismissed.
        """
        turn = self._turns.take(
            job.owner,
            party=job.workspace_id,
            character_count=sum(request.character_count for request in job.requests),
            stretch=job.stretch,
            cost_s=job.left_characters / _CHARACTERS_PER_S,
        )
        with turn:
            check()
            return self._run(child_jobs.render, job)

    def encode(self, job: EncodeJob) -> "ClosedPack":
        """Wait for a job's turn, which comes as that of a conversion does, and for its result.

        Raises: what `encode_worker.encode` raises; EngineFailed and Withdrawn, as `render` does.
        """
        turn = self._turns.take(
            job.owner,
            party=job.workspace_id,
            character_count=sum(request.character_count for request in job.requests),
            cost_s=job.left_characters / _CHARACTERS_PER_S,
        )
        with turn:
            return self._run(child_jobs.encode, job)

    def load(self) -> Load:
        """How much waits for its turn, and how much is being done."""
        return self._turns.load()

    def dismiss_conversions(self) -> None:
        """Let those that wait for their turn wait no longer; single texts go on waiting."""
        self._turns.dismiss(of_parties_only=True)

    def hurry(self, owner: str, stretch: int) -> contextlib.AbstractContextManager[None]:
        """Let a stretch of an owner's work be next as long as the block lasts: somebody waits for it."""
        return self._turns.hurry(owner, stretch)

    @contextlib.contextmanager
    def turn(self, *, character_count: int, is_wanted: IsWanted = always) -> Iterator[None]:
        """Wait until a single text may be spoken; the block has a process to itself.

        character_count: of the text. A short one goes before long ones that came a little earlier.
        Raises: Withdrawn, when it isn't wanted any more or the pool was stopped.
        """
        cost_s = character_count / _CHARACTERS_PER_S
        with self._turns.take(new_id(), cost_s=cost_s, is_wanted=is_wanted):
            yield

    def speak(self, job: SpeakJob, audio_keys: Sequence[bytes]) -> KeptStream:
        """`speak_worker.speak` in a process; within a `turn`.

        Raises: what it raises; EngineFailed when the process died.
        """
        return self._run(child_jobs.speak, job, audio_keys)

    def speak_aloud(
        self, job: SpeakJob, audio_keys: Sequence[bytes] | None, spool: Path, tell: Tell
    ) -> KeptStream | None:
        """`speak_worker.speak_aloud` in a process; within a `turn`. `tell` is called in this thread.

        Raises: as `speak` does; what `tell` raises, when the process is done.
        """
        with Notices(tell) as notices:
            return notices.read(self._submit(child_jobs.speak_aloud, job, audio_keys, spool, notices.writer))

    def speak_live(self, job: SpeakJob, *, keeps: bool) -> "LiveStretch":
        """`live_worker.speak_live` in a process; within a `turn`. Raises: as `speak` does."""
        return self._run(child_jobs.speak_live, job, keeps)

    def align(self, job: "AlignJob") -> "AlignedReading":
        """`align_worker.align_recording` in a process; within a `turn`. Raises: as `speak` does."""
        return self._run(child_jobs.align, job)

    def measure(self, request: "SpeechRequest", speakers: "Speakers") -> "Level":
        """`measure_worker.measure` in a process; within a `turn`. Raises: as `speak` does."""
        return self._run(child_jobs.measure, request, speakers)

    def try_out(self, first: "SpeechRequest", request: "SpeechRequest", speakers: "Speakers") -> "Trial":
        """`trial_worker.try_out` in a process; within a `turn`. Raises: EngineFailed when the process died."""
        return self._run(child_jobs.try_out, first, request, speakers)

    def speak_again(self, request: "SpeechRequest", speakers: "Speakers", pace: "Pace") -> bytes:
        """`remake_worker.speak_again` in a process; within a `turn`. Raises: as `speak` does."""
        return self._run(child_jobs.speak_again, request, speakers, pace)

    def encode_again(self, job: EncodeJob) -> bytes:
        """`remake_worker.encode_again` in a process; within a `turn`. Raises: as `encode` does."""
        return self._run(child_jobs.encode_again, job)

    def find_peaks(self, job: PeaksJob) -> dict[bytes, bytes]:
        """`peaks_worker.find_peaks` in a process; within a `turn`. Raises: what it raises; EngineFailed, likewise."""
        return self._run(child_jobs.find_peaks, job)

    def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """For those who have their turn: nothing waits in the executor, whose queue knows no owners.

        So a process that dies costs no job an attempt that only waited for its turn.
        """
        return self._submit(work, *args, **kwargs)()

    def _submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Running[T]":
        """Begin it; the result is that of calling what is returned."""
        executor = self._running()
        try:
            with deaf_to_interrupts():
                job = executor.submit(_counted, partial(work, *args, **kwargs), get_contextvars())
                return Running(job, lambda: self._replace(executor))
        except BrokenProcessPool as error:
            self._replace(executor)
            raise EngineFailed(DIED) from error

    def stop(self) -> None:
        """Dismiss what waits, and end the processes when their jobs are done; a later job starts new ones."""
        self._turns.dismiss()
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(cancel_futures=True)

    def _running(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._executor is None:
                self._executor = ProcessPoolExecutor(
                    self.process_count,
                    mp_context=get_context("spawn"),
                    initializer=_prepare,
                    initargs=(configured_level(),),
                )
            return self._executor

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._executor is broken:
                self._executor = None
                CHILDREN_DIED.add(1, "renderer")
        broken.shutdown(wait=False, cancel_futures=True)


def _prepare(log_level: str) -> None:
    exit_with_parent()
    configure_logs(log_level)


def _counted(work: Callable[[], T], logged: Mapping[str, Any]) -> tuple[T, Changes]:
    """What it gives, with what was counted meanwhile; what a job counted that failed comes with the next one.

    logged: what each line of log says that is written meanwhile, such as the id of the request.
    """
    with bound_contextvars(**logged):
        return work(), take_changes(COUNTERS)
