"""The works of the fleet, conversions and their slices, each a workflow that DBOS keeps.

A work waits at home, a queue that no DBOS listens to: one for conversions, and one for the slices of each engine. A
member that has room moves it to the queue of its own, from which its DBOS takes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from dbos import DBOS, EnqueueOptions
from dbos import error as dbos_errors

from rhapsode.jobs.conversions import Slice

CONVERT, SLICE = "convert", "slice"
"""What kinds of works there are: the names of their workflows."""

CONVERSIONS = "conversions"
_SLICES = "slices"
_MEMBERS = "members/"

_WAITING = "ENQUEUED"
LIVING = (_WAITING, "PENDING")
ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")

_MOST_ENGINES_OF_A_SLICE = 3
_MOST_WAITING = 5_000
"""Works among which a member chooses those that it takes: many times what it has room for."""


@dataclass(frozen=True, slots=True)
class Work:
    """A conversion or a slice.

    home: the queue where it waits for a member.    queue: where it is; a member's own where one has it.
    character_count: code points that are left to be spoken.
    outcome: the word or message it has ended with; None before that, and where the job engine has failed.
    """

    work_id: str
    kind: str
    workspace_id: str
    conversion_id: str
    home: str
    character_count: int = 0
    ordinal: int = 0
    queue: str | None = None
    status: str = _WAITING
    outcome: str | None = None
    ended_at_ms: int = 0

    @property
    def has_ended(self) -> bool:
        """Whether nothing more becomes of it."""
        return self.status not in LIVING

    @property
    def is_taken(self) -> bool:
        """Whether a member's DBOS has taken it."""
        return self.status in LIVING and self.status != _WAITING

    @property
    def is_waiting(self) -> bool:
        """Whether no member has taken it."""
        return self.status == _WAITING and self.queue == self.home


def conversion_work(workspace_id: str, conversion_id: str) -> Work:
    """A conversion, which has its own id."""
    return Work(conversion_id, CONVERT, workspace_id, conversion_id, CONVERSIONS)


def slice_work(workspace_id: str, conversion_id: str, piece: Slice, attempt: int) -> Work:
    """One attempt at a slice; whoever asks for it again gets the same."""
    return Work(
        f"{slice_prefix(conversion_id)}{piece.ordinal}/{attempt}",
        SLICE,
        workspace_id,
        conversion_id,
        slice_queue(piece.engines),
        character_count=piece.character_count,
        ordinal=piece.ordinal,
    )


def slice_prefix(conversion_id: str) -> str:
    """What the ids of all slices of a conversion begin with."""
    return f"{conversion_id}/"


def attempt_of(work: Work) -> int:
    """Which attempt at its slice a work is."""
    return int(work.work_id.rpartition("/")[2])


def slice_queue(engines: Sequence[str]) -> str:
    """Where slices wait that these engines speak for, sorted by name."""
    return "/".join([_SLICES, "+".join(engines)]) if engines else _SLICES


def slice_queues(engines: Iterable[str]) -> list[str]:
    """Where slices wait that somebody with these engines can make."""
    names = sorted(engines)
    counts = range(min(len(names), _MOST_ENGINES_OF_A_SLICE) + 1)
    return [slice_queue(chosen) for count in counts for chosen in combinations(names, count)]


def member_queue(version: str, executor_id: str) -> str:
    """The queue of a member, of which there is one as long as it lives."""
    return f"{_MEMBERS}{version}/{executor_id}"


def list_members() -> list[tuple[str, str]]:
    """(version, executor id) of every member that has a queue."""
    places = (queue.name.removeprefix(_MEMBERS).split("/", 1) for queue in DBOS.list_queues())
    return [(place[0], place[1]) for place in places if len(place) == 2]


def put(work: Work, version: str) -> None:
    """Let a work wait at home; one that is there already stays as it is."""
    options: EnqueueOptions = {
        "workflow_name": work.kind,
        "queue_name": work.home,
        "workflow_id": work.work_id,
        "app_version": version,
        "attributes": {
            "workspace": work.workspace_id,
            "conversion": work.conversion_id,
            "home": work.home,
            "characters": work.character_count,
            "ordinal": work.ordinal,
        },
    }
    arguments = [work.workspace_id, work.conversion_id]
    DBOS.enqueue_workflow_with_options(options, *arguments, *([work.ordinal] if work.kind == SLICE else []))


def list_works(statuses: Sequence[str] = LIVING, **filters: Any) -> list[Work]:
    """Works in the order they came in. filters: those of `DBOS.list_workflows`.

    All of them: one that isn't listed is taken for deleted. Each conversion that runs has few.
    """
    rows = DBOS.list_workflows(
        status=list(statuses),
        load_input=False,
        load_output=any(status in ENDED for status in statuses),
        **filters,
    )
    return [_work(row) for row in rows if row.attributes is not None]


def list_waiting(homes: Sequence[str], version: str) -> list[Work]:
    """Works that members of a version may take from there, the first that came."""
    works = list_works([_WAITING], queue_name=list(homes), app_version=version, limit=_MOST_WAITING)
    return [work for work in works if work.is_waiting]


def give(works: Sequence[Work], queue: str) -> bool:
    """Move works to a queue; False when one of them doesn't exist any more, and none is moved.

    A work that somebody has is taken away from them: what they say of it isn't heard.
    """
    if not works:
        return True
    try:
        DBOS.resume_workflows([work.work_id for work in works], queue_name=queue)
    except dbos_errors.DBOSNonExistentWorkflowError:
        return False
    return True


def send_home(works: Sequence[Work]) -> bool:
    """Let others take works; False when one of them doesn't exist any more, and some may be where they were."""
    homes = sorted({work.home for work in works})
    given = [give([work for work in works if work.home == home], home) for home in homes]
    return all(given)


def forget(works: Sequence[Work]) -> None:
    """Delete works."""
    if works:
        DBOS.delete_workflows([work.work_id for work in works])


def _work(row: Any) -> Work:
    attributes = row.attributes
    return Work(
        row.workflow_id,
        row.name,
        attributes["workspace"],
        attributes["conversion"],
        attributes["home"],
        character_count=attributes["characters"],
        ordinal=attributes["ordinal"],
        queue=row.queue_name,
        status=row.status,
        outcome=row.output,
        ended_at_ms=row.completed_at or 0,
    )
