"""WebSockets that end with a reason: in a message, and in the close behind it.

A handshake that is refused tells browsers nothing, and the official SDKs show what a message or the reason of a
close says.
"""

import json
import re
from typing import Self

import structlog
from starlette.requests import HTTPConnection
from starlette.types import Receive, Send

from rhapsode.api.errors import error_detail, find_answer, message_of
from rhapsode.api.refusals import Refusal
from rhapsode.studio.errors import RhapsodeError
from rhapsode.telemetry.metrics import ERRORS

log = structlog.get_logger()
POLICY_VIOLATION = 1008
_REASON_BYTES = 123
"""What a close frame has room for (RFC 6455, section 5.5.1)."""

_STREAM_INPUT = re.compile(r"/v1/text-to-speech/[^/]+/stream-input")


class WebSocketRefused(Exception):
    """A conversation ends here, for a reason that its client is told."""

    def __init__(self, message: str, *, code: str, http_status: int) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.http_status = http_status

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        """As a request would be refused, which has headers beside."""
        return cls(refusal.message, code=refusal.code, http_status=refusal.http_status)


def is_served(path: str) -> bool:
    """Whether a WebSocket may be opened there; its key may then come in the first message."""
    return _STREAM_INPUT.fullmatch(path) is not None


def refused_for(error: RhapsodeError) -> WebSocketRefused:
    """What an error of ours says to the client of a WebSocket, as it would to that of a request."""
    answer = find_answer(error)
    if answer.http_status >= 500:
        log.error("websocket_failed", code=error.code, kind=type(error).__name__, error=message_of(error))
    ERRORS.add(1, error.code, type(error).__name__)
    return WebSocketRefused(message_of(error), code=answer.slug or error.code, http_status=answer.http_status)


async def refuse_websocket(
    connection: HTTPConnection, receive: Receive, send: Send, refusal: Refusal
) -> None:
    """Accept a WebSocket, say in a message why it isn't served, and close it."""
    if (await receive())["type"] != "websocket.connect":
        return  # whoever wanted it has gone
    await send({"type": "websocket.accept"})
    await end_websocket(connection, send, WebSocketRefused.of(refusal))


async def end_websocket(connection: HTTPConnection, send: Send, refused: WebSocketRefused) -> None:
    """Say in a message why an open WebSocket ends, and close it with 1008.

    The message has the keys of the original's, `message`, `error` and `code`, and `detail` as an error's body has it.
    """
    told = {
        "message": refused.message,
        "error": refused.code,
        "code": POLICY_VIOLATION,
        "detail": error_detail(
            connection, http_status=refused.http_status, code=refused.code, message=refused.message
        ),
    }
    await send({"type": "websocket.send", "text": json.dumps(told)})
    await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": _reason(refused.message)})


def _reason(message: str) -> str:
    return message.encode()[:_REASON_BYTES].decode(errors="ignore")
