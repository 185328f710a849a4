"""Addresses: what they are called, and whose they are."""

import socket

import pytest

from rhapsode.cli.http_server import take_address
from rhapsode.studio.errors import InvalidInput


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("0.0.0.0", "127.0.0.1"),
        ("::1", "[::1]"),
        ("::", "[::1]"),
    ],
)
def test_the_url_is_one_that_this_machine_reaches(host: str, name: str) -> None:
    """Whatever was asked for, the address that is printed can be used here, with the port that was found."""
    if ":" in host and not socket.has_ipv6:
        pytest.skip("this system has no IPv6")
    with take_address(host, 0) as listener:
        listener.socket.listen()
        port = listener.socket.getsockname()[1]
        assert listener.url == f"http://{name}:{port}"
        socket.create_connection((name.strip("[]"), port)).close()


def test_an_address_is_free_again() -> None:
    """After the block somebody else can have it; within, nobody can."""
    with take_address("127.0.0.1", 0) as listener:
        listener.socket.listen()
        port = listener.socket.getsockname()[1]
        with (
            pytest.raises(InvalidInput, match=f"Port {port} of 127.0.0.1 is in use"),
            take_address("127.0.0.1", port),
        ):
            pass
    with take_address("127.0.0.1", port):
        pass
