"""How far the slices of one conversion are: which have to be asked for, and what became of those that were.

Nothing of it is kept. Who takes over a conversion asks the records what is missing, and the fleet what is in hand.
"""

import itertools
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rhapsode.jobs.conversions import Slice
from rhapsode.jobs.fleet.works import Work, attempt_of, slice_work
from rhapsode.jobs.guard import DONE, STOPPED
from rhapsode.jobs.patience import Patience

AWAY = "away: "
"""How a slice ends whose engine is away, or the store, or room for it: with this word and what was said."""

_PLACE = "a place"
"""What a slice needs for which nobody has to speak."""

_LEAST_AHEAD = 4
"""So many slices of a conversion wait at least, so that a member which gets room finds some."""

_MOST_FAILURES = 10
"""So often a slice is tried whose work was lost by the job engine itself."""


@dataclass(frozen=True, slots=True)
class Observation:
    """The works of slices of one conversion by id, and the engines of all members, at one moment.

    number: of the look, which began after all with smaller ones.
    """

    number: int
    works: Mapping[str, Work]
    engines: Collection[str]


@dataclass(slots=True)
class _Asked:
    """A slice that was asked for. look: the last that had begun by then; None until then.    is_held: by a member."""

    piece: Slice
    work: Work
    look: int | None = None
    is_held: bool = False


class SliceProgress:
    """The slices of one conversion. Not thread-safe.

    slices: all that are missing.    patience_s: how long what one needs may be away.
    """

    def __init__(
        self,
        workspace_id: str,
        conversion_id: str,
        slices: Sequence[Slice],
        *,
        patience_s: float,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ids = (workspace_id, conversion_id)
        self._clock_s = clock_s
        self._patience = Patience(patience_s, clock_s)
        self._todo = {piece.ordinal: piece for piece in slices}
        self._attempts: dict[int, int] = {}
        self._not_before_s: dict[int, float] = {}
        self._asked: dict[int, _Asked] = {}
        self._failures: dict[int, int] = {}
        self.trouble: str | None = None

    def adopt(self, seen: Observation) -> list[Work]:
        """Take over what was asked for before. Returns: works that have ended, which nobody needs.

        What they have made is in the records, and their slices aren't missing any more.
        """
        ended = []
        for work in seen.works.values():
            self._attempts[work.ordinal] = max(self._attempts.get(work.ordinal, -1), attempt_of(work))
            if work.has_ended:
                ended.append(work)
            elif work.ordinal in self._todo:
                self._asked[work.ordinal] = _Asked(self._todo.pop(work.ordinal), work, seen.number)
        return ended

    def observe(self, seen: Observation) -> list[Work]:
        """Take in what has become of what was asked for. Returns: works that have ended, which nobody needs."""
        ended = []
        for asked in list(self._asked.values()):
            work = seen.works.get(asked.work.work_id)
            if work is None:
                if asked.look is not None and seen.number > asked.look:
                    # Somebody else has taken it for theirs and deleted it: what it made is in the records.
                    self._put_back(asked)
            elif work.has_ended:
                ended.append(work)
                self._end(asked, work)
            else:
                asked.is_held = not work.is_waiting
                if work.is_waiting:
                    self._look_for_engines(asked.piece, seen.engines)
        return ended

    def is_done(self, slices: Sequence[Slice]) -> bool:
        """Whether these are all made."""
        return not any(piece.ordinal in self._todo or piece.ordinal in self._asked for piece in slices)

    def next_works(self) -> list[Work]:
        """What is to be asked for now: as much ahead as is in hand, so that any number of members has enough."""
        held_count = sum(asked.is_held for asked in self._asked.values())
        room = max(0, _LEAST_AHEAD + 2 * held_count - len(self._asked))
        works = []
        for piece in list(itertools.islice(self._ready(), room)):
            attempt = self._attempts[piece.ordinal] = self._attempts.get(piece.ordinal, -1) + 1
            work = slice_work(*self._ids, piece, attempt)
            self._asked[piece.ordinal] = _Asked(self._todo.pop(piece.ordinal), work)
            works.append(work)
        return works

    def note_put(self, works: Sequence[Work], look: int) -> None:
        """From now on works that were asked for are there; until then a look that lacks them says nothing of them.

        look: the last that has begun.
        """
        for work in works:
            if (asked := self._asked.get(work.ordinal)) is not None and asked.work == work:
                asked.look = look

    def _ready(self) -> Iterator[Slice]:
        now_s = self._clock_s()
        return (piece for piece in self._todo.values() if self._not_before_s.get(piece.ordinal, 0.0) <= now_s)

    def list_waiting(self) -> list[Work]:
        """What was asked for and isn't known to have been taken by anybody."""
        return [asked.work for asked in self._asked.values() if not asked.is_held]

    def _end(self, asked: _Asked, work: Work) -> None:
        outcome = work.outcome
        if outcome == DONE:
            del self._asked[asked.piece.ordinal]
            for need in _needs(asked.piece):
                self._patience.found(need)
        elif outcome == STOPPED:
            self._put_back(asked)
        elif outcome is None:
            self._fail(asked)
        elif outcome.startswith(AWAY):
            self._wait(asked, outcome.removeprefix(AWAY))
        else:
            self.trouble = self.trouble or outcome

    def _wait(self, asked: _Asked, why: str) -> None:
        pauses = [self._patience.miss(need) for need in _needs(asked.piece)]
        if None in pauses:
            self.trouble = self.trouble or self._patience.explain(why)
        else:
            self._put_back(asked, pause_s=max(pause for pause in pauses if pause is not None))

    def _look_for_engines(self, piece: Slice, engines: Collection[str]) -> None:
        for engine in piece.engines:
            place = f"a place of {engine}"
            if engine in engines:
                self._patience.found(place)
            elif self._patience.miss(place) is None:
                what = f"No machine that is running has the engine {engine}."
                self.trouble = self.trouble or self._patience.explain(what)

    def _fail(self, asked: _Asked) -> None:
        ordinal = asked.piece.ordinal
        self._failures[ordinal] = self._failures.get(ordinal, 0) + 1
        if self._failures[ordinal] >= _MOST_FAILURES:
            self.trouble = self.trouble or "The job engine has lost a slice again and again. Convert again."
        self._put_back(asked)

    def _put_back(self, asked: _Asked, *, pause_s: float = 0.0) -> None:
        ordinal = asked.piece.ordinal
        self._not_before_s[ordinal] = self._clock_s() + pause_s
        del self._asked[ordinal]
        self._todo[ordinal] = asked.piece
        self._todo = dict(sorted(self._todo.items()))


def _needs(piece: Slice) -> Sequence[str]:
    return piece.engines or (_PLACE,)
