"""One process of the fleet: it looks at what waits, takes as much as it has room for, and makes it."""

import contextlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from dbos import DBOS
from sqlalchemy.exc import SQLAlchemyError

from rhapsode.jobs.fleet.course import Course
from rhapsode.jobs.fleet.database import CLAIM_LOCK, FleetDatabase
from rhapsode.jobs.fleet.leaving import close_queue, hand_over
from rhapsode.jobs.fleet.place import Place
from rhapsode.jobs.fleet.progress import AWAY, Observation
from rhapsode.jobs.fleet.rescue import Rescue
from rhapsode.jobs.fleet.strays import Strays
from rhapsode.jobs.fleet.turns import Turns
from rhapsode.jobs.fleet.works import (
    CONVERSIONS,
    CONVERT,
    ENDED,
    LIVING,
    SLICE,
    Work,
    forget,
    give,
    list_waiting,
    list_works,
    put,
    send_home,
    slice_prefix,
    slice_queues,
)
from rhapsode.jobs.guard import DONE, Guard
from rhapsode.studio.errors import EngineUnavailable, ObjectStoreFailed, StorageFull
from rhapsode.studio.ids import ConversionId, WorkspaceId

_log = structlog.get_logger()

_LOOK_S, _SHORTEST_LOOK_S = 0.25, 0.05
_RESCUE_S = 2.0
_RETRY_S = 0.5
_LOCK_WAIT_MS = 2_000
_QUEUE_POLL_S = 0.2
"""The longest time between a member's taking a work and its beginning. Twice as often costs an idle member a third
more: 5.8 % of a core and not 4.0 [measured at 0.1 and 0.25 s]."""

_REST_S = 30.0
"""So long a member takes no slice when it had no room for one, or the store didn't do what it was asked: others may
do better, and one that fails within a moment would have all slices of a book before them."""

_MOST_COURSES, _MOST_COURSES_OF_A_WORKSPACE = 256, 32
"""Conversions a member sees through at once, each a few kilobytes and a few works that wait."""

_COURSE_THREADS = 8
"""For the steps of conversions that aren't slices: lists and arithmetic on records."""


class Member:
    """Looks at the fleet in a thread of its own; DBOS calls `convert` and `make_slice`. Thread-safe."""

    def __init__(self, place: Place, database: FleetDatabase, guard: Guard, rescue: Rescue) -> None:
        self._place = place
        self._database = database
        self._guard = guard
        self._rescue = rescue
        self._slice_turns, self._course_turns = Turns(), Turns()
        self._executor = ThreadPoolExecutor(_COURSE_THREADS, thread_name_prefix="conversions")
        self._lock = threading.Lock()
        self._running: dict[str, Course | None] = {}
        self._over: set[str] = set()
        self._look = 0
        self._engines: Collection[str] = ()
        self._rescued_at_s = -_RESCUE_S
        self._rests_until_s = 0.0
        self._strays = Strays()
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fleet-member", daemon=True)

    def start(self) -> None:
        """Take up work. DBOS has been launched."""
        self._register()
        self._thread.start()

    def stop(self, wait_s: float) -> None:
        """Let go of all that only waits, wait for what is being made, and leave the fleet. The guard is shut."""
        self._stopping.set()
        self._woken.set()
        for course in self._list_courses():
            course.stop()
        if self._thread.ident is not None:
            self._thread.join(wait_s)
        self._wait_for_courses()
        with contextlib.suppress(SQLAlchemyError):
            with self._lock:
                running = set(self._running)
            hand_over(self._database, self._place, running=running)
        self._guard.close(wait_s)
        with contextlib.suppress(SQLAlchemyError):
            hand_over(self._database, self._place)
            if not self._thread.is_alive():
                close_queue(self._place)
        self._executor.shutdown(wait=False, cancel_futures=True)

    # What DBOS calls

    async def convert(self, work_id: str, workspace_id: str, conversion_id: str) -> str:
        """See a conversion through. Returns: a word of courses."""
        course = Course(
            self._guard, self, self._executor, workspace_id, conversion_id, self._place.patience_s
        )
        with self._doing(work_id, course):
            self.wake()
            try:
                return await course.run()
            except Exception as error:
                self._guard.note_crash(conversion_id, error)
                raise

    def make_slice(self, work_id: str, workspace_id: str, conversion_id: str, ordinal: int) -> str:
        """Make a slice. Returns: a word of steps, or that its engine, the store or room for it is away."""
        away: list[str] = []

        def render(workspace_id: WorkspaceId, conversion_id: ConversionId, ordinal: int) -> None:
            try:
                self._guard.steps.render_slice(workspace_id, conversion_id, ordinal, waits=False)
            except (EngineUnavailable, ObjectStoreFailed, StorageFull) as error:
                # No failure of the conversion yet: who sees it through waits, and holds nothing here.
                away.append(str(error))
                if not isinstance(error, EngineUnavailable):
                    self._rest(away[-1])

        with self._doing(work_id, None):
            outcome = self._guard.run(render, workspace_id, conversion_id, ordinal)
        return AWAY + away[-1] if away and outcome == DONE else outcome

    def _rest(self, why: str) -> None:
        _log.warning("fleet.rests", error=why, rest_s=_REST_S)
        self._rests_until_s = time.monotonic() + _REST_S

    @contextlib.contextmanager
    def _doing(self, work_id: str, course: Course | None) -> Iterator[None]:
        with self._lock:
            self._running[work_id] = course
            self._over.discard(work_id)
        try:
            yield
        finally:
            with self._lock:
                # One that was sent home before it had begun, on a machine that is too busy, may be here twice.
                if self._running.get(work_id) is course:
                    self._running.pop(work_id, None)
                self._over.add(work_id)
            self.wake()

    # What courses call

    def put(self, works: Sequence[Work]) -> None:
        """See Desk."""
        for work in works:
            self._surely(put, work, self._place.version)
        self.wake()

    def forget(self, works: Sequence[Work]) -> None:
        """See Desk."""
        self._surely(forget, works)

    def _surely(self, change: Callable[..., None], *arguments: Any) -> None:
        """Do what may be done twice until it is done, or this process stops: a lost answer fails no conversion."""
        while not self._stopping.is_set():
            try:
                change(*arguments)
            except SQLAlchemyError as error:
                _log.warning("fleet.change_failed", error=str(error))
                self._stopping.wait(_RETRY_S)
            else:
                return

    def last_look(self) -> int:
        """See Desk."""
        return self._look

    def wake(self) -> None:
        """Look now."""
        self._woken.set()

    # Looking

    def _run(self) -> None:
        trouble = ""
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                self._look_around()
            except Exception as error:
                # Said once: while the database is away, every look fails.
                if str(error) != trouble:
                    trouble = str(error)
                    _log.warning("fleet.look_failed", error=trouble)
            else:
                trouble = ""
            self._stopping.wait(_SHORTEST_LOOK_S)
            self._woken.wait(_LOOK_S)

    def _look_around(self) -> None:
        if time.monotonic() - self._rescued_at_s >= _RESCUE_S:
            self._engines = self._place.list_engines()
            self._register()
            self._rescue.look()
            self._rescued_at_s = time.monotonic()
        courses = self._list_courses()
        self._look += 1
        own = list_works(queue_name=[self._place.queue])
        self._tell_courses(courses, {work.work_id for work in own})
        self._send_strays_home(own)
        self._claim(own)

    def _register(self) -> None:
        """Have a queue; others delete it when this process is taken for dead."""
        DBOS.register_queue(self._place.queue, polling_interval_sec=_QUEUE_POLL_S, on_conflict="never_update")

    def _tell_courses(self, courses: Sequence[Course], own: Collection[str]) -> None:
        if not courses:
            return
        prefixes = [slice_prefix(course.conversion_id) for course in courses]
        works: defaultdict[str, dict[str, Work]] = defaultdict(dict)
        for work in list_works([*LIVING, *ENDED], name=SLICE, workflow_id_prefix=prefixes):
            works[work.conversion_id][work.work_id] = work
        for course in courses:
            course.tell(Observation(self._look, works[course.conversion_id], self._engines))
        with self._lock:
            lost = [course for work_id, course in self._running.items() if course and work_id not in own]
        for course in lost:
            if course in courses:
                course.stop(is_lost=True)

    def _send_strays_home(self, own: Sequence[Work]) -> None:
        with self._lock:
            doing = set(self._running)
        lost = self._strays.find_lost(own, doing)
        if lost:
            _log.warning("fleet.strays", work_ids=[work.work_id for work in lost])
            send_home(lost)

    def _claim(self, own: Sequence[Work]) -> None:
        free_slots, free_places = self._room(own)
        homes = slice_queues(self._place.engines) if free_slots > 0 else []
        homes += [CONVERSIONS] if free_places > 0 else []
        if not homes or not list_waiting(homes, self._place.version):
            return
        with self._database.alone(CLAIM_LOCK, wait_ms=_LOCK_WAIT_MS) as alone:
            if alone is not None:
                waiting = list_waiting(homes, self._place.version)
                chosen = self._choose(waiting, own, free_slots, free_places)
                alone.check()
                give(chosen, self._place.queue)

    def _room(self, own: Sequence[Work]) -> tuple[int, int]:
        """How many slices and conversions it may take."""
        with self._lock:
            self._over &= {work.work_id for work in own}
            running, over = dict(self._running), set(self._over)
        slices = {w.work_id for w in own if w.kind == SLICE} | {i for i, c in running.items() if c is None}
        courses = {w.work_id for w in own if w.kind == CONVERT} | {i for i, c in running.items() if c}
        slot_count = 0 if time.monotonic() < self._rests_until_s else self._place.slot_count
        return slot_count - len(slices - over), _MOST_COURSES - len(courses - over)

    def _choose(
        self, waiting: Sequence[Work], own: Sequence[Work], free_slots: int, free_places: int
    ) -> list[Work]:
        def of(kind: str, works: Sequence[Work]) -> list[Work]:
            return [work for work in works if work.kind == kind]

        held: defaultdict[str, int] = defaultdict(int)
        for work in of(CONVERT, own):
            held[work.workspace_id] += 1
        conversions = []
        for work in self._course_turns.choose(of(CONVERT, waiting), of(CONVERT, own), free_places):
            held[work.workspace_id] += 1
            if held[work.workspace_id] <= _MOST_COURSES_OF_A_WORKSPACE:
                conversions.append(work)
        return conversions + self._slice_turns.choose(of(SLICE, waiting), of(SLICE, own), free_slots)

    # Leaving

    def _list_courses(self) -> list[Course]:
        with self._lock:
            return [course for course in self._running.values() if course is not None]

    def _wait_for_courses(self) -> None:
        """They end at once, but for a step that is being taken."""
        deadline = time.monotonic() + _LOCK_WAIT_MS / 1000
        while self._list_courses() and time.monotonic() < deadline:
            time.sleep(_SHORTEST_LOOK_S)
