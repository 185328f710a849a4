"""Work that a process of the pool has begun: its result, and what it tells before that."""

import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import Pipe
from typing import Generic, TypeVar

from rhapsode.rendering.render_jobs import PartNotice, Tell
from rhapsode.studio.errors import EngineFailed
from rhapsode.telemetry.counting import Changes, add_changes
from rhapsode.telemetry.metrics import COUNTERS

T = TypeVar("T")

DIED = "A process that was speaking has died."
_END = b""


@dataclass(frozen=True, slots=True)
class Running(Generic[T]):
    """A job in a process, with what was counted there. when_broken: called when that has died."""

    future: Future[tuple[T, Changes]]
    when_broken: Callable[[], None]

    def __call__(self) -> T:
        """Wait for the result. Raises: what the job raises; EngineFailed when its process died."""
        try:
            result, changes = self.future.result()
        except BrokenProcessPool as error:
            self.when_broken()
            raise EngineFailed(DIED) from error
        add_changes(COUNTERS, changes)
        return result


class Notices:
    """A pipe from a process that works on one job; to be used in a `with` block.

    `writer` is sent to the process. This side keeps it open and writes the end itself when the job is over, whatever
    has become of the process: that may die before it has taken the pipe.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._reader, self.writer = Pipe(duplex=False)

    def read(self, running: Running[T]) -> T:
        """Pass on what is told until the job is over; its result. Raises: as `Running` does; what `tell` raises."""
        running.future.add_done_callback(self._end)
        refused: BaseException | None = None
        while packed := self._reader.recv_bytes():
            try:
                if refused is None:
                    self._tell(PartNotice.unpack(packed))
            except BaseException as error:
                # The process goes on, and has to be waited for: its turn isn't over.
                refused = error
        result = running()
        if refused is not None:
            raise refused
        return result

    def _end(self, _over: object) -> None:
        # Nobody reads any more where this thread was interrupted.
        with contextlib.suppress(OSError):
            self.writer.send_bytes(_END)

    def __enter__(self) -> "Notices":
        return self

    def __exit__(self, *error: object) -> None:
        self._reader.close()
        self.writer.close()
