"""The published contract: every response that any test receives is held against it.

Each field of a schema has to be there, those that the contract leaves out at will included: clients in other
languages stumble over what is missing, never over a null.
"""

import json
import os
import re
from collections.abc import Iterator, Set
from functools import cache
from typing import Any, NamedTuple

import jsonschema_rs
import pytest
from tests.conftest import ROOT

CONTRACT = ROOT.parent / "shared" / "contract" / "openapi.json"

ERROR_TYPES = {
    400: {"validation_error", "invalid_request"},
    401: {"authentication_error"},
    403: {"authorization_error"},
    404: {"not_found"},
    409: {"conflict"},
    412: {"conflict"},
    413: {"validation_error"},
    416: {"validation_error"},
    429: {"rate_limit_error"},
    500: {"internal_error"},
    503: {"service_unavailable"},
    507: {"service_unavailable"},
}
# The contract declares one format of each operation, whose caller may ask for another. A zip is said to be bytes of
# any kind, as the original's reference pages have it, unless its client names the type.
_AUDIO = {"audio/mpeg", "audio/pcm", "audio/wav", "audio/ogg", "audio/basic"}
_ZIP = {"application/zip", "application/x-zip", "application/octet-stream"}
_KINDS = {"audio/mpeg": _AUDIO, "application/x-zip": _ZIP, "application/zip": _ZIP | _AUDIO}
_BEGINNINGS = {
    "audio/mpeg": (b"ID3", b"\xff\xfb", b"\xff\xf3"),
    "audio/wav": (b"RIFF",),
    "audio/ogg": (b"OggS",),
    "application/zip": (b"PK",),
    "application/x-zip": (b"PK",),
    "text/plain": (b"<?xml",),
}
_LINES_TYPE = "application/x-ndjson"
_PLAIN = ({"detail": "Not Found"}, {"detail": "Method Not Allowed"})
_WORDS = ("type", "code", "message", "status", "request_id")


class Response(NamedTuple):
    """What the server answered, and to what. body: of what is neither JSON nor an error, its beginning."""

    method: str
    path: str
    status: int
    content_type: str
    body: bytes


@cache
def contract() -> dict[str, Any] | None:
    """The contract; None where it isn't beside this checkout, which in CI is a failure."""
    if CONTRACT.exists():
        return _all_fields_required(json.loads(CONTRACT.read_text("utf-8")))
    if os.environ.get("CI"):
        pytest.fail("the contract is missing: shared/contract/openapi.json")
    return None


def _all_fields_required(document: dict[str, Any]) -> dict[str, Any]:
    for schema in document["components"]["schemas"].values():
        if "properties" in schema:
            schema["required"] = list(schema["properties"])
    return document


def find_violation(response: Response) -> str | None:
    """What of a response isn't as the contract has it, in a sentence; None when all is well."""
    wrong = next(_violations(response), None)
    return wrong and f"{response.method} {response.path} {response.status}: {wrong}"


def _violations(response: Response) -> Iterator[str]:
    media_type = response.content_type.split(";")[0]
    if response.status >= 400 and response.status != 422:
        is_json = media_type == "application/json"
        yield from _error_violations(response.status, json.loads(response.body) if is_json else None)
    elif operation := _find_operation(response.method, response.path):
        declared = _find_declared(*operation, response.status)
        if declared is None:
            yield "the contract has no such status for this operation"
        elif "application/json" in declared:
            yield from _json_violations(
                _validator(*operation, str(response.status)), media_type, response.body
            )
        else:
            yield from _byte_violations(declared, media_type, response)


def _find_declared(template: str, method: str, status: int) -> Set[str] | None:
    """The media types of a response; None where there is no such status.

    A part of a file, and the news that something hasn't changed, are answers that HTTP itself has.
    """
    document = contract()
    assert document is not None
    responses = document["paths"][template][method]["responses"]
    types = set(responses["200"].get("content", {}))
    if status == 304:
        return types - {"application/json"}
    if status == 206 and "application/json" not in types:
        return types
    return set(responses[str(status)].get("content", {})) if str(status) in responses else None


def _json_violations(validator: jsonschema_rs.Validator, media_type: str, body: bytes) -> Iterator[str]:
    """A schema is that of the whole answer, or of each of its lines."""
    if media_type not in ("application/json", _LINES_TYPE):
        yield f"an answer that is declared as JSON is {media_type}"
    elif media_type == _LINES_TYPE:
        if not body.endswith(b"\n"):
            yield "the last line has no end, so that the JavaScript SDK drops it"
        for line in body.splitlines():
            yield from _schema_violations(validator, json.loads(line))
    else:
        yield from _schema_violations(validator, json.loads(body))


def _byte_violations(declared: Set[str], media_type: str, response: Response) -> Iterator[str]:
    allowed = set.union(*(_KINDS.get(kind, {kind}) for kind in declared)) if declared else _AUDIO
    if response.status != 304 and media_type not in allowed:
        yield f"{media_type} is none of {sorted(allowed)}"
    elif response.status == 200 and not response.body.startswith(_BEGINNINGS.get(media_type, (b"",))):
        yield f"what is said to be {media_type} begins with {response.body[:8]!r}"


def _schema_violations(validator: jsonschema_rs.Validator, body: object) -> Iterator[str]:
    for error in validator.iter_errors(body):
        yield f"{error.message[:500]} at {list(error.instance_path)}"


def _error_violations(status: int, body: object) -> Iterator[str]:
    if not isinstance(body, dict):
        yield f"an error says what it is in JSON, not {body!r}"
    elif status not in (404, 405) or body not in _PLAIN:
        detail = body.get("detail")
        if not isinstance(detail, dict) or any(not isinstance(detail.get(word), str) for word in _WORDS):
            yield f"an error has all of {_WORDS}: {body}"
        elif detail["type"] not in ERROR_TYPES.get(status, ()) or not (detail["code"] and detail["message"]):
            yield f"an error's type belongs to its status: {body}"
        elif detail["code"] == "internal_error":
            # Of a form it isn't a 5xx, which would make an SDK send the form again.
            yield "this surprised the server; its log says how"


def operation_ids() -> set[str]:
    """Every operation of the contract; empty where that isn't beside this checkout."""
    document = contract() or {"paths": {}}
    return {each["operationId"] for methods in document["paths"].values() for each in methods.values()}


def operation_of(method: str, path: str) -> str | None:
    """The id of the operation that a request asks for; None for what is ours alone, or without a contract."""
    document, found = contract(), _find_operation(method, path)
    return str(document["paths"][found[0]][found[1]]["operationId"]) if document and found else None


@cache
def _find_operation(method: str, path: str) -> tuple[str, str] | None:
    """(path of the contract, method) of a request; None for what is ours alone."""
    for template in _templates():
        if method in _methods(template) and _pattern(template).fullmatch(path):
            return template, method.lower()
    return None


@cache
def _templates() -> list[str]:
    """Every path; one with literal words before those where a parameter could stand for them."""
    return sorted((contract() or {"paths": {}})["paths"], key=lambda template: template.count("{"))


def _methods(template: str) -> set[str]:
    document = contract()
    return {method.upper() for method in document["paths"][template]} if document else set()


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)))


@cache
def _validator(template: str, method: str, status: str) -> jsonschema_rs.Validator:
    document = contract()
    assert document is not None
    schema = document["paths"][template][method]["responses"][status]["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]})
