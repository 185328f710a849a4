"""The server's own OpenAPI document: what the framework can't know is added to what it finds in the routes.

That are the statuses of every error, the names of the contract, and the places of the schemas of forms. Docstrings
are descriptions; what they say to readers of the code ("Source:", "Raises:") is left out.
"""

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from rhapsode.api.field_words import FIELD_WORDS
from rhapsode.api.operation_names import NAMES

_DESCRIPTION = "Narrates documents on your own machine, for programs that were written for ElevenLabs."
_METHODS = ("get", "put", "post", "patch", "delete")
_TO_READERS_OF_CODE = re.compile(r"\s*(?:Source|Raises): [^.]+\.|\s*\b[Ss]ee [A-Z]\w+\.$")
_LOCAL = "#/$defs/"
_SHARED = "#/components/schemas/"

_TEXT = {"type": "string"}
_SCHEMAS: dict[str, Any] = {
    "Error": {
        "type": "object",
        "title": "Error",
        "description": "What every error says but those of a schema, and of a path or method that isn't there.",
        "required": ["detail"],
        "properties": {"detail": {"$ref": f"{_SHARED}ErrorDetail"}},
    },
    "ErrorDetail": {
        "type": "object",
        "title": "ErrorDetail",
        "required": ["type", "code", "message", "status", "request_id"],
        "properties": {
            "type": _TEXT | {"description": "The kind of error, by the status."},
            "code": _TEXT | {"description": "What is wrong, for programs; it stays the same."},
            "message": _TEXT | {"description": "What is wrong, for people."},
            "status": _TEXT | {"description": "The code, or the older name that the error has."},
            "request_id": _TEXT | {"description": "Of the header `request-id`; the server's log has it too."},
        },
    },
}
_ERRORS = {
    "400": "What was sent isn't valid, or can't be done now; `code` and `message` say why.",
    "401": "The key is missing or opens nothing, or what it may use is used up.",
    "403": "A server without keys was asked by another machine, or by a page of another site.",
    "404": "What is named isn't there: it never was, was deleted, or belongs to another workspace.",
    "413": "The body is larger than this operation takes.",
    "500": "Something went wrong in the server; its log says what, beside the request's id.",
    "503": "Something is in the way that may be gone in a moment; the SDKs ask again.",
    "507": "The disk has no room for it. What is there is served, and can be deleted.",
}
_MISFIT = {
    "description": "The request doesn't fit its schema; each problem has its place.",
    "content": {"application/json": {"schema": {"$ref": f"{_SHARED}HTTPValidationError"}}},
}


class DescribedApp(FastAPI):
    """An application whose document is whole."""

    def openapi(self) -> dict[str, Any]:
        """The document: made once, when somebody first asks for it."""
        if self.openapi_schema is None:
            found = get_openapi(
                title=self.title,
                version=self.version,
                description=_DESCRIPTION,
                routes=self.routes,
                servers=self.servers,
            )
            self.openapi_schema = _completed(found)
        return self.openapi_schema


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method in capitals, path, operation), in the document's order."""
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(_SCHEMAS)
    document["paths"] = _with_shared_schemas(document["paths"], schemas)
    for method, path, operation in operations(document):
        _name(method, path, operation)
        _add_errors(method, operation)
        for parameter in operation.get("parameters", ()):
            _describe(parameter["name"], parameter)
    for schema in _objects(document):
        if isinstance(schema.get("description"), str):
            schema["description"] = _for_users(schema["description"])
        for name, field in schema["properties"].items():
            _describe(name, field)
    return document


def _with_shared_schemas(value: Any, schemas: dict[str, Any]) -> Any:
    """The same, with the schemas that a form has beside itself among the others, where references find them."""
    if isinstance(value, list):
        return [_with_shared_schemas(each, schemas) for each in value]
    if not isinstance(value, dict):
        return value
    for name, schema in value.get("$defs", {}).items():
        schemas.setdefault(name, _with_shared_schemas(schema, schemas))
    moved = {key: _with_shared_schemas(each, schemas) for key, each in value.items() if key != "$defs"}
    reference = moved.get("$ref")
    if isinstance(reference, str) and reference.startswith(_LOCAL):
        moved["$ref"] = _SHARED + reference.removeprefix(_LOCAL)
    return moved


def _name(method: str, path: str, operation: dict[str, Any]) -> None:
    names = NAMES.get(f"{method} {path}")
    if names is not None:
        operation["operationId"] = names.operation_id
    operation["description"] = _for_users(operation.get("description", ""))


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every schema of an object, wherever it is."""
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict) and value.get("type") == "object":
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _objects(each)


def _describe(name: str, described: dict[str, Any]) -> None:
    """Say what a field or parameter is, where its route says nothing."""
    if name in FIELD_WORDS:
        described.setdefault("description", FIELD_WORDS[name])


def _for_users(docstring: str) -> str:
    return _TO_READERS_OF_CODE.sub("", docstring).strip()


def _add_errors(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    _mend_answer(responses["200"])
    for status in _statuses(method, operation):
        said = responses.setdefault(status, {})
        if status == "422":
            said.update(_MISFIT)
            continue
        said["description"] = said.get("description") if _is_told(said) else _ERRORS[status]
        said.setdefault("content", {"application/json": {"schema": {"$ref": f"{_SHARED}Error"}}})
    operation["responses"] = dict(sorted(responses.items()))


def _mend_answer(answer: dict[str, Any]) -> None:
    """Take out what the framework says of every answer: that it is one, and that it may be JSON of any kind."""
    if answer.get("description") == "Successful Response":
        answer["description"] = ""
    content = answer.get("content", {})
    if len(content) > 1 and content.get("application/json") == {"schema": {}}:
        del content["application/json"]


def _is_told(response: dict[str, Any]) -> bool:
    """Whether a route says itself what an error means; the framework puts the name of the status there."""
    return response.get("description", "") not in ("", "Bad Request", "Not Found")


def _statuses(method: str, operation: dict[str, Any]) -> Iterator[str]:
    """Every status with which an operation may refuse or fail."""
    parameters = operation.get("parameters", [])
    has_body = "requestBody" in operation
    yield from ("401", "403", "500", "503")
    if method != "GET" or any(parameter["in"] == "query" for parameter in parameters):
        yield "400"
    if method != "GET":
        yield "507"
    if has_body or any(parameter["in"] == "path" for parameter in parameters):
        yield "404"
    if has_body:
        yield "413"
    if has_body or parameters:
        yield "422"
