"""How long conversions wait for what is away, and when they ask again."""

from collections.abc import Callable

_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 60.0


class Patience:
    """Since when each thing is missing, counted anew when it was there. Not thread-safe.

    limit_s: how long one may be missing until the conversion fails.
    """

    def __init__(self, limit_s: float, clock_s: Callable[[], float]) -> None:
        self._limit_s = limit_s
        self._clock_s = clock_s
        self._since_s: dict[str, float] = {}

    def miss(self, name: str) -> float | None:
        """Note that something is missing. Returns: when to try again, in seconds; None at the end of patience.

        Half as long again as it has been away, so that it is missed for no more than that when it is back.
        """
        now_s = self._clock_s()
        gone_s = now_s - self._since_s.setdefault(name, now_s)
        if gone_s >= self._limit_s:
            return None
        return min(max(gone_s / 2, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S, self._limit_s - gone_s)

    def found(self, name: str) -> None:
        """It is there."""
        self._since_s.pop(name, None)

    def explain(self, what: str) -> str:
        """Why a conversion fails. what: the sentence that says what is missing."""
        duration = f"{self._limit_s / 60:.0f} minutes" if self._limit_s >= 120 else f"{self._limit_s:g} s"
        advice = "What is finished is kept; convert again when that is mended."
        return f"{what} It was waited for {duration}. {advice}"
