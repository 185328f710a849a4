"""Server-sent events: what has changed, for as long as somebody listens and may.

Source: HTML Living Standard, section 9.2 (Server-sent events).
"""

import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Generic, cast

from fastapi import Request
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from starlette.types import Receive, Scope, Send

from rhapsode.access.caller import Caller
from rhapsode.api.event_models import Event
from rhapsode.api.refusals import Refusal
from rhapsode.api.watching import V, Watch
from rhapsode.studio.errors import RecordsUnavailable
from rhapsode.studio.ids import ApiKeyId, UserId, WorkspaceId
from rhapsode.studio.limits import (
    EVENTS_CHECK_S,
    EVENTS_COMMENT_S,
    EVENTS_MAX_S,
    EVENTS_RETRY_MS,
    MAX_EVENT_STREAMS,
    MAX_EVENT_STREAMS_OF_CALLER,
)

_HEADERS = {
    # Each is another one, and proxies would keep back what comes bit by bit.
    "cache-control": "no-store",
    "x-accel-buffering": "no",
}
_AGAIN_S = "10"

Party = ApiKeyId | UserId | WorkspaceId


class Listeners:
    """How many listen. For one event loop."""

    def __init__(self) -> None:
        self._counts: Counter[Party] = Counter()

    def find_refusal(self, caller: Caller) -> Refusal | None:
        """Why there is no place for one more; None where there is."""
        if self._counts[_party(caller)] >= MAX_EVENT_STREAMS_OF_CALLER:
            message = (
                f"You may listen to events {MAX_EVENT_STREAMS_OF_CALLER} times at once. Close another page."
            )
            return Refusal(429, "concurrent_limit_exceeded", message, {"retry-after": _AGAIN_S})
        if self._counts.total() >= MAX_EVENT_STREAMS:
            message = "Too many listen to events. Ask again in a moment."
            return Refusal(429, "system_busy", message, {"retry-after": _AGAIN_S})
        return None

    @contextlib.contextmanager
    def one_more(self, caller: Caller) -> Iterator[None]:
        """Have a place until the end of the block."""
        party = _party(caller)
        self._counts[party] += 1
        try:
            yield
        finally:
            self._counts[party] -= 1
            if not self._counts[party]:
                del self._counts[party]


def _party(caller: Caller) -> Party:
    return caller.party or caller.workspace_id


class EventStream(EventSourceResponse, Generic[V]):
    """Tells of a watch: first what is, then each change. `held` is let go of when it ends.

    tell: the events that lead from one value to another, from None to the first.
    It ends when whoever listens may no longer, when the watch does, and after a while: clients come back.
    """

    def __init__(
        self,
        request: Request,
        watch: Watch[V],
        tell: Callable[[V | None, V], Iterator[Event]],
        held: contextlib.AsyncExitStack,
    ) -> None:
        super().__init__(self._lines(), headers=_HEADERS)
        self._check_again = cast("Callable[[], Awaitable[Refusal | None]]", request.state.check_again)
        self._watch = watch
        self._tell = tell
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all of it."""
        async with self._held:
            await super().__call__(scope, receive, send)

    async def _lines(self) -> AsyncIterator[bytes]:
        ends_s = time.monotonic() + EVENTS_MAX_S
        seen: V | None = None
        yield format_sse_event(retry=EVENTS_RETRY_MS)
        told_s = time.monotonic()
        while await self._may_go_on(ends_s):
            value = self._watch.value
            lines = b"" if value is None or value is seen else b"".join(map(_line, self._tell(seen, value)))
            seen = value
            if not lines and time.monotonic() - told_s >= EVENTS_COMMENT_S:
                lines = KEEPALIVE_COMMENT
            if lines:
                yield lines
                told_s = time.monotonic()
            await self._watch.wait(seen, EVENTS_CHECK_S)

    async def _may_go_on(self, ends_s: float) -> bool:
        """Keys that are revoked, and sessions that end, are heeded here as they are before a request.

        While nobody can tell, because the records are away, there is nothing new to be told either.
        """
        if self._watch.is_over or time.monotonic() >= ends_s:
            return False
        try:
            return await self._check_again() is None
        except RecordsUnavailable:
            return True


def _line(event: Event) -> bytes:
    return format_sse_event(event=event.name, data_str=event.data.model_dump_json())
