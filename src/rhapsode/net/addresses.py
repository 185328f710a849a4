"""Which addresses may be reached: those of the public internet, and networks that the owner of the server allows.

`ipaddress.is_global` isn't asked: it says yes to multicast, and to addresses that are translated to private ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_PUBLIC_PORTS = frozenset({80, 443})

_SPECIAL_IPV4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by the customers of a provider; some clouds have their metadata here
        "127.0.0.0/8",  # this machine
        "168.63.129.16/32",  # what a virtual machine of Azure asks for its configuration
        "169.254.0.0/16",  # this link; most clouds have their metadata here
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # assigned to protocols
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT relays
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)

_GLOBAL_IPV6 = IPv6Network("2000::/3")
"""All that is assigned to hosts. Outside lie IPv4-mapped and -compatible addresses, NAT64, and what is private."""

_SPECIAL_IPV6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # assigned to protocols: Teredo, which holds an IPv4 address, and others
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which holds an IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)


def is_public(address: Address) -> bool:
    """Whether an address is that of some host on the public internet.

    Sources: the IANA registries of special-purpose addresses for IPv4 and IPv6, as of 2026, and metadata services
    of clouds on addresses that look public.
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_IPV4)
    if address not in _GLOBAL_IPV6 or address.scope_id is not None:
        return False
    return not any(address in network for network in _SPECIAL_IPV6)


@dataclass(frozen=True, slots=True)
class AddressRule:
    """What may be connected to. allowed_networks: in which everything may, on any port."""

    allowed_networks: Sequence[Network] = ()

    def permits(self, address: Address, port: int) -> bool:
        """Whether a connection may be made."""
        if any(address in network for network in self.allowed_networks):
            return True
        return port in _PUBLIC_PORTS and is_public(address)
