"""Who is let in, and whose workspace their requests are about."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from rhapsode.storage.api_keys import KeyOwner
from rhapsode.studio.ids import WorkspaceId


@dataclass(frozen=True, slots=True)
class AccessRule:
    """What a server asks about every request.

    find_owner: whose a key is, or None; it may touch the records, so it is called in a thread.
    open_workspace: set where no key is asked for, and then the workspace of every request. Only for a server that
      listens on loopback alone.
    command_token: what the program's own commands show, which only readers of the data directory know.
    metrics_open: whether everybody who reaches the server may read its numbers.
    """

    find_owner: Callable[[str], KeyOwner | None]
    open_workspace: WorkspaceId | None = None
    command_token: str | None = None
    metrics_open: bool = False


def is_loopback(host: str) -> bool:
    """Whether an address or a name is this machine's own, which no other can reach."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
