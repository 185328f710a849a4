"""Whose request it is, by its address: behind proxies that are trusted, the one that they name."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.types import Scope

from rhapsode.access.rule import unmapped

Address = IPv4Address | IPv6Address

_NOBODY = IPv4Address("0.0.0.0")  # noqa: S104 -- told, not bound to
_MOST_HOPS = 20


def peer_address(scope: Scope) -> Address:
    """Who has connected; 0.0.0.0 where that has no address, as through a socket of the file system."""
    client = scope.get("client")
    return (_parse(client[0]) if client else None) or _NOBODY


def is_trusted(address: Address, trusted: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Whether an address is of a proxy whose word counts."""
    return any(address in network for network in trusted)


def client_address(scope: Scope, trusted: Sequence[IPv4Network | IPv6Network]) -> Address:
    """The right-most address of the request's way that isn't a trusted proxy's; the left-most where all are.

    What stands further left was written by the client itself, or by somebody else who isn't trusted. A hop that is no
    address ends the way: the proxy that has passed it on is the client. 0.0.0.0 where there is no address at all.
    Source: X-Forwarded-For, as most proxies write it; each appends whom it was asked by.
    """
    found = peer_address(scope)
    for hop in _hops(scope):
        if not is_trusted(found, trusted):
            break
        named = _parse(hop)
        if named is None:
            break
        found = named
    return found


def _hops(scope: Scope) -> Iterable[str]:
    """From the nearest on; several headers are one, as of every list."""
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    # Bounded, as a client may send as long a list as fits a head.
    return (hop.strip() for hop in reversed(",".join(values).split(",")[-_MOST_HOPS:]))


def _parse(text: str) -> Address | None:
    """An address as proxies write it, with a port or without."""
    host = text
    if text.startswith("["):
        host = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        host = text.partition(":")[0]
    try:
        return unmapped(ip_address(host.partition("%")[0]))
    except ValueError:
        return None
