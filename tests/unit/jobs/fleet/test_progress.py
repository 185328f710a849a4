"""How the slices of a conversion are asked for, and what becomes of them."""

from dataclasses import replace

from rhapsode.jobs.conversions import Slice
from rhapsode.jobs.fleet.progress import AWAY, Observation, SliceProgress
from rhapsode.jobs.fleet.works import Work
from rhapsode.jobs.guard import DONE, STOPPED

SLICES = [Slice(n, 0, ("tone",), 100) for n in range(20)]


class Bench:
    """Slices of a conversion, and the works of its fleet."""

    def __init__(self, slices: list[Slice] = SLICES) -> None:
        self.now_s = 0.0
        self.slices = slices
        self.progress = SliceProgress("w", "c", slices, patience_s=60, clock_s=lambda: self.now_s)
        self.works: dict[str, Work] = {}
        self.look = 0

    def ask(self) -> list[int]:
        """The slices that are asked for now."""
        works = self.progress.next_works()
        self.progress.note_put(works, self.look)
        self.works |= {work.work_id: replace(work, queue=work.home) for work in works}
        return [work.ordinal for work in works]

    def take(self, *ordinals: int) -> None:
        """Let a member have slices."""
        self._change(ordinals, queue="members/1/x", status="PENDING")

    def end(self, *ordinals: int, outcome: str | None = DONE) -> None:
        """Let slices end."""
        self._change(ordinals, status="SUCCESS" if outcome else "ERROR", outcome=outcome)

    def observe(self, engines: tuple[str, ...] = ("tone",)) -> list[int]:
        """Look. Returns: the slices whose works are of no use any more."""
        self.look += 1
        ended = self.progress.observe(Observation(self.look, self.works, engines))
        for work in ended:
            del self.works[work.work_id]
        return [work.ordinal for work in ended]

    def _change(self, ordinals: tuple[int, ...], **changes: object) -> None:
        for work in list(self.works.values()):
            if work.ordinal in ordinals:
                self.works[work.work_id] = replace(work, **changes)  # type: ignore[arg-type]


def test_as_many_are_asked_for_as_members_take() -> None:
    """A few wait always, so any number of members finds work, and no conversion fills the queue."""
    bench = Bench()
    assert bench.ask() == [0, 1, 2, 3]
    assert bench.ask() == []
    bench.take(0, 1, 2)
    bench.observe()
    assert bench.ask() == [4, 5, 6, 7, 8, 9]


def test_what_is_done_is_not_asked_for_again() -> None:
    """All slices are done when each has ended well."""
    bench = Bench(SLICES[:2])
    bench.ask()
    bench.end(0, 1)
    assert bench.observe() == [0, 1]
    assert bench.progress.is_done(SLICES[:2])
    assert bench.ask() == []


def test_what_was_let_go_is_asked_for_again() -> None:
    """By a member that has stopped, by somebody who took it for theirs, or by the job engine."""
    bench = Bench(SLICES[:3])
    bench.ask()
    bench.end(0, outcome=STOPPED)
    bench.end(1, outcome=None)
    lost = next(work_id for work_id, work in bench.works.items() if work.ordinal == 2)
    del bench.works[lost]
    bench.observe()
    assert bench.ask() == [0, 1, 2]
    assert all(work_id.endswith("/1") for work_id in bench.works)


def test_a_look_that_began_before_says_nothing_of_a_work() -> None:
    """It may have been asked for in the middle of it, and to ask may take several looks."""
    bench = Bench(SLICES[:1])
    works = bench.progress.next_works()
    bench.observe()
    bench.observe()
    bench.progress.note_put(works, 3)
    bench.observe()
    assert bench.ask() == []
    bench.observe()
    assert bench.ask() == [0]


def test_an_engine_that_is_away_is_waited_for() -> None:
    """With pauses that grow, until patience ends; counted anew when it has spoken."""
    bench = Bench(SLICES[:2])
    assert bench.ask() == [0, 1]
    bench.end(0, outcome=f"{AWAY}The server is away.")
    bench.observe()
    assert bench.ask() == []
    bench.now_s = 50.0
    bench.end(1)
    assert bench.ask() == [0]
    bench.observe()
    bench.end(0, outcome=f"{AWAY}The server is away.")
    bench.observe()
    assert bench.progress.trouble is None
    bench.now_s = 100.0
    assert bench.ask() == [0]
    bench.now_s = 111.0
    bench.end(0, outcome=f"{AWAY}The server is away.")
    bench.observe()
    assert bench.progress.trouble == (
        "The server is away. It was waited for 60 s. What is finished is kept; convert again when that is mended."
    )


def test_room_and_store_are_waited_for_as_engines_are() -> None:
    """Also for slices that are only encoded."""
    bench = Bench([Slice(0, 0, (), 0)])
    for now_s in (0.0, 1.0, 59.0):
        bench.now_s = now_s
        assert bench.ask() == [0]
        bench.end(0, outcome=f"{AWAY}There is no space left.")
        bench.observe()
        assert bench.progress.trouble is None
    bench.now_s = 60.0
    assert bench.ask() == [0]
    bench.end(0, outcome=f"{AWAY}There is no space left.")
    bench.observe()
    assert str(bench.progress.trouble).startswith("There is no space left. It was waited for 60 s.")


def test_an_engine_that_no_member_has_is_waited_for() -> None:
    """A member that comes in between is enough."""
    bench = Bench(SLICES[:1])
    bench.ask()
    for now_s, engines in ((0.0, ()), (50.0, ()), (55.0, ("tone",)), (65.0, ()), (120.0, ())):
        bench.now_s = now_s
        bench.observe(engines)
        assert bench.progress.trouble is None
    bench.now_s = 126.0
    bench.observe(())
    assert str(bench.progress.trouble).startswith("No machine that is running has the engine tone.")


def test_another_error_is_the_conversions() -> None:
    """The first that is heard of."""
    bench = Bench()
    bench.ask()
    bench.end(2, outcome="The engine died.")
    bench.observe()
    assert bench.progress.trouble == "The engine died."


def test_who_takes_over_goes_on_with_what_is_in_hand() -> None:
    """And asks again for what has ended without being made."""
    before = Bench()
    before.ask()
    before.take(0)
    before.end(1, outcome=STOPPED)
    after = Bench()
    after.works = before.works
    ended = after.progress.adopt(Observation(1, after.works, ("tone",)))
    assert [work.ordinal for work in ended] == [1]
    assert after.ask() == [1]
    assert "c/1/1" in after.works
