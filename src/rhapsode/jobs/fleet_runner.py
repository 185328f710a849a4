"""Conversions of any number of servers and workers, on DBOS and the Postgres that all share (docs/decisions/0055).

A conversion is a work with its id, and so is each of its slices; members take from what waits as they have room
(jobs.fleet).
"""

import contextlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from sqlalchemy.exc import SQLAlchemyError

from rhapsode.jobs.conversions import ConversionSteps
from rhapsode.jobs.fleet.database import FleetDatabase
from rhapsode.jobs.fleet.member import Member
from rhapsode.jobs.fleet.place import Place
from rhapsode.jobs.fleet.rescue import Rescue, renew
from rhapsode.jobs.fleet.works import (
    CONVERT,
    ENDED,
    SLICE,
    conversion_work,
    list_works,
    put,
)
from rhapsode.jobs.guard import Guard
from rhapsode.studio.ids import ConversionId, WorkspaceId
from rhapsode.studio.limits import ENGINE_PATIENCE_S

VERSION = "1"
"""Of how works are named and what they are given. Members of one version understand each other's; raise it whenever
that changes, and never for anything else: so most releases go on with each other's conversions."""

_NAME, _SCHEMA = "rhapsode", "rhapsode_jobs"
_STOP_WAIT_S = 30
_END_WAIT_S = 5
_STOP_POLL_S = 0.05


class FleetRunner:
    """The ConversionRunner of one member; there can be only one in a process.

    url: of the database, as `Records.open_postgres` takes it. The tables of jobs have a schema of their own there.
    parameters: what its connections are begun with, by the names of libpq (`storage.postgres_session`).
    executor_id: of this process and no other that ever was.
    engines: those that speak here; slices that need none are made here too.
    slot_count: how many slices are in hand at once, 0 for none; twice the pool's processes keep it busy.
    list_dead: executor ids of processes that have stopped without a word. One has to stay among them until its works
      were taken over: a minute is plenty while somebody looks, and nobody does while no member lives.
    list_living: executor ids of all members that live, this one too.
    list_engines: the engines of all members that live, this one's too.
    patience_s: how long a conversion waits for an engine that is away or that no member has, for the store, and for
      room.
    """

    def __init__(
        self,
        url: str,
        parameters: Mapping[str, str | int],
        *,
        executor_id: str,
        engines: Sequence[str],
        slot_count: int,
        list_dead: Callable[[], Sequence[str]],
        list_living: Callable[[], Collection[str]],
        list_engines: Callable[[], Collection[str]],
        patience_s: float = ENGINE_PATIENCE_S,
        version: str = VERSION,
    ) -> None:
        self._place = Place(executor_id, version, tuple(engines), slot_count, list_engines, patience_s)
        self._database = FleetDatabase(url, parameters)
        self._rescue = Rescue(self._database, version, list_dead, list_living)
        self._failures: dict[ConversionId, str] = {}
        self._guard: Guard | None = None
        self._member: Member | None = None

    def start(self, steps: ConversionSteps, waiting: Sequence[tuple[WorkspaceId, ConversionId]]) -> None:
        """See ConversionRunner. Raises: RecordsUnavailable."""
        self._database.open()
        self._guard = Guard(steps, self._failures)
        self._member = Member(self._place, self._database, self._guard, self._rescue)
        DBOS(config=self._config())
        _register(self._member)
        DBOS.listen_queues([self._place.queue])
        DBOS.launch()
        self._member.start()
        for workspace_id, conversion_id in waiting:
            self.submit(workspace_id, conversion_id)

    def submit(self, workspace_id: WorkspaceId, conversion_id: ConversionId) -> None:
        """See ConversionRunner."""
        assert self._member is not None
        ended = list_works(ENDED, workflow_ids=[conversion_id])
        if ended:
            # Its end the records never heard of, or it wouldn't be submitted.
            renew(ended[0], self._place.version)
        else:
            put(conversion_work(workspace_id, conversion_id), self._place.version)
        self._member.wake()

    def find_failure(self, conversion_id: ConversionId) -> str | None:
        """See ConversionRunner."""
        return self._failures.get(conversion_id)

    def stop(self) -> None:
        """See ConversionRunner. Waits for the slices that are being made; others take up the rest at once.

        Where the database is away they take it up when they miss this member.
        """
        self._database.give_up()
        if self._guard is not None and self._member is not None:
            self._guard.shut()
            self._member.stop(_STOP_WAIT_S)
            with contextlib.suppress(SQLAlchemyError):
                self._wait_for_workflows()
        DBOS.destroy(workflow_completion_timeout_sec=0, destroy_registry=True)
        self._database.close()

    def _config(self) -> DBOSConfig:
        return DBOSConfig(
            name=_NAME,
            system_database_url=self._database.engine.url.render_as_string(hide_password=False),
            system_database_engine=self._database.engine,
            dbos_system_schema=_SCHEMA,
            application_version=self._place.version,
            executor_id=self._place.executor_id,
            serializer=DBOSPortableJSONSerializer(),
            # What goes wrong comes to us as an error, and is said once.
            log_level="CRITICAL",
            use_listen_notify=False,
        )

    def _wait_for_workflows(self) -> None:
        """All steps have ended; a thread that still writes this when DBOS goes would wait for ever."""
        deadline = time.monotonic() + _END_WAIT_S
        # The job engine would ask again and again whether it is back.
        self._database.engine.connect().close()
        while time.monotonic() < deadline and list_works(["PENDING"], executor_id=self._place.executor_id):
            time.sleep(_STOP_POLL_S)


def _register(member: Member) -> None:
    """Tell DBOS what the two kinds of works are."""

    @DBOS.workflow(name=CONVERT)
    async def convert(workspace_id: str, conversion_id: str) -> str:
        return await member.convert(str(DBOS.workflow_id), workspace_id, conversion_id)

    @DBOS.workflow(name=SLICE)
    def make_slice(workspace_id: str, conversion_id: str, ordinal: int) -> str:
        return member.make_slice(str(DBOS.workflow_id), workspace_id, conversion_id, ordinal)
