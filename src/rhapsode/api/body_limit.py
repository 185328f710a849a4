"""No body is longer than what can be meant: refused by its length unread, or as soon as it has grown too long."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rhapsode.api.errors import error_response
from rhapsode.studio.limits import (
    MAX_AUDIO_BYTES,
    MAX_FORM_BODY_BYTES,
    MAX_JSON_BODY_BYTES,
    MAX_SENT_VOICE_BYTES,
)

_LIMITS_BYTES = {
    "/v1/forced-alignment": MAX_AUDIO_BYTES + MAX_JSON_BODY_BYTES,
    "/v1/voices/add": MAX_SENT_VOICE_BYTES + MAX_JSON_BODY_BYTES,
}
"""Of forms that are longer than others, by their paths."""


class BodyLimit:
    """Answer 413 to a body over the limit of its type; no SDK repeats a request after that."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that is too long, or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        limit_bytes = _limit_bytes(request)
        if _stated_bytes(request) > limit_bytes:
            response = error_response(
                request, http_status=413, code="content_too_large", message=_message(limit_bytes)
            )
            await response(scope, receive, send)
            return
        await self._app(scope, _counted(receive, limit_bytes), send)


def _limit_bytes(request: Request) -> int:
    is_form = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
    if not is_form:
        return MAX_JSON_BODY_BYTES
    return _LIMITS_BYTES.get(request.url.path, MAX_FORM_BODY_BYTES)


def _stated_bytes(request: Request) -> int:
    stated = request.headers.get("content-length", "")
    return int(stated) if stated.isdecimal() else 0


def _counted(receive: Receive, limit_bytes: int) -> Receive:
    """Receive the same, and raise where it comes to more than the limit: a chunked body states no length."""
    size_bytes = 0

    async def receive_counted() -> Message:
        nonlocal size_bytes
        message = await receive()
        size_bytes += len(message.get("body", b""))
        if size_bytes > limit_bytes:
            raise HTTPException(413, _message(limit_bytes))
        return message

    return receive_counted


def _message(limit_bytes: int) -> str:
    return (
        f"The body is longer than {limit_bytes // 2**20} MiB, the most that is read of a request like this."
    )
