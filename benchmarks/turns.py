"""What the order of turns makes of waits, without the noise of processors: slices that sleep, on two real places.

A page, eight pages and a chapter come to books and chapters of others, in the order of `rendering.turns` and
in that of the ordinals of slices, which takes no notice of workspaces and of what is left. Waits are in slices.

    python -m benchmarks.turns
"""

import contextlib
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from rhapsode.rendering.turns import Turns

SLICE_S = 0.3
SLICE_CHARACTERS = 2_500
PLACES = 2
IN_HAND = 2 * PLACES
WORKSPACES = 5
Rest = tuple[int, int]
"""The ordinal of a slice, and how many slices its conversion has."""


@dataclass(frozen=True)
class Order:
    """How a slice of a conversion waits for its place: name, workspace, and where it is in its conversion."""

    name: str
    take: Callable[[str, str, Rest], contextlib.AbstractContextManager[None]]


def ours() -> Order:
    """As the pool does it."""
    turns = Turns(PLACES)

    def take(name: str, workspace: str, rest: Rest) -> contextlib.AbstractContextManager[None]:
        ordinal, count = rest
        return turns.take(
            name,
            party=workspace,
            character_count=SLICE_CHARACTERS,
            stretch=ordinal,
            cost_s=(count - ordinal) * SLICE_CHARACTERS / 1_000,
        )

    return Order("turns", take)


def by_ordinal() -> Order:
    """The first slices of all conversions first, then all second ones."""
    changed, waiting, held = threading.Condition(), list[tuple[int, float]](), list[int]()

    @contextlib.contextmanager
    def take(_name: str, _workspace: str, rest: Rest) -> Iterator[None]:
        ticket = rest[0], time.monotonic()
        with changed:
            waiting.append(ticket)
            changed.wait_for(lambda: len(held) < PLACES and min(waiting) == ticket)
            waiting.remove(ticket)
            held.append(ticket[0])
            changed.notify_all()
        try:
            yield
        finally:
            with changed:
                held.remove(ticket[0])
                changed.notify_all()

    return Order("ordinals", take)


class Bench:
    """Conversions in one order."""

    def __init__(self, order: Order, threads: ThreadPoolExecutor) -> None:
        self._order = order
        self._threads = threads
        self._over = threading.Event()

    def run(self) -> None:
        """Print what is waited for."""
        books = [self._begin("book 0", 0, 10_000), self._begin("book 1", 1, 10_000)]
        time.sleep(10.5 * SLICE_S)  # in the middle of two slices
        self._print("8 pages at once beside two books", self._together("page", range(8), 1))
        others = [self._begin(f"chapter {n}", n, 8) for n in range(7)]
        time.sleep(2.5 * SLICE_S)
        self._print("a page that comes to seven chapters too", [self._alone(n) for n in range(WORKSPACES)])
        for other in others:
            other()
        many = [self._begin(f"many {n}", 0, 8) for n in range(8)]
        self._print("a chapter beside eight of another workspace", self._together("lone", [3], 8))
        self._over.set()
        for conversion in (*many, *books):
            conversion()

    def _print(self, what: str, waits: Sequence[float]) -> None:
        print(
            f"{self._order.name:<10}{what:<46}median {statistics.median(waits):5.1f}  last {max(waits):5.1f}"
        )

    def _alone(self, workspace: int) -> float:
        return self._begin(f"alone {workspace}", workspace, 1)()

    def _together(self, name: str, workspaces: Sequence[int], count: int) -> list[float]:
        begun = [self._begin(f"{name} {n}", workspace, count) for n, workspace in enumerate(workspaces)]
        return [conversion() for conversion in begun]

    def _begin(self, name: str, workspace: int, count: int) -> Callable[[], float]:
        """Convert something; the result waits for the end, and is how many slices that took."""
        return self._threads.submit(self._convert, name, f"workspace {workspace % WORKSPACES}", count).result

    def _convert(self, name: str, workspace: str, count: int) -> float:
        begun_at_s = time.monotonic()
        ordinals = iter(range(count))
        lock = threading.Lock()

        def work() -> None:
            while not self._over.is_set():
                with lock:
                    ordinal = next(ordinals, None)
                if ordinal is None:
                    return
                with self._order.take(name, workspace, (ordinal, count)):
                    time.sleep(SLICE_S)

        for worker in [self._threads.submit(work) for _ in range(min(count, IN_HAND))]:
            worker.result()
        return (time.monotonic() - begun_at_s) / SLICE_S


def main() -> None:
    """Both orders, one after the other."""
    for order in (by_ordinal(), ours()):
        with ThreadPoolExecutor(200) as threads:
            Bench(order, threads).run()


if __name__ == "__main__":
    main()
