"""Ports of this machine."""

import socket


def free_port() -> int:
    """One that nobody listens at now: for servers that are told theirs, and have it again at each start."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
