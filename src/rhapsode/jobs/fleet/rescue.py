"""What nobody does any more: works of members that are dead, of versions that have gone, and what has ended."""

from collections.abc import Callable, Collection, Sequence

import structlog
from dbos import DBOS

from rhapsode.jobs.fleet.course import FAILED
from rhapsode.jobs.fleet.database import RESCUE_LOCK, Alone, FleetDatabase
from rhapsode.jobs.fleet.works import (
    CONVERSIONS,
    CONVERT,
    ENDED,
    LIVING,
    SLICE,
    Work,
    conversion_work,
    forget,
    list_members,
    list_works,
    member_queue,
    put,
    send_home,
)
from rhapsode.jobs.guard import DONE, STOPPED
from rhapsode.jobs.guard import ENDED as CONVERSION_ENDED
from rhapsode.studio.ids import new_id

_log = structlog.get_logger()

_STALE_S = 60.0
"""A slice that has ended and that no conversion asks for is deleted after so long; so long a conversion rests whose
end the records couldn't be told, or that the job engine has lost, before it begins anew."""


class Rescue:
    """What each member looks after for all; one of them at a time.

    list_dead: executor ids of processes that have stopped without a word.
    list_living: of all members that live. One does before it has a queue.
    """

    def __init__(
        self,
        database: FleetDatabase,
        version: str,
        list_dead: Callable[[], Sequence[str]],
        list_living: Callable[[], Collection[str]],
    ) -> None:
        self._database = database
        self._version = version
        self._list_dead = list_dead
        self._list_living = list_living

    def look(self) -> None:
        """Let others take what members had that have gone, begin anew what only they understood, and tidy up."""
        with self._database.alone(RESCUE_LOCK, wait_ms=1) as alone:
            if alone is not None:
                gone = self._list_gone()
                self._send_home(gone, alone)
                self._adopt(gone)
                self._tidy(alone.now_ms())

    def _list_gone(self) -> set[str]:
        """Executor ids of the dead, and of those that have left and couldn't let go of all they had."""
        queued = {executor_id for _, executor_id in list_members()}
        # Asked for after the queues: whoever has one by then is among the living.
        return (queued - set(self._list_living())) | set(self._list_dead())

    def _send_home(self, gone: set[str], alone: Alone) -> None:
        if not gone:
            return
        versions = {self._version, *(row["version_name"] for row in DBOS.list_application_versions())}
        queues = [member_queue(version, executor_id) for version in versions for executor_id in sorted(gone)]
        works = list_works(queue_name=queues)
        if works:
            _log.warning("fleet.rescued", work_count=len(works), gone=sorted(gone))
            alone.check()
            if not send_home(works):
                return  # the next look sees what is left
        for version, executor_id in list_members():
            if executor_id in gone:
                DBOS.delete_queue(member_queue(version, executor_id))

    def _adopt(self, gone: set[str]) -> None:
        """Begin anew what belongs to a version of which no member is left."""
        members = list_members()
        living = {version for version, executor_id in members if executor_id not in gone}
        waiting = {row["version_name"] for row in DBOS.list_application_versions()} - living - {self._version}
        for version in sorted(waiting):
            works = list_works([*LIVING, *ENDED], app_version=version)
            unfinished = [work for work in works if work.kind == CONVERT and not work.has_ended]
            for work in unfinished:
                renew(work, self._version)
            forget([work for work in works if work not in unfinished])

    def _tidy(self, now_ms: int) -> None:
        over = []
        for work in list_works(ENDED, name=[CONVERT, SLICE], app_version=self._version):
            is_stale = now_ms - work.ended_at_ms > _STALE_S * 1000
            if work.kind == SLICE or work.outcome in (DONE, CONVERSION_ENDED, FAILED):
                if is_stale or work.kind == CONVERT:
                    over.append(work)
            elif is_stale or work.outcome == STOPPED:
                renew(work, self._version)
        forget(over)


def renew(work: Work, version: str) -> None:
    """Let a conversion begin anew. Killed at any moment of it, there is one that waits."""
    again = conversion_work(work.workspace_id, work.conversion_id)
    stand_in = Work(
        f"{work.conversion_id}~{new_id()}", CONVERT, work.workspace_id, work.conversion_id, CONVERSIONS
    )
    put(stand_in, version)
    forget([work])
    put(again, version)
    forget([stand_in])
