"""Models that a route's own thread writes as JSON: the framework would take another, or the event loop itself."""

from collections.abc import Mapping

from fastapi import Response
from pydantic import BaseModel


def json_answer(
    model: BaseModel, status_code: int = 200, *, headers: Mapping[str, str] | None = None
) -> Response:
    """A model as the answer of a route that runs in a thread. headers: what else is said of it."""
    return Response(model.model_dump_json(), status_code, headers, "application/json")
