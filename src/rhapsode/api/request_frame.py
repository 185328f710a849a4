"""Around every request: its id, the headers of every response, one line of log, and the last resort for errors."""

import re
import time
from collections.abc import Sequence
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rhapsode.access.caller import Caller
from rhapsode.api.cors import CORS_HEADERS, is_preflight
from rhapsode.api.direct import EXTENSION, DirectWriter, find_writer
from rhapsode.api.errors import answer_error, error_response
from rhapsode.api.loggable import loggable
from rhapsode.api.operation import UNKNOWN, operation_of
from rhapsode.studio.errors import RhapsodeError
from rhapsode.studio.ids import new_id
from rhapsode.telemetry import tracing
from rhapsode.telemetry.metrics import REQUEST_SECONDS, REQUESTS, REQUESTS_RUNNING, SENT_BYTES

log = structlog.get_logger()

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
"""What a proxy may call a request. It is kept with what the request speaks, in a column of so many characters."""


class RequestFrame:
    """Set `request.state.request_id` and `started_s`; see that every request is answered, framed, counted and logged.

    started_s: of time.perf_counter.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer every request and WebSocket; pass on what is neither."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id, started_s = _request_id(scope), time.perf_counter()
        scope.setdefault("state", {}).update(request_id=request_id, started_s=started_s)
        framed = _FramedSend(send, request_id)
        with (
            structlog.contextvars.bound_contextvars(request_id=request_id),
            REQUESTS_RUNNING.one_more(),
            tracing.span("request", Headers(scope=scope), request_id=request_id) as span,
        ):
            try:
                if scope["type"] == "websocket":
                    await self._app(scope, receive, framed)
                else:
                    _count_direct(scope, framed)
                    await self._answer(scope, receive, framed)
            finally:
                _note(scope, framed, time.perf_counter() - started_s)
                span.name(operation_of(scope))
                span.note(status=framed.status or 0, sent_bytes=framed.sent_bytes)

    async def _answer(self, scope: Scope, receive: Receive, framed: "_FramedSend") -> None:
        request = Request(scope)
        if is_preflight(request):
            await Response()(scope, receive, framed)
            return
        try:
            await self._app(scope, receive, framed)
        except ClientDisconnect:
            return  # nobody is left to be answered
        except Exception as error:
            if framed.status is not None:
                # Bytes are on their way, so all that can be said is that they are not all: the server breaks off
                # the connection when it sees the error.
                log.error("response_broken_off", exc_info=error)
                raise
            await _last_resort(request, error)(scope, receive, framed)


def _request_id(scope: Scope) -> str:
    """What a proxy or client calls the request, so that their logs and ours are of the same; else a new id."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _SANE_ID.fullmatch(given) else new_id()


def _note(scope: Scope, framed: "_FramedSend", elapsed_s: float) -> None:
    """Count a request and write its line: ids of whoever asked, and nothing of the query, the headers or the body."""
    operation, is_websocket = operation_of(scope), scope["type"] == "websocket"
    method = "WEBSOCKET" if is_websocket else scope["method"]
    REQUESTS.add(1, operation, method if operation != UNKNOWN else "any", str(framed.status or 499))
    REQUEST_SECONDS.observe(elapsed_s, operation)
    SENT_BYTES.add(framed.sent_bytes, operation)
    log.info(
        "websocket" if is_websocket else "request",
        method=method,
        path=loggable(scope["path"]),
        operation=operation,
        status=framed.status,
        duration_ms=round(elapsed_s * 1000, 1),
        sent_bytes=framed.sent_bytes,
        **_whose(scope["state"]),
    )


def _whose(state: dict[str, Any]) -> dict[str, str]:
    caller: Caller | None = state.get("caller")
    if caller is None:
        return {}
    ids = {"workspace_id": caller.workspace_id, "key_id": caller.key_id, "user_id": caller.user_id}
    return {name: value for name, value in ids.items() if value is not None}


def _last_resort(request: Request, error: Exception) -> Response:
    if isinstance(error, RhapsodeError):
        return answer_error(request, error)
    log.error("request_failed", exc_info=error)
    message = "Something went wrong in the server; its log says what, beside this request's id."
    return error_response(
        request, http_status=500, code="internal_error", message=message, kind=type(error).__name__
    )


class _FramedSend:
    """Sends a response with the headers that every response has; `status` is None until it has begun."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status: int | None = None
        self.sent_bytes = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers.update(CORS_HEADERS)
            headers["request-id"] = headers["x-trace-id"] = self._request_id
            if message["status"] >= 400:
                # What reads errors in the JavaScript SDK looks for this one.
                headers["x-request-id"] = self._request_id
        elif message["type"] == "websocket.accept":
            self.status = 101
        await self._send(message)
        self.sent_bytes += len(message.get("body") or message.get("text") or message.get("bytes") or b"")


def _count_direct(scope: Scope, framed: _FramedSend) -> None:
    """Count what is sent past `send`, too."""
    writer = find_writer(scope)
    if writer is not None:
        scope["extensions"][EXTENSION] = _CountedWriter(writer, framed)


class _CountedWriter:
    """See `DirectWriter`."""

    def __init__(self, writer: DirectWriter, framed: _FramedSend) -> None:
        self._writer = writer
        self._framed = framed

    async def write(self, parts: Sequence[bytes | memoryview]) -> bool:
        """See `DirectWriter`."""
        size_bytes = sum(map(len, parts))
        is_sent = await self._writer.write(parts)
        self._framed.sent_bytes += size_bytes if is_sent else 0
        return is_sent

    def close(self) -> None:
        """See `DirectWriter`."""
        self._writer.close()
