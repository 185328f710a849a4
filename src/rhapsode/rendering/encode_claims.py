"""Who encodes what: so that exports that want the same segments at the same time have each made once."""

import threading
from collections.abc import Collection, Iterable


class EncodeClaims:
    """Keys of segments that somebody in this process is making. Thread-safe."""

    def __init__(self) -> None:
        self._held: set[bytes] = set()
        self._changed = threading.Condition()

    def take(self, keys: Iterable[bytes]) -> set[bytes]:
        """Those of the keys that nobody held, and that the caller does now."""
        with self._changed:
            taken = set(keys) - self._held
            self._held |= taken
            return taken

    def release(self, keys: Collection[bytes]) -> None:
        """The caller is done with them, whether they exist now or not."""
        with self._changed:
            self._held -= set(keys)
            self._changed.notify_all()

    def wait(self, keys: Collection[bytes]) -> None:
        """Until nobody holds any of the keys."""
        with self._changed:
            self._changed.wait_for(lambda: self._held.isdisjoint(keys))
