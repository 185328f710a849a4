"""Which addresses are this machine's own, and which are the same."""

from ipaddress import ip_address

import pytest

from rhapsode.access.rule import hostname_of, is_loopback, party_of, unmapped

LOCAL = ["127.0.0.1", "127.8.9.10", "::1", "localhost", "LOCALHOST"]
REMOTE = ["0.0.0.0", "::", "192.0.2.7", "10.0.0.1", "fe80::1", "example.org", "127.0.0.1.example.org", ""]


@pytest.mark.parametrize(("host", "is_local"), [(h, True) for h in LOCAL] + [(h, False) for h in REMOTE])
def test_loopback(host: str, is_local: bool) -> None:
    """Only addresses of the loopback network, and the name that stands for it, count as this machine's own."""
    assert is_loopback(host) == is_local


@pytest.mark.parametrize(
    ("told", "known", "party"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7", "2001:db8::/64"),
    ],
)
def test_an_address_is_one_however_it_is_told(told: str, known: str, party: str) -> None:
    """A socket of both families tells those of IPv4 in the other's way."""
    assert unmapped(ip_address(told)) == ip_address(known)
    assert party_of(ip_address(told)) == party


@pytest.mark.parametrize(
    ("url", "host"),
    [("//[::1]:8000", "::1"), ("http://Books.example/x", "books.example"), ("//[", ""), ("", "")],
)
def test_what_names_no_host_has_none(url: str, host: str) -> None:
    """Whatever a client has sent as an address."""
    assert hostname_of(url) == host
