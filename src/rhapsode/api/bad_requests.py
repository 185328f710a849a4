"""What is answered to bytes that are no request, or one whose head is too long: in the wire's words, and no more."""

import json
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from rhapsode.api.cors import CORS_HEADERS
from rhapsode.api.errors import error_detail
from rhapsode.studio.ids import new_id
from rhapsode.studio.limits import MAX_HEAD_BYTES, MAX_HEADERS, MAX_TARGET_BYTES

_WORDS = {
    400: ("invalid_parameters", "This is no HTTP request that can be read."),
    414: ("uri_too_long", f"A request's path and query have at most {MAX_TARGET_BYTES:,} bytes."),
    431: (
        "headers_too_large",
        f"A request has at most {MAX_HEADERS} headers, and {MAX_HEAD_BYTES:,} bytes before its body.",
    ),
}


@dataclass(frozen=True, slots=True)
class BadRequestAnswer:
    """A whole response, after which the connection is closed."""

    http_status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def answer_bad_request(http_status: int) -> BadRequestAnswer:
    """The answer with a status; 400 where that is no other that is known here."""
    known_status = http_status if http_status in _WORDS else 400
    code, message = _WORDS[known_status]
    request_id = new_id()
    connection = HTTPConnection({"type": "http", "state": {"request_id": request_id}})
    detail = error_detail(connection, http_status=known_status, code=code, message=message)
    body = json.dumps({"detail": detail}).encode("ascii")
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
        **CORS_HEADERS,
        **dict.fromkeys(("request-id", "x-trace-id", "x-request-id"), request_id),
    }
    return BadRequestAnswer(
        known_status, [(name.encode(), value.encode()) for name, value in headers.items()], body
    )
