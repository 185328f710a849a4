"""A download from a server that goes on where its connection broke off, instead of beginning again."""

import contextlib
from collections.abc import Callable, Iterator, Mapping

import httpx

from rhapsode.studio.errors import ServerGone

_ATTEMPTS = 5
"""Connections that may break off one after the other before a single byte has come through."""

Pause = Callable[[int], None]
"""Told how many connections in a row have broken off without a byte, or the first after some. Raises: ServerGone."""

AskFrom = Callable[[Mapping[str, str]], httpx.Response]
"""Ask for the same once more, with headers that say from where on.

Raises: what the server answers; ServerGone, where it can't be reached.
"""


class NotContinued(ServerGone):
    """The server sends the file only from its beginning, or has another one by now."""


def give_up_soon(broken_off: int) -> None:
    """The pause of who asks a server of this machine: none, and few attempts. Raises: ServerGone."""
    if broken_off > _ATTEMPTS:
        raise ServerGone


def iterate_continued(
    response: httpx.Response, ask_from: AskFrom, *, received_bytes: int = 0, pause: Pause = give_up_soon
) -> Iterator[bytes]:
    """All bytes of a file whose length and ETag are known, over as many connections as it takes.

    response: the first answer, which has all of it.    received_bytes: that are there already, and not wanted again.
    A server that has broken off at stored bytes that are damaged says so when it is asked for what follows.
    pause: before another connection.
    Raises: NotContinued; what `pause` and `ask_from` raise.
    Source: RFC 9110, sections 13.1.5 and 14.2.
    """
    size_bytes, etag = int(response.headers["content-length"]), response.headers["etag"]
    broken_off, is_part = 0, received_bytes > 0
    if is_part:
        response.close()
    while received_bytes < size_bytes:
        if is_part:
            response = ask_from({"range": f"bytes={received_bytes}-", "if-range": etag})
        with contextlib.closing(response), contextlib.suppress(httpx.TransportError):
            if is_part and response.status_code != httpx.codes.PARTIAL_CONTENT:
                raise NotContinued
            for block in response.iter_raw():
                received_bytes += len(block)
                broken_off = 0
                yield block
        is_part = True
        if received_bytes < size_bytes:
            broken_off += 1
            pause(broken_off)
