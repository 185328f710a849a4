"""What a request asks for, as numbers, logs and traces call it: never with an id, a name or a text in it."""

from typing import cast

from starlette.types import Scope

from rhapsode.api.operation_names import NAMES

UNKNOWN = "unknown"
"""Of what no route has answered: refused before it was looked at, or asked for where nothing is."""


def operation_of(scope: Scope) -> str:
    """The contract's name of the operation that has answered a request; of ours, method and path template."""
    template = cast("str | None", getattr(scope.get("route"), "path_format", None))
    if template is None:
        return UNKNOWN
    asked = f"{scope.get('method', 'WEBSOCKET')} {template}"
    names = NAMES.get(asked)
    return asked if names is None else names.operation_id
