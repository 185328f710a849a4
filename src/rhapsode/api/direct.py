"""What a server may offer a response: to have bytes sent at once, past all that would copy them."""

from collections.abc import Sequence
from typing import Protocol, cast

from starlette.types import Scope

EXTENSION = "rhapsode.direct"
"""Its name in the extensions of a request's scope."""


class ClientGone(Exception):
    """Nobody is there any more to be sent anything."""


class DirectWriter(Protocol):
    """Writes to the client of one request, between its head and its end, as part of a body of known length."""

    async def write(self, parts: Sequence[bytes | memoryview]) -> bool:
        """Send all of it, waiting for the client; False at once where that isn't possible now, and nothing was sent.

        parts: need to be good no longer than until this waits.    Raises: ClientGone.
        """

    def close(self) -> None:
        """Let go of the connection, which stays open."""


def find_writer(scope: Scope) -> DirectWriter | None:
    """The writer of a request; None where its server has none."""
    return cast("DirectWriter | None", scope.get("extensions", {}).get(EXTENSION))
