"""Who is making what: so that nothing is made twice when somebody listens to what is being converted anyway."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from rhapsode.studio.ids import ConversionId


@dataclass(slots=True)
class _Claim:
    lock: threading.Lock = field(default_factory=threading.Lock)
    holder_count: int = 0


class Claims:
    """Slices of conversions, each held by one thread of this process at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._claims: dict[tuple[ConversionId, int], _Claim] = {}

    @contextlib.contextmanager
    def hold(self, conversion_id: ConversionId, ordinal: int) -> Iterator[None]:
        """Wait until nobody else holds a slice, and hold it: whoever has waited asks again what is missing."""
        name = conversion_id, ordinal
        with self._lock:
            claim = self._claims.setdefault(name, _Claim())
            claim.holder_count += 1
        try:
            with claim.lock:
                yield
        finally:
            with self._lock:
                claim.holder_count -= 1
                if not claim.holder_count:
                    del self._claims[name]
