"""A client of server-sent events, as browsers have one."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

_LIMIT_S = 20


@dataclass
class Events:
    """The events of one stream, in order. seen: all that have come so far, (name, data)."""

    response: httpx.Response
    lines: Iterator[str]
    seen: list[tuple[str, Any]] = field(default_factory=list)

    def next(self) -> tuple[str, Any]:
        """The next event. Raises: StopIteration, at the end."""
        name, until_s = "", time.monotonic() + _LIMIT_S
        for line in self.lines:
            assert time.monotonic() < until_s, self.seen
            kind, _, value = line.partition(": ")
            if kind == "event":
                name = value
            elif kind == "data":
                self.seen.append((name, json.loads(value)))
                return self.seen[-1]
        raise StopIteration

    def until(self, name: str, is_it: Callable[[Any], object] = lambda _: True) -> Any:
        """What the next such event says."""
        until_s = time.monotonic() + _LIMIT_S
        while time.monotonic() < until_s:
            came, data = self.next()
            if came == name and is_it(data):
                return data
        raise TimeoutError(self.seen)

    def named(self, name: str) -> list[Any]:
        """What all of that name have said."""
        return [data for came, data in self.seen if came == name]


@contextlib.contextmanager
def listening(http: httpx.Client, path: str) -> Iterator[Events]:
    """Listen to events until the end of the block."""
    with http.stream("GET", path) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Events(response, response.iter_lines())
