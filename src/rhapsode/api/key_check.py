"""The key of a request is checked before its body is looked at: what comes without one is thrown away."""

import asyncio
import secrets
import time
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rhapsode.access.rule import AccessRule, is_loopback
from rhapsode.api.errors import error_response
from rhapsode.api.own_wire import COMMANDS_PATH, TOKEN_HEADER
from rhapsode.storage.records import DEFAULT_WORKSPACE_ID
from rhapsode.studio.ids import WorkspaceId

KEY_MEMORY_S = 2.0
"""How long a key that was found valid isn't looked up again, and so how long a revoked one may still work."""

# What says nothing of anybody's work.
_OPEN_PATHS = frozenset({"/openapi.json", "/health"})
_REFUSALS = {
    "needs_authorization": "Neither authorization header nor xi-api-key received, please provide one.",
    "invalid_api_key": "Invalid API key",
    "invalid_authorization_header": "Invalid authorization header: an API key is sent as xi-api-key.",
    "invalid_token": "This is for commands on the server's own data directory: they find the token there.",
}


class KeyCheck:
    """Set `request.state.workspace_id` to the workspace that the request's key opens, or answer 401."""

    def __init__(self, app: ASGIApp, access: AccessRule) -> None:
        self._app = app
        self._access = access
        self._known: dict[str, tuple[WorkspaceId, float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request without a key, or pass it on."""
        if scope["type"] == "http":
            request = Request(scope)
            refusal = await self._refuse(request)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _refuse(self, request: Request) -> Response | None:
        if request.scope["path"].startswith(f"{COMMANDS_PATH}/"):
            return self._refuse_without_token(request)
        if self._access.open_workspace is not None:
            return self._refuse_strangers(request)
        return await self._refuse_without_key(request)

    def _refuse_without_token(self, request: Request) -> Response | None:
        """Commands work on all that is stored, keys included: no key opens this, and no missing one does."""
        token, shown = self._access.command_token, request.headers.get(TOKEN_HEADER, "")
        if token is None or not secrets.compare_digest(token.encode(), shown.encode()):
            return _unauthorized(request, "invalid_token")
        request.state.workspace_id = DEFAULT_WORKSPACE_ID
        return None

    def _refuse_strangers(self, request: Request) -> Response | None:
        """Without keys, keep the pages out that a person happens to visit: their browser is on this machine."""
        origin = request.headers.get("origin")
        own_host = _hostname(f"//{request.headers.get('host', '')}")
        if not is_loopback(own_host) or (origin is not None and not is_loopback(_hostname(origin))):
            message = "A server without keys answers only pages and programs of its own machine."
            return error_response(request, http_status=403, code="origin_not_allowed", message=message)
        request.state.workspace_id = self._access.open_workspace
        return None

    async def _refuse_without_key(self, request: Request) -> Response | None:
        if request.scope["path"] in _OPEN_PATHS:
            return None
        # The Python SDK sends an empty header where it has no key.
        secret = request.headers.get("xi-api-key")
        if not secret:
            has_other = "authorization" in request.headers
            return _unauthorized(
                request, "invalid_authorization_header" if has_other else "needs_authorization"
            )
        workspace_id = await self._find_workspace(secret)
        if workspace_id is None:
            return _unauthorized(request, "invalid_api_key")
        request.state.workspace_id = workspace_id
        return None

    async def _find_workspace(self, secret: str) -> WorkspaceId | None:
        now = time.monotonic()
        known = self._known.get(secret)
        if known is not None and now < known[1]:
            return known[0]
        # Not among the threads that routes run in: those may all be busy for as long as somebody speaks.
        found = await asyncio.to_thread(self._access.find_workspace, secret)
        if found is None:
            self._known.pop(secret, None)
        else:
            self._known[secret] = found, now + KEY_MEMORY_S
        return found


def _hostname(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _unauthorized(request: Request, code: str) -> Response:
    return error_response(request, http_status=401, code=code, message=_REFUSALS[code])
