"""Who is let in, and whose workspace their requests are about."""

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

from rhapsode.access.sign_ins import SignIns
from rhapsode.storage.api_keys import KeyOwner
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.limits import FAILED_KEYS_PER_MINUTE, MAX_RUNNING_REQUESTS

_IPV6_NETWORK_BITS = 64


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """How much may be asked of a server.

    requests_per_minute, concurrent_requests: of each key that has no terms of its own; None for any number.
    max_running_requests: how many that ask for something may run or wait at once, whoever has sent them.
    failed_keys_per_minute: keys that open nothing which an address may show; None for any number.
    """

    requests_per_minute: int | None = None
    concurrent_requests: int | None = None
    max_running_requests: int = MAX_RUNNING_REQUESTS
    failed_keys_per_minute: int | None = FAILED_KEYS_PER_MINUTE


USUAL_LIMITS = RequestLimits()


@dataclass(frozen=True, slots=True)
class AccessRule:
    """What a server asks about every request.

    find_owner: whose a key is, or None; it may touch the records, so it is called in a thread.
    open_workspace: set where no key is asked for, and then the workspace of every request. Only for a server that
      listens on loopback alone.
    limits: how often, and how much at once.
    command_token: what the program's own commands show, which only readers of the data directory know.
    metrics_open: whether everybody who reaches the server may read its numbers.
    sign_ins: who browsers are signed in as; None where keys alone open anything.
    trusted_proxies: whose word is taken for whose address a request has.
    trust_remote_user: whether it is taken for who has sent it, too.
    """

    find_owner: Callable[[str], KeyOwner | None]
    open_workspace: WorkspaceId | None = None
    command_token: str | None = None
    metrics_open: bool = False
    limits: RequestLimits = USUAL_LIMITS
    sign_ins: SignIns | None = None
    trusted_proxies: Sequence[IPv4Network | IPv6Network] = ()
    trust_remote_user: bool = False


def unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An address as it is known: a socket of both families tells those of IPv4 as `::ffff:192.0.2.7`."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def party_of(address: IPv4Address | IPv6Address) -> str:
    """Whose requests are counted together with those of an address: of IPv6, all that one customer has."""
    known = unmapped(address)
    if isinstance(known, IPv4Address):
        return str(known)
    return str(ipaddress.ip_network((known, _IPV6_NETWORK_BITS), strict=False))


def hostname_of(url: str) -> str:
    """The host that an address names; empty where it names none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether an address or a name is this machine's own, which no other can reach."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
