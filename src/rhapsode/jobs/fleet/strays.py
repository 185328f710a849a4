"""Works that a process has by the word of the job engine and isn't doing: a word to or from it was lost."""

import time
from collections.abc import Callable, Collection, Sequence

from rhapsode.jobs.fleet.works import Work

_STRAY_S = 4.0
"""A work that was taken begins within a moment, and its end is written within one, or not at all."""


class Strays:
    """Since when a member has seen each of its own. Not thread-safe.

    Whether it never began them or couldn't say how they have ended, whoever takes them asks the records.
    """

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._since_s: dict[str, float] = {}

    def find_lost(self, own: Sequence[Work], doing: Collection[str]) -> list[Work]:
        """Those that have been strays for too long.

        own: works of the member, at this moment.    doing: ids of those that it is making.
        """
        now_s = self._clock_s()
        strays = {work.work_id: work for work in own if work.is_taken and work.work_id not in doing}
        self._since_s = {work_id: self._since_s.get(work_id, now_s) for work_id in strays}
        return [strays[work_id] for work_id, since_s in self._since_s.items() if now_s - since_s > _STRAY_S]
