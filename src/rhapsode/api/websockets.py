"""WebSockets, none of which is served: each is accepted, told why, and closed.

A handshake that is refused tells browsers nothing, and the official SDKs show what a message or the reason of a
close says.
"""

import json

from starlette.requests import HTTPConnection
from starlette.types import Receive, Send

from rhapsode.api.errors import error_detail

_POLICY_VIOLATION = 1008
_REASON_BYTES = 123
"""What a close frame has room for (RFC 6455, section 5.5.1)."""


async def refuse_websocket(
    connection: HTTPConnection, receive: Receive, send: Send, *, http_status: int, code: str, message: str
) -> None:
    """Accept a WebSocket, say in a message why it isn't served, and close it with 1008.

    http_status: of the same refusal to a request.    The message has the keys of the original's, `message`, `error`
    and `code`, and `detail` as in the body of an error.
    """
    if (await receive())["type"] != "websocket.connect":
        return  # whoever wanted it has gone
    told = {
        "message": message,
        "error": code,
        "code": _POLICY_VIOLATION,
        "detail": error_detail(connection, http_status=http_status, code=code, message=message),
    }
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": json.dumps(told)})
    await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": _reason(message)})


def _reason(message: str) -> str:
    return message.encode()[:_REASON_BYTES].decode(errors="ignore")
