"""Whose connections are counted together."""

import contextlib
import ipaddress
import socket

import pytest

from rhapsode.cli.connections import ConnectionLimits, Connections


class Content:
    """Speaks with a client, and has nothing to say against it."""

    def find_fault(self, now_s: float) -> str | None:
        """See Speaker."""
        return None

    def abort(self) -> None:
        """See Speaker."""


@pytest.mark.parametrize(
    ("host", "admitted"),
    [("10.0.0.1", 3), ("::ffff:10.0.0.1", 3), ("::ffff:192.0.2.7", 1), ("192.0.2.7", 1), ("fd00::1%eth0", 1)],
)
def test_a_trusted_proxy_may_have_all(host: str, admitted: int) -> None:
    """However a socket tells its address; everybody else has as many as one address may."""
    limits = ConnectionLimits(max_per_address=1, trusted=(ipaddress.ip_network("10.0.0.0/8"),))
    connections = Connections(limits)
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            accepted, client = socket.socketpair()
            stack.enter_context(client)
            counted = connections.admit(accepted, host)
            if counted is not None:
                stack.enter_context(counted)
                # It has a request, so it doesn't make room for the next one.
                connection = connections.open(counted.fileno(), Content())
                assert connection is not None
                connections.work(connection)
        assert connections.count == admitted
