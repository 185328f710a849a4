"""Why a request isn't let in, said on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse

from rhapsode.api.errors import error_response

_UNAUTHORIZED = {
    "needs_authorization": "Neither authorization header nor xi-api-key received, please provide one.",
    "invalid_api_key": "Invalid API key",
    "invalid_authorization_header": "Invalid authorization header: an API key is sent as xi-api-key.",
    "invalid_token": "This is for commands on the server's own data directory: they find the token there.",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request isn't let in."""

    http_status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


def unauthorized(code: str) -> Refusal:
    """Of who doesn't show what they need."""
    return Refusal(401, code, _UNAUTHORIZED[code])


def foreign_origin(message: str) -> Refusal:
    """Of a page of another site."""
    return Refusal(403, "origin_not_allowed", message)


def refused(refusal: Refusal, request: Request) -> JSONResponse:
    """The response to a request that isn't let in."""
    response = error_response(
        request, http_status=refusal.http_status, code=refusal.code, message=refusal.message
    )
    response.headers.update(refusal.headers)
    return response
