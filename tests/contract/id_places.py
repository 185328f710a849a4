"""Every place of the contract where a request names something by its id, found in the contract itself."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .published import contract

_NAMES = re.compile(r"(_ids?|_locators|cursor|page_token)$")
_ELSEWHERE = {
    # Names of models, which everybody has.
    "model_id",
    "default_model_id",
    # Accepted without effect.
    "previous_request_ids",
    "next_request_ids",
    "share_id",
    "collection_id",
    # Where a page ends, which isn't an id: a test of its own looks at those.
    "cursor",
    "next_page_token",
}
_FIELDS = {
    "history_item_ids": "other_history_item_id",
    "start_after_history_item_id": "history_item_id",
    "pronunciation_dictionary_locators": "pronunciation_dictionary_id",
    "dictionary_id": "pronunciation_dictionary_id",
    "voice_ids": "voice_id",
    "host_voice_id": "voice_id",
    "guest_voice_id": "voice_id",
    "default_title_voice_id": "voice_id",
    "default_paragraph_voice_id": "voice_id",
}


class Place(NamedTuple):
    """fields: of `Belongings`, those that are somebody else's; in the order of the contract."""

    operation_id: str
    fields: tuple[str, ...]


class Operation(NamedTuple):
    """An operation of the contract. path: with its parameters in braces."""

    operation_id: str
    method: str
    path: str


def list_operations() -> Iterator[tuple[Operation, Mapping[str, Any]]]:
    """Each operation, and what the contract says of it; none where the contract isn't beside this checkout."""
    for path, methods in (contract() or {"paths": {}})["paths"].items():
        for method, described in methods.items():
            yield Operation(described["operationId"], method.upper(), path), described


def list_places() -> list[Place]:
    """Each id of each operation by itself, then all ids of the operation at once."""
    found = []
    for operation, described in list_operations():
        fields = tuple(dict.fromkeys(_fields(operation, described)))
        found += [Place(operation.operation_id, (field,)) for field in fields]
        found += [Place(operation.operation_id, fields)] if len(fields) > 1 else []
    return found


def path_fields(operation: Operation) -> dict[str, str]:
    """The field of `Belongings` that each parameter of a path is taken from."""
    return {name: _field(operation, name) for name in re.findall(r"\{(\w+)\}", operation.path)}


def _fields(operation: Operation, described: Mapping[str, Any]) -> Iterator[str]:
    names = [
        parameter["name"] for parameter in described.get("parameters", ()) if parameter["in"] != "header"
    ]
    for body in described.get("requestBody", {}).get("content", {}).values():
        names += _property_names(body["schema"], frozenset())
    return (_field(operation, name) for name in names if _NAMES.search(name) and name not in _ELSEWHERE)


def _field(operation: Operation, name: str) -> str:
    if name == "project_id" and operation.path.startswith("/v1/audio-native"):
        return "player_id"
    return _FIELDS.get(name, name)


def _property_names(schema: Mapping[str, Any], above: frozenset[str]) -> Iterator[str]:
    """The names of all properties, at any depth."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if name and name not in above:
        yield from _property_names((contract() or {})["components"]["schemas"][name], above | {name})
    for key in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(key, ()):
            yield from _property_names(part, above)
    yield from _property_names(schema["items"], above) if "items" in schema else ()
    for key, value in schema.get("properties", {}).items():
        yield key
        yield from _property_names(value, above)
