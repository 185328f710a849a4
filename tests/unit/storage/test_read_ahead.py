"""Reads over a network are under way together, in order, and never more than a reader has room for."""

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from rhapsode.storage.blobs import Stretch
from rhapsode.storage.read_ahead import AHEAD_BYTES, AHEAD_READS, in_order


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(32) as threads:
        yield threads


def test_reads_are_under_way_together(executor: ThreadPoolExecutor) -> None:
    """So many reads as there is room for wait for each other, which one by one they would do for ever."""
    together = threading.Barrier(AHEAD_READS, timeout=10)

    def read(stretch: Stretch) -> bytes:
        together.wait()
        return bytes([stretch.offset])

    stretches = [Stretch("k", i, 1) for i in range(4 * AHEAD_READS)]
    # The window slides: the barrier is passed in rounds, each of which needs all places of the window.
    first = list(itertools.islice(in_order(executor, read, stretches[:AHEAD_READS]), AHEAD_READS))
    assert first == [bytes([i]) for i in range(AHEAD_READS)]


def test_no_more_is_held_than_there_is_room_for(executor: ThreadPoolExecutor) -> None:
    """However large stretches are, those that are read and not yet used are a few MiB together, or one."""
    size_bytes = AHEAD_BYTES // 4
    begun: list[int] = []
    lock = threading.Lock()

    def read(stretch: Stretch) -> bytes:
        with lock:
            begun.append(stretch.offset)
        return b"x"

    for used, _ in enumerate(in_order(executor, read, (Stretch("k", i, size_bytes) for i in range(40)))):
        with lock:
            assert len(begun) <= used + 4
    assert sorted(begun) == list(range(40))
    large = [Stretch("k", i, 3 * AHEAD_BYTES) for i in range(3)]
    assert list(in_order(executor, read, large)) == [b"x"] * 3


def test_nothing_is_read_for_a_reader_that_has_left(executor: ThreadPoolExecutor) -> None:
    """What waits for a thread when the reader leaves is never read."""
    goes_on = threading.Event()
    begun: list[int] = []

    def read(stretch: Stretch) -> bytes:
        begun.append(stretch.offset)
        if stretch.offset:
            goes_on.wait(10)
        return b"x"

    with ThreadPoolExecutor(1) as single:
        reading = in_order(single, read, (Stretch("k", i, 1) for i in range(100)))
        next(reading)
        reading.close()  # type: ignore[attr-defined]
        goes_on.set()
    assert len(begun) <= 2


def test_no_stretches_are_no_bytes(executor: ThreadPoolExecutor) -> None:
    """A reader of nothing gets nothing."""
    assert list(in_order(executor, lambda stretch: b"", [])) == []
