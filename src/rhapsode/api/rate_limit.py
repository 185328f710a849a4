"""How often a key may ask, and how much of it at once; who asks more is told when to ask again.

Requests that clients can repeat are refused with 429, which both official SDKs do after the seconds that they are
told. A form isn't: the Python SDK would send it without its fields (docs/decisions/0057). It is taken, and counts.
Source: NOTES of the contract, Error bodies and Response headers.
"""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import cast

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rhapsode.access.caller import Caller
from rhapsode.access.rates import Rates, retry_after
from rhapsode.access.rule import RequestLimits
from rhapsode.api.forms import is_form
from rhapsode.api.key_check import Admit
from rhapsode.api.refusals import Refusal, refused
from rhapsode.api.websockets import refuse_websocket
from rhapsode.storage.api_keys import NO_TERMS, KeyTerms
from rhapsode.studio.ids import ApiKeyId, UserId

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_BUSY_S = 1.0
"""How soon a key's place is looked for again: most requests take less."""
_FULL_S = 10.0
"""How soon a place of the whole server is."""


class RateLimit:
    """Refuse what a key asks beyond its limits, and what anybody asks while too much is waited for.

    Every request of a key counts for its rate, and so does a WebSocket as soon as it has a key. Those count at once
    that ask for something, a WebSocket for as long as it is open. A player that reads a file for an hour has none.
    For one event loop.
    """

    def __init__(self, app: ASGIApp, limits: RequestLimits) -> None:
        self._app = app
        self._limits = limits
        self._rates = Rates()
        self._running: Counter[ApiKeyId | UserId | None] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request or a WebSocket on, or refuse it."""
        if scope["type"] == "http":
            await self._answer(Request(scope), receive, send)
        elif scope["type"] == "websocket":
            await self._converse(HTTPConnection(scope), receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, request: Request, receive: Receive, send: Send) -> None:
        refusal = self._find_refusal(request)
        if refusal is not None and not is_form(request):
            await refused(refusal, request)(request.scope, receive, send)
        elif _is_reading(request):
            await self._app(request.scope, receive, send)
        else:
            await self._run(request, receive, send)

    async def _converse(self, connection: HTTPConnection, receive: Receive, send: Send) -> None:
        with contextlib.ExitStack() as place:
            admit = cast("Admit | None", connection.state.admit)
            if admit is None:
                refusal = self._enter(connection, place)
            else:
                refusal, connection.state.admit = None, self._admitting(admit, connection, place)
            if refusal is None:
                await self._app(connection.scope, receive, _telling(send, {}, place.close))
            else:
                await refuse_websocket(connection, receive, send, refusal)

    def _admitting(self, admit: Admit, connection: HTTPConnection, place: contextlib.ExitStack) -> Admit:
        """The same for a WebSocket whose key comes later, which may also be one that asks too much."""

        async def admit_within_limits(secret: str | None) -> Refusal | None:
            return await admit(secret) or self._enter(connection, place)

        return admit_within_limits

    def _enter(self, connection: HTTPConnection, place: contextlib.ExitStack) -> Refusal | None:
        refusal = self._find_refusal(connection)
        if refusal is None:
            self._take(connection, place)
        return refusal

    def _find_refusal(self, request: HTTPConnection) -> Refusal | None:
        wait_s = self._wait_s(request)
        if wait_s:
            message = "This key sends more requests than it may in a minute."
            return _too_many("rate_limit_exceeded", message, wait_s)
        if _is_reading(request):
            return None
        if self._running.total() >= self._limits.max_running_requests:
            return _too_many("system_busy", "The server has too much to do. Ask again in a moment.", _FULL_S)
        return self._find_crowding(request)

    def _find_crowding(self, request: HTTPConnection) -> Refusal | None:
        running, most = self._running[_party_of(request)], self._most_at_once(request)
        if most is None or running < most:
            return None
        message = (
            f"Too many concurrent requests. This key may have {most} running at once, and has {running}."
        )
        return _too_many("concurrent_limit_exceeded", message, _BUSY_S, _concurrency(running, most))

    async def _run(self, request: Request, receive: Receive, send: Send) -> None:
        most = self._most_at_once(request)
        with contextlib.ExitStack() as place:
            running = self._take(request, place)
            told = {} if most is None else _concurrency(running, most)
            await self._app(request.scope, receive, _telling(send, told, place.close))

    def _take(self, request: HTTPConnection, place: contextlib.ExitStack) -> int:
        """Have a place for as long as the stack isn't closed; how many the same key has with it."""
        party = _party_of(request)
        self._running[party] += 1
        place.callback(self._leave, party)
        return self._running[party]

    def _leave(self, party: ApiKeyId | UserId | None) -> None:
        self._running[party] -= 1
        if not self._running[party]:
            del self._running[party]

    def _wait_s(self, request: HTTPConnection) -> float:
        party = _party_of(request)
        per_minute = _terms_of(request).requests_per_minute or self._limits.requests_per_minute
        if party is None or per_minute is None:
            return 0.0
        return self._rates.take(party, per_minute, time.monotonic())

    def _most_at_once(self, request: HTTPConnection) -> int | None:
        if _party_of(request) is None:
            return None
        return _terms_of(request).concurrent_requests or self._limits.concurrent_requests


def _party_of(request: HTTPConnection) -> ApiKeyId | UserId | None:
    caller = _caller_of(request)
    return None if caller is None else caller.party


def _terms_of(request: HTTPConnection) -> KeyTerms:
    caller = _caller_of(request)
    return NO_TERMS if caller is None else caller.terms


def _caller_of(request: HTTPConnection) -> Caller | None:
    return cast("Caller | None", request.state.caller)


def _too_many(
    code: str, message: str, wait_s: float, headers: Mapping[str, str] = MappingProxyType({})
) -> Refusal:
    return Refusal(429, code, message, {"retry-after": retry_after(wait_s), **headers})


def _is_reading(request: HTTPConnection) -> bool:
    """A WebSocket has no method, and asks for something."""
    return request.scope.get("method") in _READING


def _concurrency(current: int, most: int) -> Mapping[str, str]:
    return {"current-concurrent-requests": str(current), "maximum-concurrent-requests": str(most)}


def _telling(send: Send, told: Mapping[str, str], end: Callable[[], None]) -> Send:
    """Send with headers that go before those of the route, which are about all keys together.

    end: called before the last of it, for whoever has that may ask for the next thing at once.
    """

    async def send_told(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(told)
        elif _is_last(message):
            end()
        await send(message)

    return send_told


def _is_last(message: Message) -> bool:
    is_end = message["type"] == "http.response.body" and not message.get("more_body")
    return is_end or message["type"] == "websocket.close"
