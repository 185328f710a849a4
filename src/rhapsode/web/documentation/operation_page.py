"""The page of one operation, made of what the server's own OpenAPI document says of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from rhapsode.web.documentation import examples
from rhapsode.web.documentation.schemas import (
    Schema,
    Schemas,
    field_row,
    fields_table,
    nested_sections,
    resolved,
)

_JSON = ("application/json", "application/x-ndjson")
_PLACES = {"path": "Path", "query": "Query", "header": "Headers"}


def operation_markdown(method: str, path: str, operation: Mapping[str, Any], schemas: Schemas) -> str:
    """Title, address, parameters, body, answer, errors and examples, in this order."""
    lines = [f"# {operation['summary']}", "", f"`{method} {path}`", "", operation.get("description", "")]
    if operation.get("deprecated"):
        lines += ["", "This operation is deprecated."]
    lines += [
        *_examples(method, path, operation),
        *_parameters(operation, schemas),
        *_body(operation, schemas),
    ]
    lines += [*_answer(operation, schemas), *_errors(operation)]
    return "\n".join(lines).strip() + "\n"


def _examples(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    request = examples.Request(method, path, examples.sample_body(method, path), _answers_bytes(operation))
    yield from ("", "## Examples", "", "curl:", "", "```sh", examples.curl(request), "```")
    if request.sdk is None:
        return
    yield from ("", "Python:", "", "```python", examples.python(request), "```")
    yield from ("", "JavaScript:", "", "```js", examples.javascript(request), "```")


def _answers_bytes(operation: Mapping[str, Any]) -> bool:
    content = operation["responses"]["200"].get("content", {})
    return bool(content) and not any(kind in _JSON for kind in content)


def _parameters(operation: Mapping[str, Any], schemas: Schemas) -> Iterator[str]:
    for place, title in _PLACES.items():
        found = [each for each in operation.get("parameters", ()) if each["in"] == place]
        if not found:
            continue
        yield from ("", f"## {title}", "", "| parameter | type | default | |", "|---|---|---|---|")
        for each in found:
            said = each.get("description", "")
            yield field_row(
                each["name"], each["schema"], schemas, is_required=each.get("required", False), said=said
            )


def _body(operation: Mapping[str, Any], schemas: Schemas) -> Iterator[str]:
    body = operation.get("requestBody")
    if body is None:
        return
    content = body["content"]
    needed = "" if body.get("required") else " It may be left out."
    yield from ("", "## Body", "", f"Sent as {' or '.join(f'`{kind}`' for kind in content)}.{needed}", "")
    yield from _schema_lines(next(iter(content.values())).get("schema", {}), schemas, is_sent=True)


def _answer(operation: Mapping[str, Any], schemas: Schemas) -> Iterator[str]:
    answer = operation["responses"]["200"]
    content: Mapping[str, Any] = answer.get("content", {})
    yield from ("", "## Answer", "")
    kinds = " or ".join(f"`{kind}`" for kind in content)
    yield f"200, {kinds or 'without a body'}. {answer['description']}".strip()
    described = next((content[kind].get("schema", {}) for kind in _JSON if kind in content), None)
    if described is not None:
        yield ""
        yield from _schema_lines(described, schemas, is_sent=False)


def _schema_lines(schema: Schema, schemas: Schemas, *, is_sent: bool) -> Iterator[str]:
    choices = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    whole = resolved(choices[0] if len(choices) == 1 else schema, schemas)
    if whole.get("type") == "array":
        yield from ("A list; each entry has:", "")
        whole = resolved(whole.get("items", {}), schemas)
    yield from fields_table(whole, schemas, is_sent=is_sent)
    yield from nested_sections(whole, schemas, is_sent=is_sent)


def _errors(operation: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "## Errors", "", "| status | |", "|---|---|")
    for status, answer in operation["responses"].items():
        if not status.startswith(("2", "3")):
            yield f"| {status} | {answer['description']} |"
    yield from ("", "[Errors](/docs/introduction#errors) tells what their bodies are.")
