"""Who asks, and whether they may, is checked before a request's body is looked at: of others it is thrown away."""

import secrets
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rhapsode.access.caller import Caller, caller_of_key
from rhapsode.access.permissions import OPEN
from rhapsode.access.rule import AccessRule, hostname_of, is_loopback
from rhapsode.api.addresses import LINK_PATH, METRICS_PATH, Addresses
from rhapsode.api.client_address import client_address, is_trusted, peer_address
from rhapsode.api.cookies import SESSION, find_cookie
from rhapsode.api.errors import find_answer, message_of
from rhapsode.api.failed_keys import FailedKeys
from rhapsode.api.known_callers import KnownCallers
from rhapsode.api.origin_check import is_foreign
from rhapsode.api.own_wire import COMMANDS_PATH, TOKEN_HEADER
from rhapsode.api.permission_check import PermissionCheck, needed_for
from rhapsode.api.refusals import Refusal, foreign_origin, refused, unauthorized
from rhapsode.api.websockets import is_served, refuse_websocket
from rhapsode.storage.audit import Actor, acting
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.studio.errors import InvalidInput, SignInRefused

_BEARER = "bearer "
_REMOTE_USER = "remote-user"
# Browsers send no headers with a WebSocket. The second is the name that the contract of the original has.
_KEYS_IN_QUERIES = ("xi_api_key", "xi-api-key", "authorization")

Admit = Callable[[str | None], Awaitable[Refusal | None]]
"""Looks a key up for a request that has none yet, and sets what KeyCheck sets; or says why it opens nothing."""


class KeyCheck:
    """Set `request.state.caller`, and `workspace_id` and `key_id` of it, or refuse the request.

    caller: None where anybody may ask.    address: where the request comes from, set for all.
    key_id: None where nobody pays.    failed_keys: notes what opens nothing, where a route is the one to find that.
    check_again: refuses it where it would be refused by now; for what takes long.

    A key that is sent counts before everything else; then a proxy that is trusted to say who asks, then the cookie
    of a session.
    A WebSocket that is served may have its key in its first message. Then `request.state.admit` is an `Admit`, and
    nothing else is set; otherwise it is None.
    """

    def __init__(self, app: ASGIApp, access: AccessRule, addresses: Addresses) -> None:
        self._app = app
        self._access = access
        self._addresses = addresses
        self._known = KnownCallers()
        self._failed = FailedKeys(access.limits.failed_keys_per_minute)
        self._permissions = PermissionCheck(access.sign_ins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse who may not ask this, or pass it on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        connection.state.key_id = connection.state.admit = connection.state.caller = None
        connection.state.address = client_address(scope, self._access.trusted_proxies)
        connection.state.failed_keys = self._failed
        connection.state.check_again = partial(self._refuse, connection)
        refusal = await self._refuse(connection)
        if refusal is None:
            with acting(_actor(connection)):
                await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await refuse_websocket(connection, receive, send, refusal)
        else:
            await refused(refusal, Request(scope))(scope, receive, send)

    async def _refuse(self, request: HTTPConnection) -> Refusal | None:
        if request.scope["path"].startswith(f"{COMMANDS_PATH}/"):
            return await self._refuse_without_token(request)
        if self._access.open_workspace is not None:
            return await self._refuse_strangers(request, Caller("nobody", self._access.open_workspace))
        return await self._refuse_without_key(request)

    async def _refuse_without_token(self, request: HTTPConnection) -> Refusal | None:
        """Commands work on all that is stored, keys included: no key opens this, and no missing one does."""
        token, shown = self._access.command_token, request.headers.get(TOKEN_HEADER, "")
        if token is None or not secrets.compare_digest(token.encode(), shown.encode()):
            return unauthorized("invalid_token")
        return await self._let_in(request, Caller("command line", DEFAULT_WORKSPACE_ID))

    async def _refuse_strangers(self, request: HTTPConnection, caller: Caller) -> Refusal | None:
        """Without keys, keep the pages out that a person happens to visit: their browser is on this machine."""
        origin = request.headers.get("origin")
        own_host = hostname_of(f"//{request.headers.get('host', '')}")
        if not is_loopback(own_host) or (origin is not None and not is_loopback(hostname_of(origin))):
            return foreign_origin("A server without keys answers only pages and programs of its own machine.")
        return await self._let_in(request, caller)

    async def _refuse_without_key(self, request: HTTPConnection) -> Refusal | None:
        path = request.scope["path"]
        if path == LINK_PATH:
            return self._refuse_link(request)
        if needed_for(request) == OPEN or (path == METRICS_PATH and self._access.metrics_open):
            return None
        secret = _find_key(request)
        if secret:
            return await self._admit(request, secret)
        try:
            caller = await self._find_signed_in(request)
        except (SignInRefused, InvalidInput) as error:
            return Refusal(find_answer(error).http_status, error.code, message_of(error))
        if caller is not None:
            return await self._let_in_page(request, caller)
        if request.scope["type"] == "websocket" and is_served(path):
            request.state.admit = partial(self._admit, request)
            return None
        return await self._admit(request, None)

    def _refuse_link(self, request: HTTPConnection) -> Refusal | None:
        """A sign-in link is its own secret; the page of this server shows it, and nobody as often as they like."""
        if is_foreign(request, self._addresses.url):
            return foreign_origin(
                "A link is shown by the page of this server alone. Programs send an API key."
            )
        return self._failed.refuse(request.state.address)

    async def _admit(self, request: HTTPConnection, secret: str | None) -> Refusal | None:
        if not secret:
            has_other = "authorization" in request.headers
            return unauthorized("invalid_authorization_header" if has_other else "needs_authorization")
        too_many = None if self._known.knows("key", secret) else self._failed.refuse(request.state.address)
        if too_many is not None:
            return too_many
        caller = await self._known.find("key", secret, self._find_by_key)
        if caller is None:
            self._failed.note(request.state.address)
            return unauthorized("invalid_api_key")
        return await self._let_in(request, caller)

    def _find_by_key(self, secret: str) -> Caller | None:
        owner = self._access.find_owner(secret)
        return None if owner is None else caller_of_key(owner)

    async def _find_signed_in(self, request: HTTPConnection) -> Caller | None:
        """Raises: SignInRefused; InvalidInput."""
        sign_ins = self._access.sign_ins
        if sign_ins is None:
            return None
        login = self._find_login(request)
        if login:
            return await self._known.find("login", login, sign_ins.get_by_login)
        secret = find_cookie(request, self._addresses, SESSION)
        return None if secret is None else await self._known.find("session", secret, sign_ins.find_by_session)

    def _find_login(self, request: HTTPConnection) -> str | None:
        if not self._access.trust_remote_user:
            return None
        is_proxy = is_trusted(peer_address(request.scope), self._access.trusted_proxies)
        return request.headers.get(_REMOTE_USER) if is_proxy else None

    async def _let_in_page(self, request: HTTPConnection, caller: Caller) -> Refusal | None:
        if is_foreign(request, self._addresses.url):
            message = "Who is signed in is asked for by pages of this server alone. Programs send an API key."
            return foreign_origin(message)
        return await self._let_in(request, caller)

    async def _let_in(self, request: HTTPConnection, caller: Caller) -> Refusal | None:
        request.state.caller = caller
        request.state.workspace_id, request.state.key_id = caller.workspace_id, caller.key_id
        return await self._permissions.refuse(request, caller)


def _actor(request: HTTPConnection) -> Actor:
    caller: Caller | None = request.state.caller
    address = str(request.state.address)
    return Actor("nobody", address=address) if caller is None else caller.actor(address)


def _find_key(request: HTTPConnection) -> str | None:
    """The Python SDK sends an empty header where it has no key; Prometheus shows its key as a bearer's."""
    key = request.headers.get("xi-api-key") or _key_in_query(request)
    if key or request.scope["path"] != METRICS_PATH:
        return key
    authorization = request.headers.get("authorization", "")
    is_bearer = authorization.lower().startswith(_BEARER)
    return authorization[len(_BEARER) :].strip() if is_bearer else None


def _key_in_query(request: HTTPConnection) -> str | None:
    """The key of a WebSocket. No other request has one in its address, which ends up in logs and histories."""
    if request.scope["type"] != "websocket":
        return None
    return next(filter(None, map(request.query_params.get, _KEYS_IN_QUERIES)), None)
