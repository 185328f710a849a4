"""Schemas of the OpenAPI document as tables of Markdown: every field with its type, limits and default."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]
Schemas = Mapping[str, Schema]
"""What references point at, by name."""

_REFERENCE = "#/components/schemas/"
_SCALARS = {
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
    "string": "string",
}
_MOST_VALUES = 40
_SENT_HEAD = ("| field | type | default | |", "|---|---|---|---|")
_TOLD_HEAD = ("| field | type | |", "|---|---|---|")


def fields_table(schema: Schema, schemas: Schemas, *, is_sent: bool) -> list[str]:
    """A table of the fields of an object; nothing where it has none.

    is_sent: by clients, so that it counts which fields must be there, which come first, and what the others are
    without being sent. The server sends all fields.
    """
    properties: Mapping[str, Schema] = schema.get("properties", {})
    if not properties:
        return []
    if not is_sent:
        told = (
            f"| {_named_cells(name, value, schemas)} | {_words(value)} |"
            for name, value in properties.items()
        )
        return [*_TOLD_HEAD, *told]
    required = set(schema.get("required", ()))
    ordered = sorted(properties.items(), key=lambda each: each[0] not in required)
    return [
        *_SENT_HEAD,
        *(field_row(name, value, schemas, is_required=name in required) for name, value in ordered),
    ]


def field_row(name: str, schema: Schema, schemas: Schemas, *, is_required: bool, said: str = "") -> str:
    """A row of what is sent. said: of it, where its schema says nothing."""
    default = "required" if is_required else _default(schema)
    return f"| {_named_cells(name, schema, schemas)} | {default} | {_words(schema, said)} |"


def nested_sections(schema: Schema, schemas: Schemas, *, is_sent: bool) -> list[str]:
    """A section with a table for each object that a schema names, directly or through others."""
    lines: list[str] = []
    for name in _nested(schema, schemas):
        nested = schemas[name]
        lines += ["", f"### {name}", ""]
        if description := nested.get("description"):
            lines += [description, ""]
        lines += fields_table(nested, schemas, is_sent=is_sent)
    return lines


def resolved(schema: Schema, schemas: Schemas) -> Schema:
    """A schema itself, in place of a reference to it."""
    name = _named(schema)
    return schema if name is None else schemas[name]


def type_words(schema: Schema, schemas: Schemas) -> str:
    """The type of a value, for people, as Markdown."""
    name = _named(schema)
    if name is not None:
        return (
            f"[{name}](#{name.lower()})" if _is_object(schemas[name]) else type_words(schemas[name], schemas)
        )
    if choices := _choices(schema):
        return " or ".join(dict.fromkeys(type_words(choice, schemas) for choice in choices))
    if values := _values(schema):
        return _value_words(values)
    if schema.get("type") == "array":
        return f"list of {type_words(schema.get('items', {}), schemas)}"
    if schema.get("format") == "binary":
        return "file"
    return _plain_type(schema)


def limits(schema: Schema) -> str:
    """What bounds a value, as a sentence; empty where nothing does."""
    return " ".join(
        sentence
        for each in (schema, *_choices(schema))
        for sentence in (_bounds(each), _shape(each))
        if sentence
    )


def _bounds(schema: Schema) -> str:
    for low_key, high_key, unit in (
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " entries"),
    ):
        low, high = schema.get(low_key), schema.get(high_key)
        if low is not None and low == high:
            return f"Exactly {low:,}{unit}."
        if low is not None and high is not None:
            return f"{low:,} to {high:,}{unit}."
        if low is not None:
            return f"At least {low:,}{unit}."
        if high is not None:
            return f"At most {high:,}{unit}."
    return ""


def _shape(schema: Schema) -> str:
    return f"Matches `{schema['pattern']}`." if "pattern" in schema else ""


def _plain_type(schema: Schema) -> str:
    kind = schema.get("type")
    if kind == "object":
        values = schema.get("additionalProperties")
        return (
            f"object of {_plain_type(values)}s" if isinstance(values, dict) and "type" in values else "object"
        )
    return _SCALARS.get(str(kind), "any")


def _values(schema: Schema) -> Sequence[Any]:
    return [schema["const"]] if "const" in schema else schema.get("enum", ())


def _value_words(values: Sequence[Any]) -> str:
    shown = [f"`{json.dumps(value)}`" for value in values[:_MOST_VALUES]]
    more = [f"{len(values) - _MOST_VALUES} more"] if len(values) > _MOST_VALUES else []
    return ", ".join([*shown, *more])


def _default(schema: Schema) -> str:
    default = schema.get("default")
    return "" if default is None else f"`{json.dumps(default, ensure_ascii=False)}`"


def _named_cells(name: str, schema: Schema, schemas: Schemas) -> str:
    return f"`{name}` | {type_words(schema, schemas)}"


def _words(schema: Schema, said: str = "") -> str:
    """What is said of a value, with its limits, for a cell of a table."""
    deprecated = "Deprecated." if schema.get("deprecated") else ""
    words = " ".join(filter(None, (deprecated, schema.get("description") or said, limits(schema))))
    return words.replace("|", "\\|").replace("\n", " ")


def _choices(schema: Schema) -> Sequence[Schema]:
    choices: Sequence[Schema] = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf") or ()
    return choices


def _named(schema: Schema) -> str | None:
    reference = schema.get("$ref")
    return None if reference is None else str(reference).removeprefix(_REFERENCE)


def _is_object(schema: Schema) -> bool:
    return "properties" in schema


def _nested(schema: Schema, schemas: Schemas) -> Iterable[str]:
    """The names of objects, each once, the nearest first."""
    found: dict[str, None] = {}
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        waiting += _references(schemas[name])
        found[name] = None
    return [name for name in found if _is_object(schemas[name])]


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        name = _named(value) if isinstance(value.get("$ref"), str) else None
        if name is not None:
            yield name
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _references(each)
