"""Who is next: a number of places that several owners share."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

IsWanted = Callable[[], bool]
"""Says whether somebody still waits for what a place is wanted for. Called from any thread, twice a second."""

_LOOK_S = 0.5


def always() -> bool:
    """Of what is wanted whoever waits for it."""
    return True


class Withdrawn(Exception):
    """A place isn't taken, or what has it isn't done again, because nobody waits for it any more."""


@dataclass(slots=True, eq=False)
class _Ticket:
    owner: str
    stretch: int
    due_s: float
    has_place: bool = False
    answered: threading.Event = field(default_factory=threading.Event)


class Turns:
    """Places that are taken in turn: whoever holds fewest is next, and among equals who would be done first.

    So a book that fills all places lets a sentence by as soon as one is free, and two books get as many each. A long
    text lets those short ones by that come while it could have been done, and no others: nobody waits for ever.
    Before all of them come stretches that somebody listens for.
    """

    def __init__(self, place_count: int) -> None:
        self._place_count = place_count
        self._held: Counter[str] = Counter()
        self._waiting: list[_Ticket] = []
        self._listened: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def take(
        self, owner: str, *, stretch: int = 0, cost_s: float = 0.0, is_wanted: IsWanted = always
    ) -> Iterator[None]:
        """Wait for a place, and hold it as long as the block lasts.

        stretch: which one of all that its owner wants a place for.
        cost_s: about how long it will be held; 0 where nobody waits for the end, as with a stretch of a book.
        Raises: Withdrawn, when it isn't wanted any more or was dismissed.
        """
        ticket = _Ticket(owner, stretch, time.monotonic() + cost_s)
        self._enter(ticket, is_wanted)
        try:
            yield
        finally:
            self._leave(ticket)

    @contextlib.contextmanager
    def hurry(self, owner: str, stretch: int) -> Iterator[None]:
        """Let a stretch of an owner be next as long as the block lasts, also where it waits already."""
        with self._lock:
            self._listened[owner, stretch] += 1
        try:
            yield
        finally:
            with self._lock:
                self._listened[owner, stretch] -= 1
                if not self._listened[owner, stretch]:
                    del self._listened[owner, stretch]

    def dismiss(self) -> None:
        """Let all who wait now wait no longer, without a place."""
        with self._lock:
            for ticket in self._waiting:
                ticket.answered.set()
            self._waiting.clear()

    def _enter(self, ticket: _Ticket, is_wanted: IsWanted) -> None:
        with self._lock:
            self._waiting.append(ticket)
            self._fill_places()
        try:
            while not ticket.answered.wait(_LOOK_S) and is_wanted():
                pass
            if not ticket.has_place or not is_wanted():
                raise Withdrawn
        except BaseException:
            self._leave(ticket)
            raise

    def _fill_places(self) -> None:
        while self._waiting and self._held.total() < self._place_count:
            ticket = min(self._waiting, key=self._place_in_line)
            self._waiting.remove(ticket)
            self._held[ticket.owner] += 1
            ticket.has_place = True
            ticket.answered.set()

    def _place_in_line(self, ticket: _Ticket) -> tuple[bool, int, float]:
        is_listened = (ticket.owner, ticket.stretch) in self._listened
        return not is_listened, self._held[ticket.owner], ticket.due_s

    def _leave(self, ticket: _Ticket) -> None:
        with self._lock:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            if ticket.has_place:
                self._held[ticket.owner] -= 1
            # An owner that has ended must not be remembered for ever.
            if not self._held[ticket.owner]:
                del self._held[ticket.owner]
            self._fill_places()
