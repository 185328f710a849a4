"""Numbers that go up, in any process: adding one costs a microsecond, and nothing has to be imported for it.

The client of Prometheus takes 0.1 s and 15 MB to import, which commands and each renderer would pay for; so only what
shows numbers (`telemetry.exposition`) knows it. What children have counted comes back with the results of their jobs.
"""

import contextlib
import threading
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Labels = tuple[str, ...]
"""Values of a metric's labels, in their order."""

Changes = dict[tuple[str, Labels], float]
"""By how much counters have gone up, by name and labels."""

_lock = threading.Lock()


@dataclass(slots=True, eq=False)
class Counter:
    """How often something has happened, or how much of it.

    name: as Prometheus has it, without `_total`.
    known: all values of its one label, where these are known. They are shown before anything has happened, because
      Prometheus sees no increase in a number that wasn't there before.
    """

    name: str
    meaning: str
    labels: Labels = ()
    known: Sequence[str] = ()
    values: dict[Labels, float] = field(default_factory=dict)

    def add(self, amount: float = 1, *labels: str) -> None:
        """Count so much more of it. labels: a value for each of the counter's labels, of a small number of values."""
        assert len(labels) == len(self.labels)
        with _lock:
            self.values[labels] = self.values.get(labels, 0) + amount


@dataclass(slots=True, eq=False)
class Gauge:
    """How much of something there is now, which is added and taken away."""

    name: str
    meaning: str
    value: int = 0

    @contextlib.contextmanager
    def one_more(self) -> Iterator[None]:
        """One more of it, as long as the block lasts."""
        self._add(1)
        try:
            yield
        finally:
            self._add(-1)

    def _add(self, amount: int) -> None:
        with _lock:
            self.value += amount


@dataclass(slots=True, eq=False)
class Histogram:
    """How large things were. bounds: the largest that each bucket but the last takes, rising."""

    name: str
    meaning: str
    bounds: Sequence[float]
    labels: Labels = ()
    counts: dict[Labels, list[int]] = field(default_factory=dict)
    sums: dict[Labels, float] = field(default_factory=dict)

    def observe(self, value: float, *labels: str) -> None:
        """Count a thing of this size."""
        assert len(labels) == len(self.labels)
        with _lock:
            counts = self.counts.setdefault(labels, [0] * (len(self.bounds) + 1))
            counts[bisect_left(self.bounds, value)] += 1
            self.sums[labels] = self.sums.get(labels, 0.0) + value


def take_changes(counters: Mapping[str, Counter]) -> Changes:
    """What counters, by their names, have gone up by in this process since it was last taken; they begin anew."""
    with _lock:
        changes = {
            (name, labels): amount
            for name, counter in counters.items()
            for labels, amount in counter.values.items()
        }
        for counter in counters.values():
            counter.values.clear()
    return changes


def add_changes(counters: Mapping[str, Counter], changes: Changes) -> None:
    """Count here what another process has counted."""
    for (name, labels), amount in changes.items():
        counters[name].add(amount, *labels)
