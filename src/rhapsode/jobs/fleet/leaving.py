"""What a member that ends leaves to others."""

from collections.abc import Collection

from dbos import DBOS

from rhapsode.jobs.fleet.database import RESCUE_LOCK, FleetDatabase
from rhapsode.jobs.fleet.place import Place
from rhapsode.jobs.fleet.rescue import renew
from rhapsode.jobs.fleet.works import CONVERT, ENDED, list_works, send_home
from rhapsode.jobs.guard import STOPPED

_LOCK_WAIT_MS = 2_000


def hand_over(database: FleetDatabase, place: Place, *, running: Collection[str] = ()) -> None:
    """Let others have what a member has, and begin anew what it saw through.

    running: ids of works that it goes on making. How others end that it makes nobody hears.
    """
    with database.alone(RESCUE_LOCK, wait_ms=_LOCK_WAIT_MS) as alone:
        # Also without the lock: nobody who has it looks for works of a member that lives.
        send_home([work for work in list_works(queue_name=[place.queue]) if work.work_id not in running])
        if alone is None:
            return  # whoever has it begins anew what was stopped
        for work in list_works(ENDED, name=CONVERT, executor_id=place.executor_id):
            if work.outcome == STOPPED:
                renew(work, place.version)


def close_queue(place: Place) -> None:
    """Delete the queue of a member. It stays while something is in it: others look into those of who has left."""
    if not list_works(queue_name=[place.queue]):
        DBOS.delete_queue(place.queue)
