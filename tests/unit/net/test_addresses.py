"""Which addresses may be reached."""

from ipaddress import ip_address, ip_network

import pytest

from rhapsode.net.addresses import AddressRule, is_public

PUBLIC = (
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "168.63.129.15",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2600::",
    "2001:200::1",
    "2a00:1450:4001::8",
)
NOT_PUBLIC = (
    "0.0.0.0",
    "0.1.2.3",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::7f00:1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%lo",
    "2600::1%lo",
    "fec0::1",
    "ff02::1",
)


@pytest.mark.parametrize("address", PUBLIC)
def test_hosts_of_the_internet_are_public(address: str) -> None:
    """And so are the neighbours of every range that isn't."""
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_everything_else_is_not(address: str) -> None:
    """Neither what is private, nor what is nobody's, nor what is translated to another address."""
    assert not is_public(ip_address(address))
    assert not AddressRule().permits(ip_address(address), 80)


@pytest.mark.parametrize(
    ("port", "permitted"), [(80, True), (443, True), (22, False), (6379, False), (8080, False)]
)
def test_public_hosts_are_reached_on_the_usual_ports(port: int, permitted: bool) -> None:
    """A mail or database server is none that documents come from."""
    assert AddressRule().permits(ip_address("1.1.1.1"), port) is permitted


def test_a_network_that_is_allowed_is_reached_on_any_port() -> None:
    """Alone: its neighbours, and the same address in IPv6, are what they were."""
    rule = AddressRule([ip_network("10.1.0.0/16"), ip_network("fd00::/8")])

    assert rule.permits(ip_address("10.1.2.3"), 8080)
    assert rule.permits(ip_address("fd00::1"), 22)
    assert not rule.permits(ip_address("10.2.0.1"), 80)
    assert not rule.permits(ip_address("::ffff:10.1.2.3"), 80)
