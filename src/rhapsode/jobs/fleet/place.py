"""What a process of the fleet is to the others."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from rhapsode.jobs.fleet.works import member_queue


@dataclass(frozen=True, slots=True)
class Place:
    """What a member is. version: of the works it understands.    slot_count: slices it has in hand at most.

    list_engines: the engines of all members that live.    patience_s: how long what slices need may be away.
    """

    executor_id: str
    version: str
    engines: tuple[str, ...]
    slot_count: int
    list_engines: Callable[[], Collection[str]]
    patience_s: float

    @property
    def queue(self) -> str:
        """Where it has its works."""
        return member_queue(self.version, self.executor_id)
