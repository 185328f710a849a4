"""Whether something that should go on does."""

import math


class Pace:
    """Looks at a count now and then: whether it stands still for too long, or grows too slowly.

    silence_s: elapsed seconds that it may stand still.
    window_s, least: how much it has to grow in each stretch of so many seconds.
    """

    def __init__(self, silence_s: float, *, window_s: float = math.inf, least: int = 0) -> None:
        self._silence_s = silence_s
        self._window_s = window_s
        self._least = least
        self._changed: tuple[float, int] | None = None
        self._began: tuple[float, int] = (0.0, 0)

    def rest(self) -> None:
        """Nothing has to go on now; the next look is the first one again."""
        self._changed = None

    def is_lost(self, now_s: float, count: int) -> bool:
        """Look, and say whether it has stood still or crept for too long. now_s: of a clock that never goes back."""
        if self._changed is None:
            self._changed = self._began = (now_s, count)
            return False
        if count != self._changed[1]:
            self._changed = (now_s, count)
        return now_s - self._changed[0] >= self._silence_s or self._crept(now_s, count)

    def _crept(self, now_s: float, count: int) -> bool:
        began_s, began_count = self._began
        if now_s - began_s < self._window_s:
            return False
        self._began = (now_s, count)
        return count - began_count < self._least
