"""Clients of plain HTTP."""

import ssl
from typing import Any

import httpx

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Of certificates: the server is asked over HTTP, and to read those of the world takes 18 ms for each client."""


def raw_http(url: str, key: str | None = None) -> httpx.Client:
    """A client that knows the server, and its key if it has one."""
    headers = {} if key is None else {"xi-api-key": key}
    return httpx.Client(base_url=url, headers=headers, timeout=60, verify=NO_AUTHORITIES)


def get_anew(url: str, **sent: Any) -> httpx.Response:
    """Ask for what is there, without a key, on a connection of its own."""
    return httpx.get(url, timeout=60, verify=NO_AUTHORITIES, **sent)


def head_anew(url: str, **sent: Any) -> httpx.Response:
    """Ask what there is to say of it, as `get_anew`."""
    return httpx.head(url, timeout=60, verify=NO_AUTHORITIES, **sent)
