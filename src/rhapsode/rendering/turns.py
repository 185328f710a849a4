"""Who is next: a number of places that several owners share."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from rhapsode.jobs.shares import Shares

IsWanted = Callable[[], bool]
"""Says whether somebody still waits for what a place is wanted for. Called from any thread, twice a second."""

_LOOK_S = 0.5

_LEAD_CHARACTERS = 20_000
"""So much more than others a party may have had: ten pages, which are then done one by one."""

_LONG_S = 5.0
"""Works that take longer leave most of the lead to shorter ones of their party, which so wait for nobody's share."""

_OLDEST_EVERY = 8
"""One of so many places is for whoever has waited longest, so that short works can't put off a long one for ever."""


def always() -> bool:
    """Of what is wanted whoever waits for it."""
    return True


@dataclass(frozen=True, slots=True)
class Load:
    """How many wait for a place, and how many have one."""

    waiting: int
    running: int


class Withdrawn(Exception):
    """A place isn't taken, or what has it isn't done again, because nobody waits for it any more."""


@dataclass(slots=True, eq=False)
class _Ticket:
    owner: str
    party: str | None
    character_count: int
    stretch: int
    asked_at_s: float
    due_s: float
    has_place: bool = False
    answered: threading.Event = field(default_factory=threading.Event)


def _lead_of(ticket: _Ticket) -> int:
    is_long = ticket.due_s - ticket.asked_at_s > _LONG_S
    return _LEAD_CHARACTERS // 4 if is_long else _LEAD_CHARACTERS


class Turns:
    """Places that are taken in turn: whoever holds fewest is next, and among equals who would be done first.

    So a book that fills all places lets a sentence or a page by as soon as one is free, and two books get as many.
    A long work lets those short ones by that come while it could have been done, and one place of eight is for who
    has waited longest, so a book goes on beside however many pages. Parties, which ask for many owners each, have
    equally many characters spoken: who is ahead waits, whatever they want. Before all of them come stretches that
    somebody listens for. (docs/decisions/0033)
    """

    def __init__(self, place_count: int) -> None:
        self._place_count = place_count
        self._held: Counter[str] = Counter()
        self._waiting: list[_Ticket] = []
        self._listened: Counter[tuple[str, int]] = Counter()
        self._shares = Shares()
        self._given_count = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def take(
        self,
        owner: str,
        *,
        party: str | None = None,
        character_count: int = 0,
        stretch: int = 0,
        cost_s: float = 0.0,
        is_wanted: IsWanted = always,
    ) -> Iterator[None]:
        """Wait for a place, and hold it as long as the block lasts.

        party: who shares the places with others equally; None for what counts for nobody.
        character_count: what it counts for the party.
        stretch: which one of all that its owner wants a place for.
        cost_s: about how long the owner will hold places until what is waited for is done.
        Raises: Withdrawn, when it isn't wanted any more or was dismissed.
        """
        now_s = time.monotonic()
        ticket = _Ticket(owner, party, character_count, stretch, now_s, now_s + cost_s)
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

    def load(self) -> Load:
        """How it is now."""
        with self._lock:
            return Load(len(self._waiting), self._held.total())

    def dismiss(self, *, of_parties_only: bool = False) -> None:
        """Let all who wait now, or those of parties, wait no longer, without a place."""
        with self._lock:
            dismissed = [t for t in self._waiting if t.party is not None or not of_parties_only]
            for ticket in dismissed:
                self._waiting.remove(ticket)
                ticket.answered.set()

    def _enter(self, ticket: _Ticket, is_wanted: IsWanted) -> None:
        with self._lock:
            self._waiting.append(ticket)
            if ticket.party is not None:
                self._shares.come(ticket.party)
            self._fill_places()
        look_s = None if is_wanted is always else _LOOK_S
        try:
            while not ticket.answered.wait(look_s) and is_wanted():
                pass
            if not ticket.has_place or not is_wanted():
                raise Withdrawn
        except BaseException:
            self._leave(ticket)
            raise

    def _fill_places(self) -> None:
        while self._waiting and self._held.total() < self._place_count:
            ticket = self._next()
            self._waiting.remove(ticket)
            self._held[ticket.owner] += 1
            self._given_count += 1
            if ticket.party is not None:
                self._shares.take(ticket.party, ticket.character_count)
            ticket.has_place = True
            ticket.answered.set()

    def _next(self) -> _Ticket:
        listened = [ticket for ticket in self._waiting if (ticket.owner, ticket.stretch) in self._listened]
        if listened:
            return min(listened, key=self._by_shortness)
        is_for_oldest = (self._given_count + 1) % _OLDEST_EVERY == 0
        return min(self._list_not_ahead(), key=self._by_age if is_for_oldest else self._by_shortness)

    def _list_not_ahead(self) -> list[_Ticket]:
        leads = self._shares.leads({t.party for t in self._waiting if t.party is not None})
        return [t for t in self._waiting if t.party is None or leads[t.party] <= _lead_of(t)]

    def _by_shortness(self, ticket: _Ticket) -> tuple[int, float]:
        return self._held[ticket.owner], ticket.due_s

    def _by_age(self, ticket: _Ticket) -> tuple[int, float]:
        return self._held[ticket.owner], ticket.asked_at_s

    def _leave(self, ticket: _Ticket) -> None:
        with self._lock:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            if ticket.has_place:
                self._held[ticket.owner] -= 1
            if ticket.party is not None:
                self._shares.go(ticket.party)
            # An owner that has ended must not be remembered for ever.
            if not self._held[ticket.owner]:
                del self._held[ticket.owner]
            self._fill_places()
