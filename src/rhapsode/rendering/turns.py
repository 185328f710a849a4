"""Who is next: a number of places that several owners share."""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class _Ticket:
    owner: str


class Turns:
    """Places that are taken in turn: whoever holds fewest is next, and among equals who has waited longest.

    So a book that fills all places lets a sentence by as soon as one is free, and two books get as many each.
    """

    def __init__(self, place_count: int) -> None:
        self._place_count = place_count
        self._held: Counter[str] = Counter()
        self._waiting: list[_Ticket] = []
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def take(self, owner: str) -> Iterator[None]:
        """Wait for a place, and hold it as long as the block lasts."""
        self._enter(_Ticket(owner))
        try:
            yield
        finally:
            self._leave(owner)

    def _enter(self, ticket: _Ticket) -> None:
        with self._changed:
            self._waiting.append(ticket)
            try:
                self._changed.wait_for(lambda: self._is_next(ticket))
                self._held[ticket.owner] += 1
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()

    def _is_next(self, ticket: _Ticket) -> bool:
        if self._held.total() >= self._place_count:
            return False
        return min(self._waiting, key=lambda waiting: self._held[waiting.owner]) is ticket

    def _leave(self, owner: str) -> None:
        with self._changed:
            self._held[owner] -= 1
            # An owner that has ended must not be remembered for ever.
            if not self._held[owner]:
                del self._held[owner]
            self._changed.notify_all()
