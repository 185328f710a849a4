"""Word that something of a conversion was committed, for those in this process who wait for it."""

import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator

from rhapsode.studio.ids import ConversionId


class News:
    """Who wants to hear of which conversion. Thread-safe.

    What another process commits isn't told here, so whoever waits looks for himself now and then.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hearers: defaultdict[ConversionId, list[Callable[[], None]]] = defaultdict(list)

    @contextlib.contextmanager
    def told(self, conversion_id: ConversionId, hear: Callable[[], None]) -> Iterator[None]:
        """Have `hear` called after each commit for as long as the block runs, in the thread that has committed."""
        with self._lock:
            self._hearers[conversion_id].append(hear)
        try:
            yield
        finally:
            with self._lock:
                self._hearers[conversion_id].remove(hear)
                if not self._hearers[conversion_id]:
                    del self._hearers[conversion_id]

    def tell(self, conversion_id: ConversionId) -> None:
        """Call those who want to hear of it."""
        with self._lock:
            hearers = [*self._hearers.get(conversion_id, ())]
        for hear in hearers:
            hear()
