"""What a client says on a WebSocket, read and checked."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.types import Message

from rhapsode.api.json_body import check_container_count, read_json
from rhapsode.api.stream_input_models import StreamInputMessage, StreamInputQuery
from rhapsode.api.websockets import WebSocketRefused

T = TypeVar("T", bound=BaseModel)
_MAX_CONTAINERS = 1_000
"""Objects and arrays of one message; none needs more than ten."""


def parse_query(query: Mapping[str, str]) -> StreamInputQuery:
    """What the address says. Raises: WebSocketRefused."""
    return _validated(StreamInputQuery, dict(query))


def parse_message(event: Message) -> StreamInputMessage:
    """What a message says, of text or of bytes. Raises: WebSocketRefused; InvalidInput."""
    content = event.get("bytes") or (event.get("text") or "").encode()
    check_container_count(
        content.count(b"{") + content.count(b"["), limit=_MAX_CONTAINERS, what="The message"
    )
    try:
        value = read_json(content)
    except (ValueError, RecursionError):
        raise _misfit("A message is a JSON object with a text, and this one is no JSON.") from None
    if not isinstance(value, dict):
        raise _misfit("A message is a JSON object with a text, and this one is JSON of another kind.")
    return _validated(StreamInputMessage, value)


def _validated(kind: type[T], value: object) -> T:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        # The framework would name the class.
        said = "Input should be a JSON object" if problem["type"] == "model_type" else problem["msg"]
        raise _misfit(f"{place}: {said}." if place else f"{said}.") from None


def _misfit(message: str) -> WebSocketRefused:
    return WebSocketRefused(message, code="invalid_parameters", http_status=400)
