"""Who gets the next place."""

import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest
from tests.waiting import wait_until

from rhapsode.rendering.turns import Turns, Withdrawn

WAIT_S = 10


class Queue:
    """Threads that take places, and leave them when they are told to."""

    def __init__(self, place_count: int) -> None:
        self.entered: list[str] = []
        self._turns = Turns(place_count)
        self._leaving: dict[str, list[threading.Event]] = {}
        self._threads: list[threading.Thread] = []

    def hurry(self, owner: str, stretch: int) -> AbstractContextManager[None]:
        """Let a stretch of an owner be next."""
        return self._turns.hurry(owner, stretch)

    def come(
        self,
        owner: str,
        *,
        party: str | None = None,
        character_count: int = 0,
        stretch: int = 0,
        cost_s: float = 0.0,
    ) -> threading.Thread:
        """Ask for a place in a thread of its own, after all that asked before."""
        leaving = threading.Event()
        self._leaving.setdefault(owner, []).append(leaving)
        turn = self._turns.take(
            owner, party=party, character_count=character_count, stretch=stretch, cost_s=cost_s
        )
        thread = threading.Thread(target=self._hold, args=(owner, turn, leaving))
        self._threads.append(thread)
        thread.start()
        wait_until(lambda: self.waiting_count + len(self.entered) == len(self._threads))
        return thread

    def leave(self, owner: str) -> None:
        """Let the owner's first thread give up its place."""
        self._leaving[owner].pop(0).set()

    @property
    def waiting_count(self) -> int:
        """How many have no place yet."""
        return len(self._turns._waiting)

    def next_after(self, owner: str) -> str:
        """Who gets the place that an owner gives up."""
        count = len(self.entered)
        self.leave(owner)
        wait_until(lambda: len(self.entered) == count + 1)
        return self.entered[-1]

    def dismiss_parties(self) -> None:
        """Let all conversions go that wait."""
        self._turns.dismiss(of_parties_only=True)

    def _hold(self, owner: str, turn: AbstractContextManager[None], leaving: threading.Event) -> None:
        with contextlib.suppress(Withdrawn), turn:
            self.entered.append(owner)
            leaving.wait(WAIT_S)

    def end(self) -> None:
        """Let everybody go."""
        for events in self._leaving.values():
            for event in events:
                event.set()
        for thread in self._threads:
            thread.join()


@pytest.fixture
def queue() -> Iterator[Queue]:
    queue = Queue(2)
    yield queue
    queue.end()


def test_free_places_are_taken_at_once(queue: Queue) -> None:
    """By one owner too; who comes later waits."""
    for _ in range(3):
        queue.come("big")
    assert queue.entered == ["big", "big"]
    assert queue.waiting_count == 1


def test_who_holds_fewest_is_next(queue: Queue) -> None:
    """A small work comes before what a big one has had waiting for long."""
    for owner in ("big", "big", "big", "big", "small"):
        queue.come(owner)
    queue.leave("big")
    wait_until(lambda: len(queue.entered) == 3)
    assert queue.entered[-1] == "small"


def test_two_that_want_everything_share(queue: Queue) -> None:
    """Each gets half of the places."""
    for owner in ("one", "one", "one", "one", "two", "two"):
        queue.come(owner)
    for leaving, expected in (("one", "two"), ("two", "two"), ("one", "one")):
        queue.leave(leaving)
        count = len(queue.entered)
        wait_until(lambda: len(queue.entered) == count + 1)  # noqa: B023
        assert queue.entered[-1] == expected


def test_what_somebody_listens_for_is_first(queue: Queue) -> None:
    """Before those who hold nothing, whether it came before or after the listener; afterwards it is as all others."""
    for owner in ("book", "book", "small"):
        queue.come(owner)
    queue.come("book", stretch=7)
    with queue.hurry("book", 7):
        queue.leave("book")
        wait_until(lambda: queue.entered.count("book") == 3)
        queue.come("book", stretch=7)
    queue.leave("book")
    wait_until(lambda: len(queue.entered) == 4)
    assert queue.entered[-1] == "small"


def test_among_equals_who_waited_longest_is_next(queue: Queue) -> None:
    """And nobody is forgotten."""
    for owner in ("a", "b", "c", "d", "e"):
        queue.come(owner)
    queue.leave("b")
    wait_until(lambda: len(queue.entered) == 3)
    queue.leave("c")
    wait_until(lambda: len(queue.entered) == 4)
    assert queue.entered == ["a", "b", "c", "d"]


def test_a_short_work_goes_before_long_ones(queue: Queue) -> None:
    """Also when they asked before it."""
    for owner in ("a", "b"):
        queue.come(owner)
    for owner, cost_s in (("long", 20), ("longer", 30), ("short", 0.1)):
        queue.come(owner, cost_s=cost_s)
    for leaving, expected in (("a", "short"), ("b", "long"), ("long", "longer")):
        queue.leave(leaving)
        wait_until(lambda: queue.entered[-1] == expected)  # noqa: B023


def test_a_long_work_is_not_put_off_for_ever(queue: Queue) -> None:
    """What comes when it could have been done comes after it, however short."""
    for owner in ("a", "b"):
        queue.come(owner)
    queue.come("long", cost_s=0.1)
    time.sleep(0.12)
    queue.come("short", cost_s=0.001)
    queue.leave("a")
    wait_until(lambda: len(queue.entered) == 3)
    assert queue.entered[-1] == "long"


def test_of_a_long_work_that_holds_nothing_something_is_done(queue: Queue) -> None:
    """However many short ones come: one place of eight is for who has waited longest."""
    for owner in ("page 0", "page 1"):
        queue.come(owner)
    queue.come("book", cost_s=1_000)
    for number in range(2, 12):
        queue.come(f"page {number}", cost_s=0.1)
    followers = [queue.next_after(f"page {number}") for number in range(6)]
    assert followers == [*(f"page {number}" for number in range(2, 7)), "book"]
    assert queue.next_after("book") == "page 7"


def test_a_party_with_many_works_has_no_more_than_one_with_a_single_one(queue: Queue) -> None:
    """Who is ahead by more than some pages waits, also with what is short."""
    for owner in ("other", "many 0"):
        queue.come(owner, party="greedy", character_count=12_000)
    queue.come("book", party="modest", cost_s=1_000)
    for owner in ("many 1", "many 2", "many 3"):
        queue.come(owner, party="greedy", character_count=12_000, cost_s=0.1)
    followers = [queue.next_after(f"many {number}") for number in range(3)]
    assert followers == ["many 1", "many 2", "book"]
    assert queue.next_after("book") == "many 3"


def test_a_long_work_leaves_some_of_the_lead_to_short_ones(queue: Queue) -> None:
    """So a page beside a book of the same party need not wait until others have had as much."""
    for owner in ("text", "book"):
        queue.come(owner, party="reader", character_count=2_000)
    queue.come("other", party="other", cost_s=1_000)
    queue.come("book 1", party="reader", character_count=6_000, cost_s=100)
    assert queue.next_after("text") == "book 1"
    queue.come("book 2", party="reader", character_count=6_000, cost_s=100)
    queue.come("page", party="reader", character_count=2_000, cost_s=2)
    assert queue.next_after("book") == "page"
    assert queue.next_after("page") == "other"


def test_what_counts_for_nobody_is_ahead_of_nobody(queue: Queue) -> None:
    """A single text waits for no party's share, and no party for a single text's."""
    for owner in ("many 0", "many 1"):
        queue.come(owner, party="greedy")
    queue.come("book", party="greedy", cost_s=1_000)
    queue.come("text", cost_s=0.1)
    assert queue.next_after("many 0") == "text"
    assert queue.next_after("text") == "book"


def test_conversions_can_be_dismissed_alone(queue: Queue) -> None:
    """Single texts go on waiting for their turn."""
    for owner in ("a", "b", "text"):
        queue.come(owner)
    dismissed = queue.come("book", party="greedy")
    queue.dismiss_parties()
    dismissed.join(WAIT_S)
    assert not dismissed.is_alive()
    assert queue.next_after("a") == "text"


def test_who_is_not_wanted_any_more_leaves_the_queue() -> None:
    """Without a place, and those behind it have theirs as soon as one is free."""
    turns, wanted = Turns(1), threading.Event()
    wanted.set()
    raised: list[type[BaseException]] = []

    def wait() -> None:
        try:
            with turns.take("left", is_wanted=wanted.is_set):
                raise AssertionError
        except Withdrawn as error:
            raised.append(type(error))

    thread = threading.Thread(target=wait)
    with turns.take("here"):
        thread.start()
        wait_until(lambda: len(turns._waiting) == 1)
        wanted.clear()
        thread.join(WAIT_S)
    assert raised == [Withdrawn]
    with turns.take("next"):
        pass


def test_a_free_place_is_not_for_who_is_not_wanted() -> None:
    """It is free again at once."""
    turns = Turns(1)
    with pytest.raises(Withdrawn), turns.take("left", is_wanted=lambda: False):
        raise AssertionError
    with turns.take("next"):
        pass


def test_a_place_is_given_back_after_an_error() -> None:
    """Whatever happens to who held it."""
    turns = Turns(1)
    with pytest.raises(ValueError, match="a slip"), turns.take("one"):
        raise ValueError("a slip")
    with turns.take("two"):
        pass
