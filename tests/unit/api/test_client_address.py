"""Whom a request comes from: nobody is believed but proxies that are named."""

from ipaddress import ip_address, ip_network

import pytest

from rhapsode.api.client_address import client_address

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        # A client that isn't a proxy says what it likes.
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        # It wrote the first itself, and the proxy the second.
        ("10.0.0.1", ["127.0.0.1, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["127.0.0.1", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("fd00::1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("fd00::1", ["2001:db8::1"], "2001:db8::1"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, nonsense"], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.2"], "10.0.0.2"),
    ],
)
def test_the_nearest_address_that_no_proxy_has_is_the_client(
    peer: str, forwarded: list[str], found: str
) -> None:
    """Whatever stands before it."""
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    assert client_address({"client": (peer, 1), "headers": headers}, TRUSTED) == ip_address(found)


def test_a_request_without_an_address_is_nobodys() -> None:
    """As through a socket of the file system."""
    assert client_address({"client": None, "headers": []}, TRUSTED) == ip_address("0.0.0.0")
