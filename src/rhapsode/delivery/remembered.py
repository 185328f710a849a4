"""What was looked up lately is remembered for a while: players seek, and what was cut is asked for again."""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from cachetools import TTLCache

from rhapsode.storage.records import Records
from rhapsode.studio.ids import WorkspaceId

REMEMBERED_S = 60
"""A pack that nothing refers to any more stays for a day."""

K = TypeVar("K", bound=str)
V = TypeVar("V")


class Remembered(Generic[V]):
    """Things by their names, those of each installation and workspace by themselves, for any number of threads.

    weigh: how much of the limit a thing takes; what takes more than all of it isn't remembered.
    for_s: for how long.
    """

    def __init__(self, limit: int, weigh: Callable[[V], int], *, for_s: float = REMEMBERED_S) -> None:
        self._limit = limit
        self._weigh = weigh
        self._for_s = for_s
        self._lock = threading.Lock()
        self._of: WeakKeyDictionary[Records, TTLCache[tuple[WorkspaceId, str], V]] = WeakKeyDictionary()

    def find(self, records: Records, workspace_id: WorkspaceId, names: Iterable[K]) -> dict[K, V]:
        """Those that are remembered."""
        with self._lock:
            known = self._of.get(records)
            if known is None:
                return {}
            return {name: known[workspace_id, name] for name in names if (workspace_id, name) in known}

    def keep(self, records: Records, workspace_id: WorkspaceId, new: Mapping[K, V]) -> None:
        """Remember more."""
        with self._lock:
            known = self._of.get(records)
            if known is None:
                known = self._of[records] = TTLCache(self._limit, self._for_s, getsizeof=self._weigh)
            for name, thing in new.items():
                if self._weigh(thing) <= self._limit:
                    known[workspace_id, name] = thing

    def forget(self, records: Records) -> None:
        """Let go of everything: what was damaged may have been made again, and lies elsewhere."""
        with self._lock:
            self._of.pop(records, None)
