"""Keys that open nothing, counted for each address that shows them: who guesses is made to wait."""

import time

from rhapsode.access.rates import Rates, retry_after
from rhapsode.access.rule import party_of
from rhapsode.api.client_address import Address
from rhapsode.api.refusals import Refusal

_MESSAGE = "Too many keys that open nothing have come from this address. Wait, and send one that does."


class FailedKeys:
    """How many have come in the last minute. per_minute: that an address may show; None for any number."""

    def __init__(self, per_minute: int | None) -> None:
        self._per_minute = per_minute
        self._rates = Rates()

    def refuse(self, address: Address) -> Refusal | None:
        """Why no key of this address is looked up for a while."""
        if self._per_minute is None:
            return None
        wait_s = self._rates.wait_s(party_of(address), self._per_minute, time.monotonic())
        if not wait_s:
            return None
        return Refusal(429, "rate_limit_exceeded", _MESSAGE, {"retry-after": retry_after(wait_s)})

    def note(self, address: Address) -> None:
        """Count one more."""
        if self._per_minute is not None:
            self._rates.take(party_of(address), self._per_minute, time.monotonic())
