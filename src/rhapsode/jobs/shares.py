"""What each of several parties has had of something they share, so that none gets far ahead of the others."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(slots=True)
class _Account:
    """How much a party has had, and how many of its wishes are unfulfilled or being fulfilled."""

    had: int
    present: int = 0


class Shares:
    """Accounts of the parties that want something, in any unit. Not thread-safe.

    Whoever comes is taken to have had as much as that one of those present who has had least: nobody saves up while
    they want nothing, and nobody pays for what they had while nobody else wanted it.
    """

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}

    def come(self, party: str) -> None:
        """A party wants something more."""
        least = self._least()
        account = self._accounts.setdefault(party, _Account(least))
        if not account.present:
            account.had = max(account.had, least)
        account.present += 1

    def take(self, party: str, amount: int) -> None:
        """It has begun to have it."""
        self._accounts[party].had += amount

    def go(self, party: str) -> None:
        """It has had what it wanted, or wants it no longer."""
        self._accounts[party].present -= 1
        if not any(account.present for account in self._accounts.values()):
            self._accounts.clear()
        least = self._least()
        for name, account in list(self._accounts.items()):
            # Whoever is gone and has had no more than those who are here would come again as a stranger does.
            if not account.present and account.had <= least:
                del self._accounts[name]

    def leads(self, parties: Iterable[str]) -> dict[str, int]:
        """How much more each of the parties has had than the one of them that has had least."""
        had = {party: self._accounts[party].had for party in parties}
        least = min(had.values(), default=0)
        return {party: amount - least for party, amount in had.items()}

    def _least(self) -> int:
        return min((account.had for account in self._accounts.values() if account.present), default=0)
