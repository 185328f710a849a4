"""What many watch is looked at once for all of them, in a thread, and not at all while nobody watches.

Where one process writes all records, a look follows a commit, and nothing is asked meanwhile. Where others write too,
nobody tells of what they commit: then it is looked at now and then, and sooner while something is being made.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Hashable
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

import structlog

from rhapsode.api.own_threads import OwnThreads
from rhapsode.storage.records import Records
from rhapsode.studio.errors import RecordsUnavailable, RhapsodeError
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.limits import WATCH_BUSY_S, WATCH_GAP_S, WATCH_IDLE_S, WATCH_QUIET_S

_log = structlog.get_logger()
_THREADS = OwnThreads("watching", 2)
_HEED_END_S = 0.5
"""How soon it is noticed that the server ends."""


class Watched(Protocol):
    """What is seen at a moment: a value that never changes."""

    @property
    def is_busy(self) -> bool:
        """Whether more will change soon."""


V = TypeVar("V", bound=Watched)
Read = Callable[[V | None], V]
"""Gives a value as it is now, and the one it is given where that is still so. Called in one thread at a time."""


class Watch(Generic[V]):
    """One thing that is watched. For one event loop.

    value: as it was last seen; None before the first look.    is_over: whether nobody looks any more.
    """

    def __init__(
        self, records: Records, workspace_id: WorkspaceId, read: Read[V], is_ending: Callable[[], bool]
    ) -> None:
        self._records = records
        self._workspace_id = workspace_id
        self._read = read
        self._is_ending = is_ending
        self._loop = asyncio.get_running_loop()
        self._committed = asyncio.Event()
        self._changed: asyncio.Future[None] = self._loop.create_future()
        self._trouble: RhapsodeError = RecordsUnavailable("The server ends. Ask again in a moment.")
        self.value: V | None = None
        self.is_over = False
        self.watcher_count = 0
        self.task = asyncio.create_task(self._run())

    async def first(self) -> V:
        """The value as it is now. Raises: what reading it raises."""
        while self.value is None:
            if self.is_over:
                raise self._trouble
            await self.wait(None, None)
        return self.value

    async def wait(self, seen: V | None, limit_s: float | None) -> None:
        """Until there is another value than the one seen, or will be none any more; or so many seconds."""
        if self.value is seen and not self.is_over:
            await asyncio.wait([self._changed], timeout=limit_s)

    async def _run(self) -> None:
        try:
            with self._records.commits.told(self._workspace_id, self._hear):
                while not self._is_ending():
                    await self._look()
                    await self._rest()
        except RhapsodeError as error:
            self._trouble = error
        except Exception as error:
            _log.error("watching.failed", exc_info=error)
        finally:
            self.is_over = True
            self._tell()

    def _hear(self) -> None:
        # The server may have ended meanwhile.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._committed.set)

    async def _look(self) -> None:
        self._committed.clear()
        try:
            value = await _THREADS.run(partial(self._read, self.value))
        except RecordsUnavailable:
            if self.value is None:
                raise
            return  # the next look finds them, or the one after that
        if value is not self.value:
            self.value = value
            self._tell()

    def _tell(self) -> None:
        changed, self._changed = self._changed, self._loop.create_future()
        changed.set_result(None)

    async def _rest(self) -> None:
        """Until it is worth while to look again. Commits that follow one another closely are seen together."""
        until_s = time.monotonic() + self._look_again_s()
        await asyncio.sleep(WATCH_GAP_S)
        while not self._committed.is_set() and not self._is_ending():
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._committed.wait(), min(left_s, _HEED_END_S))

    def _look_again_s(self) -> float:
        if not self._records.is_shared:
            return WATCH_QUIET_S
        return WATCH_BUSY_S if self.value is not None and self.value.is_busy else WATCH_IDLE_S


class Watches:
    """All that is watched, each thing once. For one event loop.

    is_ending: whether the server is about to end, and with it every watch.
    """

    def __init__(self, records: Records, is_ending: Callable[[], bool]) -> None:
        self._records = records
        self._is_ending = is_ending
        self._open: dict[Hashable, Watch[Any]] = {}
        # The event loop itself forgets tasks that nobody has, and one that is cancelled waits for its thread.
        self._leaving: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def watch(
        self, workspace_id: WorkspaceId, what: str, new_read: Callable[[], Read[V]]
    ) -> AsyncIterator[Watch[V]]:
        """Watch something until the end of the block. what: its name in the workspace, for all who want the same.

        new_read: makes what reads it, where nobody watches it yet.    Raises: what reading it raises.
        """
        place = workspace_id, what
        watch: Watch[V] | None = self._open.get(place)
        if watch is None or watch.is_over:
            watch = self._open[place] = Watch(self._records, workspace_id, new_read(), self._is_ending)
        watch.watcher_count += 1
        try:
            await watch.first()
            yield watch
        finally:
            watch.watcher_count -= 1
            if not watch.watcher_count:
                self._end(place, watch)

    def _end(self, place: Hashable, watch: Watch[Any]) -> None:
        if self._open.get(place) is watch:
            del self._open[place]
        self._leaving.add(watch.task)
        watch.task.add_done_callback(self._leaving.discard)
        watch.task.cancel()
