"""Which addresses are this machine's own."""

import pytest

from rhapsode.access.rule import is_loopback

LOCAL = ["127.0.0.1", "127.8.9.10", "::1", "localhost", "LOCALHOST"]
REMOTE = ["0.0.0.0", "::", "192.0.2.7", "10.0.0.1", "fe80::1", "example.org", "127.0.0.1.example.org", ""]


@pytest.mark.parametrize(("host", "is_local"), [(h, True) for h in LOCAL] + [(h, False) for h in REMOTE])
def test_loopback(host: str, is_local: bool) -> None:
    """Only addresses of the loopback network, and the name that stands for it, count as this machine's own."""
    assert is_loopback(host) == is_local
