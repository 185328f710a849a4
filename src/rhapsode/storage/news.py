"""Word that something was committed, for those in this process who wait for it."""

import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K")


class News(Generic[K]):
    """Who wants to hear of what. Thread-safe.

    What another process commits isn't told here, so whoever waits looks for himself now and then.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hearers: defaultdict[K, list[Callable[[], None]]] = defaultdict(list)

    @contextlib.contextmanager
    def told(self, of: K, hear: Callable[[], None]) -> Iterator[None]:
        """Have `hear` called after each commit for as long as the block runs, in the thread that has committed."""
        with self._lock:
            self._hearers[of].append(hear)
        try:
            yield
        finally:
            with self._lock:
                self._hearers[of].remove(hear)
                if not self._hearers[of]:
                    del self._hearers[of]

    def tell(self, of: K) -> None:
        """Call those who want to hear of it."""
        with self._lock:
            hearers = [*self._hearers.get(of, ())]
        for hear in hearers:
            hear()
