"""What a request asks for, as numbers, logs and traces call it: never with an id, a name or a text in it."""

from typing import cast

from starlette.types import Scope

from rhapsode.api.operation_names import NAMES

UNKNOWN = "unknown"
"""Of what no route has answered: refused before it was looked at, or asked for where nothing is, or with a method
that a path hasn't: methods too are words that clients choose."""


def operation_of(scope: Scope) -> str:
    """The contract's name of the operation that has answered a request; of ours, method and path template."""
    route, method = scope.get("route"), scope.get("method", "WEBSOCKET")
    template = cast("str | None", getattr(route, "path_format", None))
    # None of a WebSocket, and of what isn't the framework's.
    methods = cast("set[str] | None", getattr(route, "methods", None))
    if template is None or (methods is not None and method not in methods):
        return UNKNOWN
    asked = f"{method} {template}"
    names = NAMES.get(asked)
    return asked if names is None else names.operation_id
