"""The key of a request is checked before its body is looked at: what comes without one is thrown away."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from rhapsode.access.permissions import missing_permission, permission_of
from rhapsode.access.rates import Rates, retry_after
from rhapsode.access.rule import AccessRule, is_loopback, party_of
from rhapsode.api.addresses import SHARED_PATH
from rhapsode.api.client_address import client_address
from rhapsode.api.errors import error_response
from rhapsode.api.own_wire import COMMANDS_PATH, TOKEN_HEADER
from rhapsode.api.websockets import is_served, refuse_websocket
from rhapsode.storage.api_keys import KeyOwner
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID

KEY_MEMORY_S = 2.0
"""How long a key that was found valid isn't looked up again, and so how long a revoked one may still work."""

# What says nothing of anybody's work.
_OPEN_PATHS = frozenset(
    {
        *("/openapi.json", "/docs", "/docs.md", "/llms.txt", "/llms-full.txt"),
        *("/health", "/healthz", "/readyz"),
    }
)
METRICS_PATH = "/metrics"
_BEARER = "bearer "
_DOCUMENTATION_PATH = "/docs/"
# What is asked for with the token in its path, which opens one player, or one other thing, and nothing else.
PLAYERS_PATH = "/player/"
_LINKS_PATH = f"{SHARED_PATH}/"
_REFUSALS = {
    "needs_authorization": "Neither authorization header nor xi-api-key received, please provide one.",
    "invalid_api_key": "Invalid API key",
    "invalid_authorization_header": "Invalid authorization header: an API key is sent as xi-api-key.",
    "invalid_token": "This is for commands on the server's own data directory: they find the token there.",
}
# Browsers send no headers with a WebSocket. The second is the name that the contract of the original has.
_KEYS_IN_QUERIES = ("xi_api_key", "xi-api-key", "authorization")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request isn't let in."""

    http_status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


Admit = Callable[[str | None], Awaitable[Refusal | None]]
"""Looks a key up for a request that has none yet, and sets what KeyCheck sets; or says why it opens nothing."""


class KeyCheck:
    """Set `request.state.workspace_id` and `key_id` to what the request's key opens, or refuse it.

    key_id: None where no key is asked for.
    A WebSocket that is served may have its key in its first message. Then `request.state.admit` is an `Admit`, and
    nothing else is set; otherwise it is None.
    """

    def __init__(self, app: ASGIApp, access: AccessRule) -> None:
        self._app = app
        self._access = access
        self._known: dict[str, tuple[KeyOwner, float]] = {}
        self._failures = Rates()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what comes without a key, or pass it on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        connection.state.key_id = connection.state.admit = None
        refusal = await self._refuse(connection)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await refuse_websocket(
                connection,
                receive,
                send,
                http_status=refusal.http_status,
                code=refusal.code,
                message=refusal.message,
            )
        else:
            await _answer(refusal, Request(scope))(scope, receive, send)

    async def _refuse(self, request: HTTPConnection) -> Refusal | None:
        if request.scope["path"].startswith(f"{COMMANDS_PATH}/"):
            return self._refuse_without_token(request)
        if self._access.open_workspace is not None:
            return self._refuse_strangers(request)
        return await self._refuse_without_key(request)

    def _refuse_without_token(self, request: HTTPConnection) -> Refusal | None:
        """Commands work on all that is stored, keys included: no key opens this, and no missing one does."""
        token, shown = self._access.command_token, request.headers.get(TOKEN_HEADER, "")
        if token is None or not secrets.compare_digest(token.encode(), shown.encode()):
            return _unauthorized("invalid_token")
        request.state.workspace_id = DEFAULT_WORKSPACE_ID
        return None

    def _refuse_strangers(self, request: HTTPConnection) -> Refusal | None:
        """Without keys, keep the pages out that a person happens to visit: their browser is on this machine."""
        origin = request.headers.get("origin")
        own_host = _hostname(f"//{request.headers.get('host', '')}")
        if not is_loopback(own_host) or (origin is not None and not is_loopback(_hostname(origin))):
            message = "A server without keys answers only pages and programs of its own machine."
            return Refusal(403, "origin_not_allowed", message)
        request.state.workspace_id = self._access.open_workspace
        return None

    async def _refuse_without_key(self, request: HTTPConnection) -> Refusal | None:
        path = request.scope["path"]
        if path in _OPEN_PATHS or path.startswith((PLAYERS_PATH, _LINKS_PATH, _DOCUMENTATION_PATH)):
            return None
        if path == METRICS_PATH:
            return await self._refuse_reader(request)
        # The Python SDK sends an empty header where it has no key.
        secret = request.headers.get("xi-api-key") or _key_in_query(request)
        if not secret and request.scope["type"] == "websocket" and is_served(path):
            request.state.admit = partial(self._admit, request)
            return None
        return await self._admit(request, secret)

    async def _refuse_reader(self, request: HTTPConnection) -> Refusal | None:
        """Prometheus shows its key as a bearer's. Loopback isn't trusted: a proxy on this machine is there too."""
        if self._access.metrics_open:
            return None
        authorization = request.headers.get("authorization", "")
        is_bearer = authorization.lower().startswith(_BEARER)
        bearer = authorization[len(_BEARER) :].strip() if is_bearer else None
        return await self._admit(request, request.headers.get("xi-api-key") or bearer)

    async def _admit(self, request: HTTPConnection, secret: str | None) -> Refusal | None:
        if not secret:
            has_other = "authorization" in request.headers
            return _unauthorized("invalid_authorization_header" if has_other else "needs_authorization")
        wait_s = self._wait_s(request, secret)
        if wait_s:
            message = (
                "Too many keys that open nothing have come from this address. Wait, and send one that does."
            )
            return Refusal(429, "rate_limit_exceeded", message, {"retry-after": retry_after(wait_s)})
        owner = await self._find_owner(secret)
        if owner is None:
            self._note_failure(request)
            return _unauthorized("invalid_api_key")
        needed = permission_of(request.scope.get("method", "GET"), request.scope["path"])
        missing = missing_permission(owner.terms.permissions, needed)
        if missing is not None:
            message = f"The API key you used is missing the permission {missing} to execute this operation."
            return Refusal(401, "missing_permissions", message)
        request.state.workspace_id, request.state.key_id = owner.workspace_id, owner.key_id
        request.state.terms = owner.terms
        return None

    def _wait_s(self, request: HTTPConnection, secret: str) -> float:
        """How long no key is looked up for this address, but one that has opened something before."""
        per_minute = self._access.limits.failed_keys_per_minute
        if per_minute is None or secret in self._known:
            return 0.0
        return self._failures.wait_s(self._address(request), per_minute, time.monotonic())

    def _note_failure(self, request: HTTPConnection) -> None:
        per_minute = self._access.limits.failed_keys_per_minute
        if per_minute is not None:
            self._failures.take(self._address(request), per_minute, time.monotonic())

    def _address(self, request: HTTPConnection) -> str:
        return party_of(client_address(request.scope, self._access.limits.trusted_proxies))

    async def _find_owner(self, secret: str) -> KeyOwner | None:
        now = time.monotonic()
        known = self._known.get(secret)
        if known is not None and now < known[1]:
            return known[0]
        # Not among the threads that routes run in: those may all be busy for as long as somebody speaks.
        found = await asyncio.to_thread(self._access.find_owner, secret)
        if found is None:
            self._known.pop(secret, None)
        else:
            self._known[secret] = found, now + KEY_MEMORY_S
        return found


def _answer(refusal: Refusal, request: Request) -> JSONResponse:
    response = error_response(
        request, http_status=refusal.http_status, code=refusal.code, message=refusal.message
    )
    response.headers.update(refusal.headers)
    return response


def _key_in_query(request: HTTPConnection) -> str | None:
    """The key of a WebSocket. No other request has one in its address, which ends up in logs and histories."""
    if request.scope["type"] != "websocket":
        return None
    return next(filter(None, map(request.query_params.get, _KEYS_IN_QUERIES)), None)


def _hostname(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _unauthorized(code: str) -> Refusal:
    return Refusal(401, code, _REFUSALS[code])
