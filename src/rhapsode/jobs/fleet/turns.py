"""Which of the works that wait a member takes next.

Every member lets those share that it sees, and all see the same: so they share all members. Nothing has to be kept
for that in the database.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from rhapsode.jobs.fleet.works import Work
from rhapsode.jobs.shares import Shares

_LEAST_CHARACTERS = 250
"""What a slice counts that is only encoded: about a tenth of a whole one."""


class Turns:
    """Workspaces take turns, and so do the conversions of each, by the characters they had. Not thread-safe."""

    def __init__(self) -> None:
        self._workspaces = Shares()
        self._conversions: defaultdict[str, Shares] = defaultdict(Shares)
        self._known: dict[str, Work] = {}

    def choose(self, waiting: Sequence[Work], held: Sequence[Work], count: int) -> list[Work]:
        """The next ones, at most so many.

        waiting: all that could be taken, in the order they came.    held: those that this member has.
        """
        self._see(waiting, held)
        left = list(waiting)
        chosen: list[Work] = []
        while left and len(chosen) < count:
            work = self._next(left)
            left.remove(work)
            chosen.append(work)
            cost = max(work.character_count, _LEAST_CHARACTERS)
            self._workspaces.take(work.workspace_id, cost)
            self._conversions[work.workspace_id].take(work.conversion_id, cost)
        return chosen

    def _see(self, waiting: Sequence[Work], held: Sequence[Work]) -> None:
        works = {work.work_id: work for work in [*waiting, *held]}
        for work_id in works.keys() - self._known.keys():
            self._workspaces.come(works[work_id].workspace_id)
            self._conversions[works[work_id].workspace_id].come(works[work_id].conversion_id)
        for work_id in self._known.keys() - works.keys():
            work = self._known[work_id]
            self._workspaces.go(work.workspace_id)
            self._conversions[work.workspace_id].go(work.conversion_id)
        self._known = works
        present = {work.workspace_id for work in works.values()}
        for workspace_id in self._conversions.keys() - present:
            del self._conversions[workspace_id]

    def _next(self, waiting: Sequence[Work]) -> Work:
        """Of whoever had least, and among equals of who has least left to wait for."""
        leads = self._workspaces.leads({work.workspace_id for work in waiting})
        sizes = Counter(work.workspace_id for work in waiting)
        workspace_id = min(leads, key=lambda each: (leads[each], sizes[each], each))
        own = [work for work in waiting if work.workspace_id == workspace_id]
        leads = self._conversions[workspace_id].leads({work.conversion_id for work in own})
        sizes = Counter(work.conversion_id for work in own)
        conversion_id = min(leads, key=lambda each: (leads[each], sizes[each], each))
        return next(work for work in own if work.conversion_id == conversion_id)
