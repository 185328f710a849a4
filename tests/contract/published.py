"""The published contract: every response that any test receives is held against it.

Each field of a schema has to be there, those that the contract leaves out at will included: clients in other
languages stumble over what is missing, never over a null.
"""

import json
import os
import re
from collections.abc import Iterator
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
    413: {"validation_error"},
    416: {"validation_error"},
    429: {"rate_limit_error"},
    500: {"internal_error"},
    503: {"service_unavailable"},
}
_PLAIN = ({"detail": "Not Found"}, {"detail": "Method Not Allowed"})
_WORDS = ("type", "code", "message", "status", "request_id")


class Response(NamedTuple):
    """What the server answered, and to what."""

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
    is_json = response.content_type.split(";")[0] == "application/json"
    if response.status >= 400 and response.status != 422:
        yield from _error_violations(response.status, json.loads(response.body) if is_json else None)
    elif is_json and (name := _find_operation(response.method, response.path)):
        validator = _validator(*name, str(response.status))
        if validator is None:
            yield "the contract has no such status for this operation"
        else:
            yield from _schema_violations(validator, json.loads(response.body))


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
def _validator(template: str, method: str, status: str) -> jsonschema_rs.Validator | None:
    document = contract()
    assert document is not None
    response = document["paths"][template][method]["responses"].get(status)
    if response is None or "application/json" not in response.get("content", {}):
        return None
    schema = response["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]})
