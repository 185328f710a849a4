"""Around every request: its id, the headers of every response, one line of log, and the last resort for errors."""

import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rhapsode.api.cors import CORS_HEADERS, is_preflight
from rhapsode.api.errors import answer_error, error_response
from rhapsode.api.loggable import loggable
from rhapsode.studio.errors import RhapsodeError
from rhapsode.studio.ids import new_id

log = structlog.get_logger()


class RequestFrame:
    """Set `request.state.request_id` and `started_s`; see that every request is answered, framed and logged.

    started_s: of time.perf_counter.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer every request and WebSocket; pass on what is neither."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id, started_s = new_id(), time.perf_counter()
        scope.setdefault("state", {}).update(request_id=request_id, started_s=started_s)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            if scope["type"] == "websocket":
                await self._app(scope, receive, send)
                log.info("websocket", path=loggable(scope["path"]))
                return
            framed = _FramedSend(send, request_id)
            try:
                await self._answer(scope, receive, framed)
            finally:
                log.info(
                    "request",
                    method=scope["method"],
                    path=loggable(scope["path"]),
                    status=framed.status,
                    duration_ms=round((time.perf_counter() - started_s) * 1000, 1),
                )

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


def _last_resort(request: Request, error: Exception) -> Response:
    if isinstance(error, RhapsodeError):
        return answer_error(request, error)
    log.error("request_failed", exc_info=error)
    message = "Something went wrong in the server; its log says what, beside this request's id."
    return error_response(request, http_status=500, code="internal_error", message=message)


class _FramedSend:
    """Sends a response with the headers that every response has; `status` is None until it has begun."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers.update(CORS_HEADERS)
            headers["request-id"] = headers["x-trace-id"] = self._request_id
            if message["status"] >= 400:
                # What reads errors in the JavaScript SDK looks for this one.
                headers["x-request-id"] = self._request_id
        await self._send(message)
