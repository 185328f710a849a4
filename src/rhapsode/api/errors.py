"""The one error table: every error as the wire says it.

Source: NOTES of the contract, Error bodies. Four shapes: `{"detail": {"type", "code", "message", "status",
"request_id"}}` for nearly everything, which serves readers of the present and of the older shape; a list of what
is wrong for a request that doesn't fit its schema (422); and a bare sentence for a path (404) or a method (405)
that isn't there.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from rhapsode.api.forms import is_form
from rhapsode.studio.errors import (
    ChaptersChanged,
    HistoryItemNotFound,
    InvalidInput,
    MissingPermission,
    NotFound,
    QuotaExceeded,
    RhapsodeError,
    SignInRefused,
    StorageFull,
    UnknownVoice,
)
from rhapsode.telemetry.metrics import ERRORS

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer:
    """How a kind of error is answered. `slug`: the older name of the error, where it isn't the same as its code."""

    http_status: int
    slug: str | None = None


# The nearest class decides.
ANSWERS: Mapping[type[RhapsodeError], Answer] = {
    RhapsodeError: Answer(500),
    InvalidInput: Answer(400),
    UnknownVoice: Answer(404),
    # 409 is sent again by the SDKs, and another attempt never helps.
    ChaptersChanged: Answer(412),
    # As the original has it, though the key is a good one.
    QuotaExceeded: Answer(401),
    MissingPermission: Answer(401),
    SignInRefused: Answer(403),
    NotFound: Answer(404),
    HistoryItemNotFound: Answer(404, slug="invalid_id"),
    StorageFull: Answer(507),
}
_RETRY = Answer(503)

_TYPES: Mapping[int, str] = {
    400: "validation_error",
    401: "authentication_error",
    403: "authorization_error",
    404: "not_found",
    412: "conflict",
    413: "validation_error",
    414: "validation_error",
    416: "validation_error",
    429: "rate_limit_error",
    431: "validation_error",
    500: "internal_error",
    503: "service_unavailable",
    507: "service_unavailable",
}

_HTTP_CODES: Mapping[int, str] = {400: "invalid_parameters", 413: "content_too_large"}
"""Codes of what the framework itself refuses: a body that can't be parsed, or one that is too long."""

_PLAIN_STATUSES = frozenset({404, 405})
_MAX_PROBLEMS = 100
_MAX_DEPTH = 64


def find_answer(error: RhapsodeError) -> Answer:
    """How an error is answered: as its class, or the nearest above it, is.

    What another attempt may mend is 503, because the SDKs make one; a full disk says so itself.
    """
    if error.can_retry and type(error) not in ANSWERS:
        return _RETRY
    return next(ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS)


def answer_error(request: Request, error: RhapsodeError) -> JSONResponse:
    """The response to an error of ours."""
    answer = find_answer(error)
    if answer.http_status >= 500:
        # Where it was raised says nothing that its words don't.
        log.error("request_failed", code=error.code, kind=type(error).__name__, error=message_of(error))
    return error_response(
        request,
        http_status=answer.http_status,
        code=error.code,
        message=message_of(error),
        slug=answer.slug,
        kind=type(error).__name__,
    )


def message_of(error: RhapsodeError) -> str:
    """What a person is told of an error."""
    return str(error) or (type(error).__doc__ or "").partition("\n")[0]


def error_response(
    request: Request,
    *,
    http_status: int,
    code: str,
    message: str,
    slug: str | None = None,
    kind: str = "",
    beside: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The body that serves readers of the present and of the older error shape.

    kind: the name of the error's class, which is counted.
    beside: keys next to `detail`, for the one operation that has its own error shape.
    """
    final_status = _final_status(request, http_status)
    detail = error_detail(request, http_status=final_status, code=code, message=message, slug=slug)
    ERRORS.add(1, code, kind)
    return _AsciiResponse({**(beside or {}), "detail": detail}, final_status)


def error_detail(
    request: HTTPConnection, *, http_status: int, code: str, message: str, slug: str | None = None
) -> dict[str, str]:
    """What is said of an error, in the present and in the older shape at once."""
    return {
        "type": _TYPES[http_status],
        "code": code,
        "message": message,
        "status": slug or code,
        "request_id": getattr(request.state, "request_id", ""),
    }


def _final_status(request: Request, http_status: int) -> int:
    """A status that no client takes for a reason to send a form again.

    The caller would be told that `name` is missing, and never what had been wrong (`api.forms`). So such a request is
    answered 400; the code stays.
    """
    return 400 if (http_status >= 500 or http_status == 429) and is_form(request) else http_status


class _AsciiResponse(JSONResponse):
    """JSON that can say everything, halves of surrogate pairs too, which a request can hold and UTF-8 can't."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


def _http_error(request: Request, error: HTTPException) -> JSONResponse:
    if error.status_code in _PLAIN_STATUSES:
        return JSONResponse({"detail": error.detail}, error.status_code, error.headers)
    code = _HTTP_CODES.get(error.status_code, "invalid_parameters")
    return error_response(request, http_status=error.status_code, code=code, message=error.detail)


def _problems_response(problems: Sequence[Any]) -> JSONResponse:
    """What doesn't fit the schema; the first hundred, because a list of a million numbers has a million."""
    told = [
        problem | {"input": None} if _is_deep(problem.get("input")) else problem
        for problem in problems[:_MAX_PROBLEMS]
    ]
    return _AsciiResponse({"detail": _encodable(told)}, 422)


def _is_deep(value: Any) -> bool:
    """Whether something is nested so deep that telling it back, or reading that, would fail."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _encodable(problems: Sequence[Any]) -> Any:
    return jsonable_encoder(
        problems,
        custom_encoder={
            float: lambda number: number if math.isfinite(number) else str(number),
            bytes: lambda content: content.decode("utf-8", "replace"),
            UploadFile: lambda file: file.filename,
            Exception: str,
        },
    )


def add_error_handlers(app: FastAPI) -> None:
    """Let every error that a route raises become its response."""

    @app.exception_handler(RhapsodeError)
    async def on_our_error(request: Request, error: RhapsodeError) -> JSONResponse:
        return answer_error(request, error)

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> JSONResponse:
        return _http_error(request, error)

    @app.exception_handler(RequestValidationError)
    async def on_misfit(_request: Request, error: RequestValidationError) -> JSONResponse:
        return _problems_response(error.errors())
